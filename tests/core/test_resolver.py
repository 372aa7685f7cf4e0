"""The one door through which foreign code runs; what it does there becomes an error of ours."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lhp.core.base_generator import Context
from lhp.core.manifest import Manifest
from lhp.core.plugin_manager import PluginManager
from lhp.core.plugin_trust import PluginTrustManager
from lhp.core.resolver import broken, static_faults
from lhp.errors import LhpError, LhpErrors
from lhp.model.flowgroup import Action

Project = Callable[[dict[str, str]], PluginManager]
GOOD = """
from lhp.core.base_generator import BaseActionGenerator

class RestApiLoadGenerator(BaseActionGenerator):
    \"\"\"Reads an endpoint.\"\"\"
    def generate(self, action, context):
        return "pass"
"""
LINE = "{name: rest_api, type: load_generator, module: mine.rest, class: RestApiLoadGenerator}"


def manager_of(project: Project, source: str, line: str = LINE, **files: str) -> PluginManager:
    more = {name.replace("__", "/") + ".py": text for name, text in files.items()}
    return project({"lhp.yaml": f"plugins:\n  - {line}\n", "mine/rest.py": source, **more})


def reason_of(manager: PluginManager, key: str = "") -> str:
    with pytest.raises(LhpError) as caught:
        manager.get_plugin("rest_api").load()
    error = caught.value
    assert error.code.id == "LHP-PLG-003"
    assert error.location == manager.named("rest_api").at(key)
    prefix = "the load_generator 'rest_api' can't be used: "
    assert error.message.startswith(prefix)
    return error.message.removeprefix(prefix)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import no_such_thing\n" + GOOD, "ModuleNotFoundError: No module named 'no_such_thing'"),
        ("1 / 0\n" + GOOD, "ZeroDivisionError: division by zero"),
        ("raise SystemExit(0)\n" + GOOD, "it tried to end the program (SystemExit: 0)"),
        ("import sys; sys.exit()\n" + GOOD, "it tried to end the program (SystemExit)"),
        ("raise KeyboardInterrupt\n" + GOOD, "KeyboardInterrupt"),
        ("def (:", "mine/rest.py is not valid Python: invalid syntax (line 1)"),
        ("x = '\0'", "mine/rest.py is not valid Python: source code string cannot contain null"),
        ("class RestApiLoadGenerator: ...", "is not a subclass of BaseActionGenerator"),
        ("RestApiLoadGenerator = 3", "an int is not a subclass of BaseActionGenerator"),
        (
            GOOD
            + "    @classmethod\n    def get_supported_options(cls):\n        return {'a': 3}\n",
            "bad option schema at a: an option is a mapping with a `type`",
        ),
        (
            GOOD + "    @classmethod\n    def get_supported_options(cls):\n        return 1 / 0\n",
            "ZeroDivisionError: division by zero",
        ),
    ],
    ids=range(11),
)
def test_broken_plugin_is_kept_with_its_true_reason(
    project: Project, source: str, reason: str
) -> None:
    manager = manager_of(project, source)
    found = reason_of(manager)
    assert reason in found
    assert found == reason_of(manager)
    assert "load:cloudfiles" in manager.discover_generators()


def test_abstract_class_is_broken(project: Project) -> None:
    source = GOOD.replace(
        "class RestApiLoadGenerator(BaseActionGenerator):",
        "import abc\nclass RestApiLoadGenerator(BaseActionGenerator, abc.ABC):\n"
        "    @abc.abstractmethod\n    def url(self): ...\n",
    )
    assert (
        reason_of(manager_of(project, source)) == "RestApiLoadGenerator is abstract: it lacks url"
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (", api: 2}", "it wants version 2 of the plugin API; lhp keeps version 1"),
        (", api: x}", "it wants version 0 of the plugin API; lhp keeps version 1"),
        (", requires: nowhere-lhp}", "it requires nowhere-lhp, which is not installed"),
    ],
)
def test_wrong_api_and_unmet_requirement_are_broken(
    project: Project, change: str, reason: str
) -> None:
    key = change.split()[1].rstrip(":")
    assert reason_of(manager_of(project, GOOD, LINE.replace("}", change)), key) == reason


@pytest.mark.parametrize(
    ("module", "reason", "hint"),
    [
        (
            "mine.rset",
            "no module 'mine.rset' is installed or found under the project root",
            "did you mean 'mine.rest'?",
        ),
        ("shutil", "module 'shutil' belongs to the standard library and can't be a plugin", ""),
        ("lhp.core.render", "module 'lhp.core.render' belongs to lhp and can't be a plugin", ""),
        ("json", "module 'json' means both json.py and the standard module 'json'", "rename"),
        ("yaml.extra", "module 'yaml.extra' means both yaml/extra.py and the installed", "rename"),
    ],
)
def test_module_that_is_missing_reserved_or_ambiguous(
    project: Project, module: str, reason: str, hint: str
) -> None:
    line = LINE.replace("mine.rest", module)
    manager = manager_of(project, GOOD, line, json=GOOD, yaml__extra=GOOD)
    assert reason in reason_of(manager, "module")
    with pytest.raises(LhpError) as caught:
        manager.get_plugin("rest_api").load()
    assert hint in caught.value.hint


def test_nearest_name_of_the_module_is_told(project: Project) -> None:
    manager = manager_of(project, GOOD, LINE.replace("class: Rest", "class: Rset"))
    assert reason_of(manager, "class") == "module 'mine.rest' has no 'RsetApiLoadGenerator'"
    with pytest.raises(LhpError) as caught:
        manager.get_plugin("rest_api").load()
    assert caught.value.hint == "did you mean 'RestApiLoadGenerator'?"


def test_declaration_without_class_says_so(project: Project) -> None:
    line = "{name: rest_api, type: load_generator, module: mine.rest}"
    reason = "its declaration does not say which `class` of mine.rest it is"
    assert reason_of(manager_of(project, GOOD, line)) == reason


def test_module_of_a_folder_is_named_as_its_author_knows_it(project: Project) -> None:
    manager = project(
        {
            "lhp.yaml": "plugins: {directories: [p]}\n",
            "p/plugins.yaml": f"- {LINE.replace('mine.rest', 'rset')}\n",
            "p/rest.py": GOOD,
        }
    )
    with pytest.raises(LhpError, match="no module 'rset' is installed") as caught:
        manager.get_plugin("rest_api").load()
    assert caught.value.hint == "did you mean 'rest'?"
    assert str(caught.value.location) == "p/plugins.yaml:1:50"


@pytest.mark.parametrize(
    "source",
    ["from somewhere import *\n", "def __getattr__(name):\n    raise AttributeError(name)\n"],
)
def test_module_that_may_bind_more_is_not_judged_by_reading(project: Project, source: str) -> None:
    manager = manager_of(project, source)
    manifest = manager.named("rest_api")
    assert not [*static_faults(manifest, manager.resolver.modules)]


def test_every_static_fault_is_told(project: Project) -> None:
    line = LINE.replace("mine.rest", "gone").replace("}", ", api: 3, requires: nowhere-lhp}")
    manager = manager_of(project, GOOD, line)
    manifest = manager.named("rest_api")
    found = [*static_faults(manifest, manager.resolver.modules)]
    assert len(found) == 3
    places = {"lhp.yaml:2:52", "lhp.yaml:2:92", "lhp.yaml:2:105"}  # module, api, requires
    assert {str(fault.location) for fault in found} == places


def test_nested_attribute_and_late_one(project: Project) -> None:
    line = LINE.replace("class: RestApi", "class: Inner.RestApi")
    source = GOOD + "\nclass Inner:\n    RestApiLoadGenerator = RestApiLoadGenerator\n"
    assert manager_of(project, source, line).get_plugin("rest_api").load()
    manager = manager_of(project, source.replace("    RestApiLoadGenerator = ", "    x = "), line)
    told = "module 'mine.rest' has no 'Inner.RestApiLoadGenerator'"
    assert reason_of(manager, "class") == told


def test_name_that_only_running_could_bind_and_does_not_is_told_in_our_words(
    project: Project,
) -> None:
    manager = manager_of(
        project, "from mine.more import *\n", mine__more=GOOD.replace("Rest", "Rst")
    )
    told = "module 'mine.rest' has no 'RestApiLoadGenerator'"
    assert reason_of(manager, "class") == told
    with pytest.raises(LhpError) as caught:
        manager.get_plugin("rest_api").load()
    assert caught.value.hint == "did you mean 'RstApiLoadGenerator'?"


def test_folder_without_init_offers_nothing_and_that_is_read(project: Project) -> None:
    manager = manager_of(project, GOOD, LINE.replace("mine.rest", "mine"))
    told = "`module` mine is a folder without `__init__.py`: say which module in it"
    assert [*static_faults(manager.named("rest_api"), manager.resolver.modules)]
    assert reason_of(manager, "module") == told


OPTIONS = """
    @classmethod
    def get_supported_options(cls):
        print("options")
        return {}
