"""All faults of a project's plugins at once, each at its line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lhp.core.plugin_check import section_problems, state_of
from lhp.core.plugin_faults import check_plugins
from lhp.core.plugin_manager import PluginManager
from lhp.core.plugin_trust import PluginTrustManager
from lhp.errors import LhpErrors
from lhp.passes.project import open_project

Project = Callable[[dict[str, str]], PluginManager]
REST = """
from lhp.core.base_generator import BaseActionGenerator, Config

class RestConfig(Config):
    base_url: str
    timeout: int = 30

class RestApiLoadGenerator(BaseActionGenerator):
    Config = RestConfig
    def generate(self, action, context):
        return "pass"
"""
CHECK = "class NamesValidator:\n    def validate(self, config):\n        return []\n"
BROKEN = "raise SystemExit\nclass Bad: ...\n"
CONFIGURED = """
plugins:
  enabled:
    - name: rest_api
      type: load_generator
      module: mine.rest
      class: RestApiLoadGenerator
      config:
        base_url: https://x
        timeout: ${seconds}
"""


def told(manager: PluginManager, *names: str, is_static: bool = False) -> list[tuple[str, str]]:
    checked = check_plugins(manager, names, is_static=is_static)
    return [(problem.code.id, str(problem.location)) for problem in checked.problems]


def test_sound_plugins_have_no_problems(project: Project) -> None:
    manager = project(
        {
            "lhp.yaml": CONFIGURED + "    - {name: parts, type: template_macro, path: macros}\n"
            "  directories: [p]\n",
            "mine/rest.py": REST,
            "macros/a.j2": "",
            "p/names.py": CHECK,
        }
    )
    checked = check_plugins(manager)
    assert checked.problems == ()
    assert {item.name for item in checked.manifests} >= {"rest_api", "parts", "names"}
    assert "cloudfiles" not in {item.name for item in checked.manifests}


FAULTY = """\
plugins:
  enabled:
    - {name: rest_api, type: load_generator, module: mine.rest, class: RestApiLoadGenerator, confg: {}}
    - {name: gone, type: validator, module: mine.gone, class: X, api: 2}
    - {name: lost, type: validator, module: mine.check, class: NameValidator}
    - {name: exits, type: validator, module: mine.broken, class: Bad, requires: "nowhere-lhp>1"}
    - {name: ends, type: validator, module: mine.broken, class: Bad}
    - {name: names, type: validator, module: mine.check, class: NamesValidator}
    - {name: names, type: validator, module: mine.two, class: NamesValidator}
    - {name: off, type: validator, module: mine.gone, class: X, enabled: false}
  directories: [p, nowhere]
  entry_points: [acme-lpt]
