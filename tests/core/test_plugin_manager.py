"""All plugins of a project, gathered without importing any."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lhp.core.manifest import Origin
from lhp.core.plugin_manager import PluginManager
from lhp.core.plugin_trust import PluginTrustManager
from lhp.errors import LhpError

Project = Callable[[dict[str, str]], PluginManager]
RAN = "open(__file__ + '.ran', 'w').close()\n"
GENERATOR = f"""{RAN}
from lhp.core.base_generator import BaseActionGenerator


class RestApiLoadGenerator(BaseActionGenerator):
    def generate(self, action, context):
        return "pass"
"""
REST = "{name: rest_api, type: load_generator, module: mine.rest, class: RestApiLoadGenerator"
CHECK = "class NamesValidator:\n    def validate(self, config):\n        return []\n"
FILTERS = (
    "def shout(t):\n    return t.upper()\n\n\ntemplate_filters = {'shout': shout, 'calm': shout}\n"
)


def ids(manager: PluginManager) -> list[tuple[str, str]]:
    return [(problem.code.id, str(problem.location)) for problem in manager.problems]


def test_all_origins_are_gathered_and_none_is_imported(
    project: Project, install: Callable[..., Path], tmp_path: Path
) -> None:
    install("acme-lhp", {"acme_x.py": RAN}, {"lhp.generators.write": "webhook = acme_x:Webhook"})
    manager = project(
        {
            "lhp.yaml": f"plugins:\n  enabled:\n    - {REST}}}\n  directories: [./plugins]\n"
            "  entry_points: [acme-lhp]\n",
            "mine/rest.py": GENERATOR,
            "plugins/names.py": RAN + CHECK,
        }
    )
    found = {item.qualified_name: item.origin for item in manager.manifests}
    assert found["load_generator:rest_api"] is Origin.CONFIG
    assert found["validator:names"] is Origin.DIRECTORY
    assert found["write_generator:webhook"] is Origin.ENTRY_POINT
    assert found["load_generator:cloudfiles"] is Origin.BUILTIN
    assert "load:rest_api" in manager.discover_generators()
    assert manager.discover_generators()["load:cloudfiles"].origin is Origin.BUILTIN
    assert (manager.problems, manager.unread) == ((), ())
    assert not list(tmp_path.rglob("*.ran"))
    assert "mine.rest" not in sys.modules


def test_handles_give_the_object_on_use(project: Project) -> None:
    manager = project({"lhp.yaml": f"plugins:\n  - {REST}}}\n", "mine/rest.py": GENERATOR})
    for name in ("rest_api", "load_generator:rest_api"):
        handle = manager.get_plugin(name)
        assert (handle.name, handle.type, handle.origin) == (
            "rest_api",
            "load_generator",
            Origin.CONFIG,
        )
        assert handle.load().__name__ == "RestApiLoadGenerator"
    assert handle.manifest.source == "mine/rest.py"


def test_outside_a_project_the_built_in_plugins_exist(tmp_path: Path) -> None:
    manager = PluginManager()
    assert manager.document is None
    assert PluginManager(tmp_path).document is None
    assert "list" in manager.discover_cli_commands()
    assert not manager.folders


@pytest.mark.parametrize("text", ["", "[]", "plugins: text", "name: x"])
def test_any_lhp_yaml_gives_the_built_in_plugins(project: Project, text: str) -> None:
    assert "load:cloudfiles" in project({"lhp.yaml": text}).discover_generators()


def test_lhp_yaml_that_can_not_be_read_is_told(tmp_path: Path, unreadable: Path) -> None:
    (tmp_path / "lhp.yaml").symlink_to(unreadable)
    with pytest.raises(LhpError) as caught:
        PluginManager(tmp_path).discover_generators()
    assert caught.value.code.id == "LHP-IO-002"
    assert caught.value.message.startswith("can't read 'lhp.yaml': ")


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("rest_apj", "LHP-PLG-012", "did you mean 'rest_api'?"),
        ("load_generator:nothing", "LHP-PLG-012", ""),
        ("sql", "LHP-PLG-013", "write type:name"),
        ("off", "LHP-PLG-017", "take `enabled: false`"),
    ],
)
def test_names_that_mean_no_usable_plugin(
    project: Project, name: str, code: str, words: str
) -> None:
    off = f"{REST}, enabled: false}}".replace("rest_api,", "off,")
    manager = project(
        {"lhp.yaml": f"plugins:\n  - {REST}}}\n  - {off}\n", "mine/rest.py": GENERATOR}
    )
    with pytest.raises(LhpError) as caught:
        manager.get_plugin(name)
    assert caught.value.code.id == code
    assert words in caught.value.hint


def test_ambiguous_name_lists_all_that_have_it(project: Project) -> None:
    with pytest.raises(LhpError, match="load_generator:sql, transform_generator:sql"):
        project({"lhp.yaml": ""}).get_plugin("sql")


def test_conflict_names_both_declarations_and_their_lines(project: Project) -> None:
    manager = project(
        {
            "lhp.yaml": f"plugins:\n  - {REST}}}\n  - {REST.replace('mine.rest', 'mine.two')}}}\n",
            "mine/rest.py": GENERATOR,
            "mine/two.py": GENERATOR,
        }
    )
    (problem,) = manager.problems
    assert problem.code.id == "LHP-PLG-001"
    assert "mine.rest:RestApiLoadGenerator (declared at lhp.yaml:2:5)" in problem.message
    assert "mine.two:RestApiLoadGenerator (lhp.yaml:3:5)" in problem.message


@pytest.mark.parametrize(
    "more",
    [f"  enabled:\n    - {REST}}}\n    - {REST}}}\n", f"  enabled:\n    - {REST}}}\n"],
    ids=["twice in lhp.yaml", "in lhp.yaml and in a folder"],
)
def test_same_object_declared_twice_merges(project: Project, more: str) -> None:
    manager = project(
        {"lhp.yaml": f"plugins:\n  directories: [mine]\n{more}", "mine/rest.py": GENERATOR}
    )
    assert manager.problems == ()
    assert [item.origin for item in manager.manifests if item.name == "rest_api"] == [Origin.CONFIG]


def test_declaration_of_an_installed_object_merges_with_its_entry_point(
    project: Project, install: Callable[..., Path]
) -> None:
    install("acme-lhp", {"acme_y.py": CHECK}, {"lhp.validators": "names = acme_y:NamesValidator"})
    line = "{name: names, type: validator, module: acme_y, class: NamesValidator}"
    manager = project({"lhp.yaml": f"plugins: [{line}]\n"})
    assert manager.problems == ()
    assert manager.get_plugin("names").manifest.source == "acme-lhp 1.2"
    assert manager.registry.names("validator") == ["names"]


def test_override_of_a_built_in_plugin(project: Project) -> None:
    line = REST.replace("rest_api,", "sql,")
    files = {"mine/rest.py": GENERATOR}
    manager = project({**files, "lhp.yaml": f"plugins: [{line}}}]\n"})
    assert ids(manager) == [("LHP-PLG-001", "lhp.yaml:1:11")]
    manager = project({**files, "lhp.yaml": f"plugins: [{line}, override: true}}]\n"})
    assert manager.problems == ()
    assert manager.discover_generators()["load:sql"].origin is Origin.CONFIG


@pytest.mark.parametrize("extra", ["", ", config: {limit: 3}"])
def test_installed_validator_acts_when_the_project_names_it(
    project: Project, install: Callable[..., Path], extra: str
) -> None:
    install("acme-lhp", {"acme_z.py": CHECK}, {"lhp.validators": "names = acme_z:NamesValidator"})
    assert not project({"lhp.yaml": ""}).registry.names("validator")
    manager = project({"lhp.yaml": f"plugins: [{{name: names, type: validator{extra}}}]\n"})
    (manifest,) = manager.registry.active("validator")
    assert (manifest.origin, manifest.is_named) == (Origin.ENTRY_POINT, True)
    assert manifest.location is not None
    assert manifest.location.path == "lhp.yaml"
    assert manifest.config == ({"limit": 3} if extra else {})
    assert manager.handle(manifest).load().__name__ == "NamesValidator"


def test_name_and_type_alone_switch_off_whatever_has_the_name(project: Project) -> None:
    manager = project(
        {
            "lhp.yaml": "plugins:\n  directories: [p]\n  enabled:\n"
            "    - {name: names, type: validator, enabled: false}\n"
            "    - {name: sql, type: load_generator, enabled: false}\n"
            "    - {name: gone, type: load_generator, enabled: false}\n",
            "p/names.py": CHECK,
        }
    )
    assert manager.problems == ()
    assert not manager.registry.names("validator")
    assert "load:sql" not in manager.discover_generators()
    assert "load:gone" not in manager.discover_generators()


def test_name_that_nothing_offers_is_broken_with_that_reason(project: Project) -> None:
    manager = project({"lhp.yaml": "plugins: [{name: gone, type: validator}]\n"})
    with pytest.raises(LhpError, match="no installed distribution offers a validator 'gone'"):
        manager.get_plugin("gone").load()


def test_filters_of_a_dict_are_registered_by_their_keys(project: Project) -> None:
    manager = project(
        {
            "lhp.yaml": "plugins:\n  - {name: text, type: template_filter, module: mine.f,"
            " class: template_filters}\n"
            "  - {name: loud, type: template_filter, module: mine.f, class: shout}\n",
            "mine/f.py": FILTERS,
        }
    )
    assert manager.registry.names("template_filter") == ["calm", "loud", "shout"]
    assert manager.get_plugin("shout").load()("a") == "A"
    with pytest.raises(LhpError, match="template_filter:shout, template_filter:calm"):
        manager.get_plugin("text")


def test_filters_that_can_not_be_read_stay_one_plugin(project: Project) -> None:
    line = "{name: text, type: template_filter, module: mine.f, class: template_filters}"
    manager = project({"lhp.yaml": f"plugins: [{line}]\n", "mine/f.py": "def (:"})
    assert manager.registry.names("template_filter") == ["text"]


def test_installed_filter_of_a_dict_is_named_by_its_key(
    project: Project, install: Callable[..., Path]
) -> None:
    point = {"lhp.templates.filters": "text = acme_f:template_filters"}
    install("acme-lhp", {"acme_f.py": FILTERS}, point)
    manager = project({"lhp.yaml": "plugins: [{name: calm, type: template_filter}]\n"})
    assert manager.problems == ()
    assert manager.get_plugin("calm").manifest.is_named


def test_missing_folder_is_told_at_its_line_and_home_may_lack_it(project: Project) -> None:
    manager = project(
        {"lhp.yaml": "plugins:\n  directories:\n    - plugs\n    - ~/.no-such/x\n    - ~nobody/x\n"}
    )
    assert ids(manager) == [("LHP-PLG-015", "lhp.yaml:3:7")]


def test_folder_of_the_home_is_read(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / ".lhp/plugins").mkdir(parents=True)
    (tmp_path / ".lhp/plugins/names.py").write_text(CHECK)
    manager = project({"lhp.yaml": "plugins: {directories: [~/.lhp/plugins, ~/.lhp/plugins/]}\n"})
    assert len(manager.folders) == 1
    assert manager.get_plugin("names").load().__name__ == "NamesValidator"


@pytest.mark.parametrize(
    ("entry", "count"),
    [
        ("{name: Bad-Name, type: validator, module: a, class: B}", 1),
        ("{name: bad-name, type: validator, module: a, class: B}", 1),
        ("{name: fine-name, type: cli_command, module: a, class: B}", 0),
        ("{name: größe, type: validator, module: a, class: B}", 1),
    ],
)
def test_names_are_checked_at_their_line(project: Project, entry: str, count: int) -> None:
    manager = project({"lhp.yaml": f"plugins:\n  - {entry}\n"})
    assert ids(manager) == [("LHP-PLG-011", "lhp.yaml:2:12")] * count


def test_bad_name_of_an_installed_plugin_disturbs_nobody(
    project: Project, install: Callable[..., Path]
) -> None:
    install("acme-lhp", {"acme_n.py": CHECK}, {"lhp.validators": "Bad = acme_n:NamesValidator"})
    assert project({"lhp.yaml": ""}).problems == ()


def test_an_installed_plugin_that_clashes_with_a_built_in_can_be_switched_off(
    project: Project, install: Callable[..., Path]
) -> None:
    install("acme-lhp", {}, {"lhp.generators.load": "delta = acme_d:V"})
    with pytest.raises(LhpError) as caught:
        project({"lhp.yaml": "name: x\n"}).get_plugin("load_generator:delta")
    line = "{name: delta, type: load_generator, enabled: false}"
    assert f"`{line}` under `plugins:` in lhp.yaml switches that of acme-lhp 1.2 off" in (
        caught.value.hint
    )
    manager = project({"lhp.yaml": f"plugins: [{line}]\n"})
    assert manager.get_plugin("load_generator:delta").origin is Origin.BUILTIN
    assert manager.problems == ()


@pytest.mark.parametrize(
    ("requires", "reason"),
    [
        ("acme-lhp>=1.2,<2", ""),
        ("acme-lhp>=2", "it requires acme-lhp>=2, but 1.2 is installed"),
        ("nowhere-lhp", "it requires nowhere-lhp, which is not installed"),
        (
            "not a requirement!",
            "`requires` 'not a requirement!' is no requirement such as acme-lhp",
        ),
        ("!!bad", "`requires` '!!bad' is no requirement such as acme-lhp>=1.2: Expected"),
        ('nowhere-lhp; python_version < "3"', ""),
        ('nowhere-lhp; extra == "more"', ""),
        ('nowhere-lhp; python_version > "3"', "it requires nowhere-lhp; python_version"),
    ],
)
def test_requires_is_checked_against_what_is_installed(
    project: Project, install: Callable[..., Path], requires: str, reason: str
) -> None:
    install("acme-lhp", {}, {})
    manager = project(
        {"lhp.yaml": f"plugins:\n  - {REST}, requires: '{requires}'}}\n", "mine/rest.py": GENERATOR}
    )
    handle = manager.get_plugin("rest_api")
    if not reason:
        assert handle.load()
        return
    with pytest.raises(LhpError) as caught:
        handle.load()
    assert caught.value.code.id == "LHP-PLG-003"
    assert caught.value.message.startswith(f"the load_generator 'rest_api' can't be used: {reason}")
    assert caught.value.location == handle.manifest.at("requires")
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("metadata", "version"),
    [
        (b"Metadata-Version: 2.1\nName: acme-lhp\nVersion: soon\n", "soon"),
        (b"Metadata-Version: 2.1\nName: acme-lhp\nVersion: \xff\n", "an unreadable version"),
    ],
)
def test_a_version_that_can_not_be_compared_does_not_meet_requires(
    project: Project, install: Callable[..., Path], metadata: bytes, version: str
) -> None:
    site = install("acme-lhp", {}, {})
    (site / "acme_lhp-1.2.dist-info/METADATA").write_bytes(metadata)
    line = f"{REST}, requires: acme-lhp>=1}}"
    manager = project({"lhp.yaml": f"plugins:\n  - {line}\n", "mine/rest.py": GENERATOR})
    with pytest.raises(LhpError, match=f"acme-lhp>=1, but {version} is installed") as caught:
        manager.get_plugin("rest_api").load()
    assert caught.value.location == manager.named("rest_api").at("requires")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{name: parts, type: template_macro, path: macros}", ""),
        ("{name: parts, type: template_macro, path: nowhere}", "there is no folder 'nowhere'"),
        ("{name: parts, type: template_macro, module: mine}", ""),
        ("{name: parts, type: template_macro, module: macros}", ""),
        ("{name: parts, type: template_macro, module: no.where}", "there is no folder 'no.where'"),
    ],
)
def test_folder_plugins_are_folders(project: Project, line: str, reason: str) -> None:
    files = {"macros/a.j2": "", "mine/__init__.py": "raise SystemExit\n"}
    manager = project({"lhp.yaml": f"plugins: [{line}]\n", **files})
    handle = manager.get_plugin("parts")
    if reason:
        with pytest.raises(LhpError, match=reason):
            handle.load()
    else:
        assert handle.load().is_dir()


def test_untrusted_plugin_is_not_imported(project: Project, tmp_path: Path) -> None:
    root = project({"lhp.yaml": f"plugins: [{REST}}}]\n", "mine/rest.py": GENERATOR}).root
    for trust in (PluginTrustManager(["plugins"]), PluginTrustManager(None, ["rest_api"])):
        with pytest.raises(LhpError) as caught:
            PluginManager(root, trust=trust).get_plugin("rest_api").load()
        assert caught.value.code.id == "LHP-PLG-016"
    assert not list(tmp_path.rglob("*.ran"))
    trusting = PluginManager(root, trust=PluginTrustManager(["./mine"]))
    assert trusting.get_plugin("rest_api").load()


def test_unread_files_are_kept_for_who_asks(project: Project) -> None:
    manager = project({"lhp.yaml": "plugins: {directories: [p]}\n", "p/bad.py": "def (:"})
    assert [problem.code.id for problem in manager.unread] == ["LHP-PLG-009"]
    assert manager.problems == ()