"""


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("print('hello')\n" + GOOD, ["hello"]),
        ("import sys; sys.stderr.write('red \x1b[31m')\n" + GOOD, ["red \x1b[31m"]),
        ("import warnings; warnings.warn('old')\n" + GOOD, ["UserWarning: old"]),
        ("import sys; sys.stdout.buffer.write(b'\\xff')\n" + GOOD, ["\ufffd"]),
        ("import sys; sys.stdout.reconfigure(encoding='utf-8')\n" + GOOD, []),
        ("import sys; sys.stdout.detach()\n" + GOOD, []),
        ("print('hello')\n" + GOOD + OPTIONS, ["hello", "options"]),
    ],
    ids=range(7),
)
@pytest.mark.filterwarnings("default")
def test_what_a_plugin_prints_while_it_is_loaded_is_held_back_and_told_once(
    project: Project, capsys: pytest.CaptureFixture[str], source: str, texts: list[str]
) -> None:
    manager = manager_of(project, source)
    generator = manager.get_plugin("rest_api").load()
    assert manager.get_plugin("rest_api").load() is generator
    for _ in range(2):
        manager.resolver.read(manager.named("rest_api"), generator.get_supported_options)
    assert capsys.readouterr() == ("", "")
    told = manager.resolver.warnings
    assert [warning.values["text"] for warning in told] == texts
    assert all(warning.is_warning for warning in told)


def test_what_a_broken_plugin_printed_is_told_too(project: Project) -> None:
    manager = manager_of(project, "print('so far')\n1 / 0\n" + GOOD)
    assert "ZeroDivisionError" in reason_of(manager)
    (warning,) = manager.resolver.warnings
    assert warning.message.endswith("printed while it was loaded: 'so far'")


def test_traceback_of_the_plugin_is_kept_for_who_wants_it(project: Project) -> None:
    manager = manager_of(project, "1 / 0\n" + GOOD)
    with pytest.raises(LhpError) as caught:
        manager.get_plugin("rest_api").load()
    assert "mine/rest.py" in str(caught.value.values["traceback"])


def test_errors_of_ours_from_a_plugin_stay_what_they_are(project: Project) -> None:
    source = "from lhp.errors import LhpErrors\nraise LhpErrors([])\n" + GOOD
    manager = manager_of(project, source)
    for _ in range(2):
        with pytest.raises(LhpErrors):
            manager.get_plugin("rest_api").load()


def test_loading_is_logged(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "lhp.plugins")
    manager_of(project, GOOD).get_plugin("rest_api").load()
    expected = "loading load_generator:rest_api from mine.rest:RestApiLoadGenerator"
    assert caplog.messages == [expected]


def raises(error: BaseException) -> Callable[[], None]:
    def function() -> None:
        raise error

    return function


@pytest.mark.parametrize(
    "error", [ValueError("x"), SystemExit(0), RecursionError(), GeneratorExit()]
)
def test_failing_call_names_the_plugin_and_its_line(project: Project, error: BaseException) -> None:
    handle = manager_of(project, GOOD).get_plugin("rest_api")
    with pytest.raises(LhpError) as caught:
        handle.call(raises(error))
    assert caught.value.code.id == "LHP-PLG-004"
    assert str(caught.value.location) == "lhp.yaml:2:5"
    assert "mine.rest:RestApiLoadGenerator" in caught.value.hint
    assert handle.call(len, "abc") == 3


def test_control_c_during_a_call_ends_the_run(project: Project) -> None:
    with pytest.raises(KeyboardInterrupt):
        manager_of(project, GOOD).get_plugin("rest_api").call(raises(KeyboardInterrupt()))


def test_control_c_while_a_plugin_of_lhp_is_imported_ends_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("importlib.import_module", interrupted)
    with pytest.raises(KeyboardInterrupt):
        PluginManager().get_plugin("load_generator:cloudfiles").load()


def test_summary_is_read_and_not_run(project: Project, tmp_path: Path) -> None:
    manager = manager_of(project, "open(__file__ + '.ran', 'w')\n" + GOOD)
    summary = manager.resolver.summary(manager.named("rest_api"))
    assert summary == "Reads an endpoint."
    assert not list(tmp_path.rglob("*.ran"))
    broken = manager_of(project, "def (:")
    assert broken.resolver.summary(broken.named("rest_api")) == ""
    folder = replace(broken.named("rest_api"), module="")
    assert broken.resolver.summary(folder) == ""


@pytest.mark.parametrize(
    ("source", "attribute", "expected"),
    [
        ("def shout(t): ...", "shout", True),
        ("class Shout: ...", "Shout", False),
        ("shout = 3", "shout", False),
        ("def (:", "shout", False),
    ],
)
def test_functions_are_told_from_dicts_by_reading(
    project: Project, source: str, attribute: str, *, expected: bool
) -> None:
    line = f"{{name: rest_api, type: template_filter, module: mine.rest, class: {attribute}}}"
    manager = manager_of(project, source, line)
    assert manager.resolver.is_function(manager.named("rest_api")) is expected


def test_item_of_a_dict_that_is_gone_at_run_time(project: Project) -> None:
    line = "{name: text, type: template_filter, module: mine.rest, class: template_filters}"
    source = "template_filters = {'rest_api': len}\ntemplate_filters.clear()\n"
    manager = manager_of(project, source, line)
    with pytest.raises(LhpError, match=r"mine.rest:template_filters\['rest_api'\] is missing"):
        manager.get_plugin("rest_api").load()


def test_object_in_memory_is_adopted_when_it_fits(project: Project) -> None:
    manager = manager_of(project, GOOD)
    manifest: Manifest = manager.named("rest_api")
    with pytest.raises(LhpError, match="is not a subclass"):
        manager.resolver.adopt(manifest, object)
    generator = manager.handle(manifest).load()
    manager.resolver.adopt(manifest, generator)
    assert manager.handle(manifest).load() is generator


def test_declaration_without_module_says_so(project: Project) -> None:
    manager = project(
        {
            "lhp.yaml": "plugins: {directories: [p]}\n",
            "p/plugins.yaml": "[{name: rest_api, type: load_generator}]\n",
        }
    )
    with pytest.raises(LhpError, match="its declaration says no `module`"):
        manager.get_plugin("rest_api").load()


def test_source_that_is_no_text_is_told(project: Project, tmp_path: Path) -> None:
    manager = manager_of(project, GOOD)
    (tmp_path / "project/mine/rest.py").write_bytes(b"x = '\xff'\n")
    assert reason_of(manager).startswith(
        "mine/rest.py is not valid Python: (unicode error) 'utf-8'"
    )


def test_source_that_can_not_be_read_is_told(
    project: Project, tmp_path: Path, unreadable: Path
) -> None:
    manager = manager_of(project, GOOD)
    (tmp_path / "project/mine/rest.py").unlink()
    (tmp_path / "project/mine/rest.py").symlink_to(unreadable)
    assert reason_of(manager).startswith("mine/rest.py can't be read: ")


def test_handle_generates(project: Project) -> None:
    handle = manager_of(project, GOOD).get_plugin("rest_api")
    action = Action({"name": "a", "type": "load", "target": "v"}, "load", "rest_api", {})
    generated = handle.generate(action, Context())
    assert (generated.code, generated.facts.makes) == ("pass", "v")


def test_folder_plugin_loads_as_its_folder_and_untrusted_ones_do_not(project: Project) -> None:
    line = "{name: parts, type: template_macro, path: mine}"
    manager = manager_of(project, GOOD, line)
    assert manager.get_plugin("parts").load().name == "mine"
    blocking = PluginManager(manager.root, trust=PluginTrustManager(None, ["parts"]))
    with pytest.raises(LhpError) as caught:
        blocking.get_plugin("parts").load()
    assert caught.value.code.id == "LHP-PLG-016"


SHARED = """
from lhp.core.base_generator import BaseActionGenerator