"""
FAULTY_FILES = {
    "lhp.yaml": FAULTY,
    "mine/rest.py": REST,
    "mine/check.py": CHECK,
    "mine/two.py": CHECK,
    "mine/broken.py": BROKEN,
    "p/bad.py": "def (:",
}


def test_all_faults_are_told_at_their_lines(project: Project, install: Callable[..., Path]) -> None:
    install("acme-lhp", {}, {"lhp.validators": "v = acme:V"})
    found = told(project(FAULTY_FILES))
    assert sorted(found) == [
        ("LHP-CFG-001", "lhp.yaml:3:94"),  # confg
        ("LHP-PLG-001", "lhp.yaml:8:7"),  # clash
        ("LHP-PLG-003", "lhp.yaml:4:71"),  # api
        ("LHP-PLG-003", "lhp.yaml:6:81"),  # requires
        ("LHP-PLG-003", "lhp.yaml:7:7"),  # exits at import
        ("LHP-PLG-005", "lhp.yaml:4:45"),  # module
        ("LHP-PLG-006", "lhp.yaml:5:64"),  # class
        ("LHP-PLG-009", "p/bad.py:1"),  # unread
        ("LHP-PLG-015", "lhp.yaml:11:20"),  # folder
        ("LHP-PLG-025", "lhp.yaml:12:18"),  # distribution
        ("LHP-VAL-102", "lhp.yaml:3:7"),  # base_url
    ]


def test_static_check_runs_nothing(project: Project) -> None:
    found = told(project(FAULTY_FILES), is_static=True)
    assert ("LHP-PLG-003", "lhp.yaml:7:7") not in found
    assert ("LHP-PLG-006", "lhp.yaml:5:64") in found
    assert "mine.broken" not in sys.modules
    assert "mine.rest" not in sys.modules


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lost", [("LHP-PLG-006", "lhp.yaml:5:64")]),
        ("validator:ends", [("LHP-PLG-003", "lhp.yaml:7:7")]),
        ("names", [("LHP-PLG-001", "lhp.yaml:8:7")]),
        ("rest_api", [("LHP-CFG-001", "lhp.yaml:3:94"), ("LHP-VAL-102", "lhp.yaml:3:7")]),
        ("nobody", [("LHP-PLG-012", "None")]),
        ("off", []),
        ("load_generator:cloudfiles", []),
    ],
)
def test_named_plugins_alone_are_checked(
    project: Project, name: str, expected: list[tuple[str, str]]
) -> None:
    assert told(project(FAULTY_FILES), name) == expected


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("{base_url: x, timeout: '${t}'}", []),
        ("{base_url: x, timeout: soon}", [("LHP-VAL-100", "lhp.yaml:2:127")]),
        ("{base_ur: x}", [("LHP-CFG-001", "lhp.yaml:2:105")]),
        ("{}", [("LHP-VAL-102", "lhp.yaml:2:104")]),
    ],
)
def test_config_is_checked_against_the_class(
    project: Project, config: str, expected: list[tuple[str, str]]
) -> None:
    line = "{name: rest_api, type: load_generator, module: mine.rest, class: RestApiLoadGenerator,"
    manager = project(
        {"lhp.yaml": f"plugins:\n  - {line} config: {config}}}\n", "mine/rest.py": REST}
    )
    found = told(manager)
    assert [code for code, _ in found] == [code for code, _ in expected]
    assert {place.split(":")[1] for _, place in found} <= {"2"}
    assert not told(manager, is_static=True)


def test_listed_distribution_that_is_installed_is_fine(
    project: Project, install: Callable[..., Path]
) -> None:
    install("acme-lhp", {}, {"lhp.generators.test": "v = acme:V"})
    assert not section_problems(project({"lhp.yaml": "plugins: {entry_points: [Acme_LHP]}\n"}))


def test_errors_of_ours_that_a_plugin_raises_are_told(project: Project) -> None:
    source = (
        "from lhp.errors import NOT_A_PROJECT, LhpErrors\n"
        "raise LhpErrors([NOT_A_PROJECT.at(folder='x')])\n"
    )
    manager = project({"lhp.yaml": "plugins: {directories: [p]}\n", "p/names.py": source + CHECK})
    assert [place for _, place in told(manager)] == ["None"]


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ({"lhp.validators": "quiet = nowhere:V"}, "no module 'nowhere' is installed"),
        ({"lhp.generators.load": "delta = acme_x:V"}, "two plugins are called 'delta': acme_x:V"),
        ({"lhp.generators.load": "api = acme_x:V"}, "an int is not a subclass"),
        ({"lhp.generators.load": "Bad = acme_x:V"}, "'Bad' can't be the name of a plugin"),
        ({"lhp.validators": "dormant = acme_x:V"}, ""),
    ],
)
def test_faults_of_installed_plugins_that_nothing_names_are_warnings(
    project: Project, install: Callable[..., Path], points: dict[str, str], reason: str
) -> None:
    install("acme-lhp", {"acme_x.py": "V = 3\n"}, points)
    manager = project({"lhp.yaml": "name: x\n"})
    found = check_plugins(manager).problems
    assert [problem.code.id for problem in found] == ["LHP-PLG-032"] * bool(reason)
    assert all(reason in problem.message and problem.is_warning for problem in found)
    (name,) = (text.split()[0] for text in points.values())
    if reason:
        assert f"`{{name: {name}, type: " in found[0].hint
        named = check_plugins(manager, [name]).problems
        assert named
        assert not any(problem.is_warning for problem in named)


def test_what_a_plugin_printed_is_a_warning(project: Project) -> None:
    manager = project(
        {"lhp.yaml": "plugins: {directories: [p]}\n", "p/names.py": f"print('hi')\n{CHECK}"}
    )
    (warning,) = check_plugins(manager).problems
    assert warning.is_warning


def test_options_of_a_plugin_are_checked(project: Project) -> None:
    source = REST.replace("Config = RestConfig", "source_count = 'x'")
    manager = project(
        {"lhp.yaml": CONFIGURED, "mine/rest.py": source},
    )
    assert told(manager) == [("LHP-PLG-003", "lhp.yaml:4:7")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[{name: a, typ: validator}]", ["p/plugins.yaml:1:12"]),
        ("plugins: [{name: a}]", ["p/plugins.yaml:1:11"]),
        ("enabled: []\nenable: 3\n", ["p/plugins.yaml:2:1"]),
        ("text", ["p/plugins.yaml:1:1"]),
        ("", []),
        ("[", []),
    ],
)
def test_plugins_yaml_of_a_folder_is_checked(
    project: Project, text: str, expected: list[str]
) -> None:
    manager = project({"lhp.yaml": "plugins: {directories: [p]}\n", "p/plugins.yaml": text})
    places = [str(problem.location) for problem in section_problems(manager)]
    assert sorted({*places}) == expected


@pytest.mark.parametrize(
    ("change", "expected", "message", "hint"),
    [
        (
            ("mine.check", "mine/check.py"),
            "LHP-PLG-005",
            "no module 'mine/check.py'",
            "'mine.check'?",
        ),
        (
            ("mine.check", "./mine/check.py"),
            "LHP-PLG-005",
            "no module",
            "did you mean 'mine.check'?",
        ),
        (("names,", "Z-x,"), "LHP-PLG-011", "'Z-x' can't be the name of a plugin", "lower-case"),
        (("validator", "true"), "LHP-VAL-103", "'type' can't be 'true'; it is one of load_gen", ""),
        (("validator", "validtor"), "LHP-VAL-103", "'type' can't be 'validtor'", "'validator'?"),
        (("class: N", "class: 3N"), "LHP-PLG-006", "has no '3NamesValidator'", "'NamesValidator'?"),
    ],
)
def test_one_mistake_is_told_once(
    project: Project, change: tuple[str, str], expected: str, message: str, hint: str
) -> None:
    line = "{name: names, type: validator, module: mine.check, class: NamesValidator}"
    files = {"lhp.yaml": f"plugins: [{line.replace(*change)}]\n", "mine/check.py": CHECK}
    (problem,) = check_plugins(project(files)).problems
    assert problem.code.id == expected
    assert message in problem.message
    assert hint in problem.hint


def test_a_place_is_called_alike_by_every_check(project: Project) -> None:
    line = "{name: names, type: validator, module: mine.check, class: NamesValidator, confg: 1}"
    for before, after, name in (
        ("[", "]", "plugins.names"),
        ("{enabled: [", "]}", "plugins.enabled.names"),
    ):
        files = {"lhp.yaml": f"plugins: {before}{line}{after}\n", "mine/check.py": CHECK}
        manager = project(files)
        with pytest.raises(LhpErrors) as caught:
            open_project(manager.root)
        for found in (caught.value, check_plugins(manager), check_plugins(manager, ["names"])):
            (problem,) = found.problems
            assert problem.message == f"unknown key 'confg' in '{name}' of lhp.yaml"


def test_lhp_yaml_without_plugins_has_no_faults_of_plugins(project: Project) -> None:
    for text in ("", "name: x\n", "[]", "nam: x\n"):
        assert not section_problems(project({"lhp.yaml": text}))
    assert not section_problems(PluginManager())


def test_scalar_is_no_section(project: Project) -> None:
    (problem,) = section_problems(project({"lhp.yaml": "plugins: yes please\n"}))
    assert str(problem.location) == "lhp.yaml:1:10"


def states(manager: PluginManager, *types: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for manifest in manager.manifests:
        if manifest.type in types:
            found.setdefault(manifest.name, []).append(state_of(manager, manifest).word)
    return found


def test_every_state_is_told_without_importing(
    project: Project, install: Callable[..., Path], tmp_path: Path
) -> None:
    ran = "open(__file__ + '.ran', 'w')\n"
    points = "quiet = acme_s:NamesValidator\nnamed = acme_s:NamesValidator\nclash = acme_s:V\n"
    install("acme-lhp", {"acme_s.py": ran + CHECK}, {"lhp.validators": points})
    install("beta-lhp", {"beta_s.py": ran}, {"lhp.validators": "clash = beta_s:V"})
    root = project(
        {
            "lhp.yaml": "plugins:\n  directories: [p]\n  enabled:\n"
            "    - {name: named, type: validator}\n"
            "    - {name: off, type: validator, enabled: false}\n"
            "    - {name: gone, type: validator, module: mine.gone, class: X}\n"
            "    - {name: blocked, type: validator, module: mine.check, class: NamesValidator}\n"
            "    - {name: foreign, type: validator, module: other.check, class: NamesValidator}\n"
            "    - {name: ruff, type: formatter, module: mine.check, class: V, override: true}\n",
            "mine/check.py": ran + CHECK + "V = 3\n",
            "other/check.py": ran + CHECK,
            "p/names.py": ran + CHECK,
        }
    ).root
    trusted = ["p", "mine", "lhp", "acme-lhp", "beta-lhp", "lhp.yaml"]
    manager = PluginManager(root, trust=PluginTrustManager(trusted, ["blocked"]))
    assert states(manager, "validator", "formatter") == {
        "named": ["enabled"],
        "off": ["disabled"],
        "gone": ["broken"],
        "blocked": ["blocked"],
        "foreign": ["untrusted"],
        "ruff": ["enabled", "disabled"],
        "names": ["enabled"],
        "quiet": ["installed"],
        "clash": ["broken", "broken"],
    }
    assert states(manager, "load_generator")["cloudfiles"] == ["builtin"]
    assert not list(tmp_path.rglob("*.ran"))
    found = told(manager, "blocked", "foreign")
    assert [code for code, _ in found] == ["LHP-PLG-016", "LHP-PLG-016"]