class RestApiLoadGenerator(BaseActionGenerator):
    def values(self, action, context):
        from mine.word import WORD
        return {"word": WORD}
"""


def test_two_projects_in_one_process_keep_their_code_apart(tmp_path: Path) -> None:
    handles = {}
    for name in ("a", "b"):
        files = {
            "lhp.yaml": f"plugins:\n  - {LINE}\n",
            "mine/rest.py": SHARED,
            "mine/rest.py.j2": f"{name} = {{{{ word }}}}",
            "mine/word.py": f"WORD = {name!r}\n",
        }
        for path, text in files.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(text)
        handles[name] = PluginManager(tmp_path / name).get_plugin("rest_api")
        handles[name].load()
    action = Action({"name": "x"}, "load", "rest_api", {})
    for name in ("a", "b", "a"):
        assert handles[name].generate(action, Context()).code.strip() == f"{name} = {name!r}"


def test_kept_error_is_raised_anew_each_time(project: Project) -> None:
    manager = manager_of(project, "1 / 0\n" + GOOD)
    errors = []
    for _ in range(3):
        with pytest.raises(LhpError) as caught:
            manager.get_plugin("rest_api").load()
        errors.append(caught)
    assert len({id(error.value) for error in errors}) == 3
    assert len({len(error.traceback) for error in errors[1:]}) == 1


def test_print_of_a_plugin_leaves_the_output_alone(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    manager = manager_of(project, GOOD.replace('return "pass"', 'print("hi"); return "pass"'))
    action = Action({"name": "x"}, "load", "rest_api", {})
    manager.get_plugin("rest_api").generate(action, Context())
    assert capsys.readouterr() == ("", "hi\n")


def test_broken_plugin_is_named_once_also_after_a_worker_sent_its_error(project: Project) -> None:
    manager = manager_of(project, "1 / 0\n" + GOOD)
    with pytest.raises(LhpError) as caught:
        manager.get_plugin("rest_api").load()
    error = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  (our own bytes)
    assert broken(manager.named("rest_api"), error) is error
