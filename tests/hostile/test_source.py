"""Wheels that mean harm, and projects that bring their own folder of them, run nothing."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import FILES, Hostile

Make = Callable[..., Hostile]

FOLDER = ".lhp/plugins"
SPY = "class Spy:\n    def validate(self, config):\n        return []\n"
NONE = f"--hash=sha256:{'0' * 64}"


def _declared(source: str) -> str:
    return FILES["lhp.yaml"].replace(
        "module: mine.spy, class: Spy",
        f"module: acme.spy, class: Spy, source: {json.dumps(source)}",
    )


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)


@pytest.fixture
def wheeled(hostile: Make, wheel: Callable[..., str]) -> Callable[..., Hostile]:
    """Return a function that makes a project with a wheel, which its plugin comes from."""

    def make(files: dict[str, str], **others: Any) -> Hostile:
        project = hostile(others)
        filled = {path: project.filled(text) for path, text in files.items()}
        whole = {"acme/__init__.py": "", "acme/spy.py": SPY, **filled}
        digest = wheel(project.root / "wheels", "acme", whole)
        source = f"wheels/acme-1.2-py3-none-any.whl --hash=sha256:{digest}"
        project.write({"lhp.yaml": _declared(source)})
        return project

    return make


def test_wheel_runs_nothing_before_it_was_approved(wheeled: Callable[..., Hostile]) -> None:
    project = wheeled({"acme/spy.py": "{evil}" + SPY})
    for words in (
        ["plugins", "install", "--dry-run"],
        ["plugins", "install"],
        ["plugins", "list"],
        ["plugins", "info", "spy"],
        ["plugins", "validate", "--static"],
        ["plugins", "trust", "spy"],
        ["plugins", "docs"],
        ["schema"],
        ["--help"],
    ):
        project.run(*words)
    assert (project.root / FOLDER / "acme/spy.py").is_file()
    for words in (["validate"], ["generate", "--env", "dev"], ["plugins", "validate"]):
        came = project.run(*words)
        assert came.code == 1
        assert "LHP-PLG-016" in came.said
    project.approve()
    # The positive control: approved, it runs, and says so.
    ended = project.lhp("validate")
    assert "evil ran" in ended.out + ended.err


def test_folder_of_wheels_that_a_checkout_brings_runs_nothing(
    wheeled: Callable[..., Hostile],
) -> None:
    project = wheeled({})
    project.run("plugins", "install")
    project.approve()
    assert project.run().code == 0
    # Somebody commits the folder, with what its record says and another code.
    project.write({f"{FOLDER}/acme/spy.py": "{evil}" + SPY})
    for words in (["validate"], ["generate", "--env", "dev"], ["plugins", "list"]):
        came = project.run(*words)
        assert "changed since it was approved" in came.said or "spy.py changed" in came.said
    assert project.run("plugins", "install").out == "acme 1.2\n"
    assert project.run().code == 0
    project.write({f"{FOLDER}/acme/spy.py": "{evil}" + SPY})
    project.approve()
    ended = project.lhp("validate")
    assert "evil ran" in ended.out + ended.err


def test_folder_of_wheels_that_this_user_did_not_install_is_made_anew(
    wheeled: Callable[..., Hostile],
) -> None:
    project = wheeled({})
    project.run("plugins", "install")
    (record,) = (project.user / "installed").iterdir()
    record.unlink()
    project.write({f"{FOLDER}/acme/spy.py": "{evil}" + SPY})
    assert project.run("plugins", "install").out == "acme 1.2\n"
    assert (project.root / FOLDER / "acme/spy.py").read_text() == SPY


def test_folder_of_wheels_without_a_source_is_code_of_the_project(hostile: Make) -> None:
    declared = FILES["lhp.yaml"].replace("mine.spy", "acme.spy")
    project = hostile({"lhp.yaml": declared, f"{FOLDER}/acme/spy.py": "{evil}" + SPY})
    came = project.run()
    assert (came.code, "LHP-PLG-016" in came.said) == (1, True)


def test_approved_plugin_imports_no_wheel_that_was_not_approved(
    wheeled: Callable[..., Hostile],
) -> None:
    # Which module it is shows only when it runs.
    code = 'import importlib\nimportlib.import_module("ot" + "her")\n'
    project = wheeled({"acme/spy.py": code + SPY, "other.py": "{evil}"})
    project.run("plugins", "install")
    project.approve()
    came = project.run()
    assert came.code == 1
    # The kernel lets it read no other file; elsewhere, none is compiled.
    said = ("Permission denied", "is not among the files that were approved")
    assert any(each in came.said for each in said)


def test_pth_file_of_a_wheel_is_never_read(wheeled: Callable[..., Hostile]) -> None:
    evil = "import builtins; builtins.open('{marker}', 'w').close()\n"
    project = wheeled(
        {"evil.pth": evil, "sitecustomize.py": "{evil}", "usercustomize.py": "{evil}"}
    )
    assert project.run("plugins", "install").code == 0
    assert (project.root / FOLDER / "evil.pth").is_file()
    project.approve()
    assert project.run().code == 0
    assert project.run("generate", "--env", "dev").code == 0


@pytest.mark.parametrize("path", ["../outside.py", "../../../outside.py", "{root}/outside.py"])
def test_member_of_a_wheel_never_leaves_the_folder(
    wheeled: Callable[..., Hostile], tmp_path: Path, path: str
) -> None:
    project = wheeled({path.replace("{root}", tmp_path.as_posix()): "{evil}"})
    came = project.run("plugins", "install")
    assert came.code == 1
    assert "LHP-PLG-064" in came.said
    assert "outside the target directory" in came.said
    assert [*tmp_path.rglob("outside.py")] == []
    assert not (project.root / FOLDER).exists()


def test_scripts_and_data_of_a_wheel_run_nothing(wheeled: Callable[..., Hostile]) -> None:
    data = "acme-1.2.data"
    project = wheeled(
        {
            f"{data}/scripts/python": "#!python\n{evil}",
            f"{data}/data/requirements.txt": "acme-lhp==9\n",
            "setup.py": "{evil}",
            "acme-1.2.dist-info/entry_points.txt": "[console_scripts]\npip = acme.spy:Spy\n",
        }
    )
    assert project.run("plugins", "install").code == 0
    record = (project.root / FOLDER / "requirements.txt").read_text()
    assert record.startswith("acme @ wheels/acme-1.2-py3-none-any.whl")
    assert "installed already" in project.run("plugins", "install").said
    project.approve()
    assert project.run().code == 0


def test_wheel_with_another_hash_is_not_installed(wheeled: Callable[..., Hostile]) -> None:
    project = wheeled({})
    project.run("plugins", "install")
    with (project.root / "wheels/acme-1.2-py3-none-any.whl").open("ab") as file:
        file.write(b"x")
    before = (project.root / FOLDER / "acme/spy.py").stat().st_ino
    (project.root / FOLDER / "acme/__init__.py").write_text("# so that it is installed anew\n")
    came = project.run("plugins", "install")
    assert came.code == 1
    assert "LHP-PLG-064" in came.said
    assert "which `source` does not name" in came.said
    assert (project.root / FOLDER / "acme/spy.py").stat().st_ino == before


def test_wheel_of_an_index_with_another_hash_is_not_installed(
    wheeled: Callable[..., Hostile], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = wheeled({})
    monkeypatch.setenv("PIP_FIND_LINKS", str(project.root / "wheels"))
    project.write({"lhp.yaml": _declared(f"acme==1.2 {NONE}")})
    came = project.run("plugins", "install")
    assert came.code == 1
    assert "pip does not install acme 1.2: its hash is sha256:" in came.said
    assert not (project.root / FOLDER).exists()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("sdist/acme-1.2.tar.gz", "is no wheel, and only wheels run no code"),
        ("https://example.com/acme-1.2.tar.gz", "is no wheel, and only wheels run no code"),
        ("acme @ https://example.com/acme-1.2.zip", "is no wheel, and only wheels run no code"),
        ("git+https://example.com/acme.git@1.2", "is neither an https nor a file URL"),
        ("acme @ git+https://example.com/acme@1.2", "is neither an https nor a file URL"),
        ("git+https://example.com/acme-1.2-py3-none-any.whl", "is neither an https nor a file"),
        ("http://example.com/acme-1.2-py3-none-any.whl", "is neither an https nor a file URL"),
        ("file://other/share/acme-1.2-py3-none-any.whl", "is on another machine"),
        ("//other/share/acme-1.2-py3-none-any.whl", "leads out of the project"),
        ("\\\\other\\share\\acme-1.2-py3-none-any.whl", "leads out of the project"),
        ("C:\\acme-1.2-py3-none-any.whl", "is neither an https nor a file URL"),
        ("/home/acme-1.2-py3-none-any.whl", "leads out of the project"),
        ("../acme-1.2-py3-none-any.whl", "leads out of the project"),
        ("wheels/../../acme-1.2-py3-none-any.whl", "leads out of the project"),
        ("https://ada:pw@example.com/acme-1.2-py3-none-any.whl", "holds a password"),
        ("https://example.com/acme-1.2-py3-none-any.whl#egg=b", "holds what no plain URL does"),
        # pip and uv would put the variable in, and send it.
        ("https://example.com/${HOME}/acme-1.2-py3-none-any.whl", "holds `$`"),
        ("acme==1.2 --index-url https://example.com", "is no `--hash=sha256:`"),
        ("--index-url https://example.com", "is no `--hash=sha256:`"),
        ("-r other.txt", "is no `--hash=sha256:`"),
        ("-e .", "is no `--hash=sha256:`"),
        (".", "is no requirement"),
        ("./mine", "is no wheel"),
    ],
)
def test_what_could_run_or_send_anything_is_never_handed_to_pip(
    hostile: Make, source: str, reason: str
) -> None:
    project = hostile({"mine/setup.py": "{evil}", "setup.py": "{evil}"})
    project.write({"lhp.yaml": _declared(f"{source} {NONE}")})
    came = project.run("plugins", "install")
    assert came.code == 1
    assert "LHP-PLG-060] lhp.yaml:5:74" in came.said
    assert reason in came.said
    assert "pip installs" not in came.said


@pytest.mark.parametrize("program", ["pip", "uv"])
def test_project_has_no_say_in_how_wheels_are_installed(
    wheeled: Callable[..., Hostile], monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    if program == "uv":
        monkeypatch.setattr("importlib.machinery.PathFinder.find_spec", lambda *_: None)
        monkeypatch.setenv("UV_NO_INDEX", "1")
    project = wheeled({})
    script = "#!/bin/sh\ntouch '{marker}'\n"
    project.write(
        {
            **dict.fromkeys(["pip.py", "pip/__init__.py", "pip/__main__.py"], "{evil}"),
            **dict.fromkeys(["sitecustomize.py", "zipfile.py", "requirements.txt"], "{evil}"),
            **dict.fromkeys(["pip.conf", "uv.toml", "pyproject.toml", "pip.ini"], "{evil}"),
            **dict.fromkeys(["pip.exe", "uv", "uv.exe", "uv.bat"], script),
        }
    )
    for each in ("uv", "uv.exe"):
        (project.root / each).chmod(0o755)
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.pathsep}{os.environ['PATH']}")
    came = project.run("plugins", "install")
    if "LHP-PLG-067" in came.said:
        pytest.skip("there is no uv")
    assert f"{program} installs 1 wheel" in came.said
    assert came.code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no such files")
def test_wheel_that_is_no_file_of_the_project_is_refused(hostile: Make, tmp_path: Path) -> None:
    name = "acme-1.2-py3-none-any.whl"
    project = hostile({f"wheels/{name}": None, "lhp.yaml": _declared(f"wheels/{name} {NONE}")})
    assert "it is no regular file" in project.run("plugins", "install").said
    (tmp_path / name).write_text("of somebody else")
    project.write({f"wheels/{name}": Path(f"../{name}")})
    assert "LHP-PLG-064" in project.run("plugins", "install").said
    project.write({"lhp.yaml": _declared(f"file:///dev/zero/{name} {NONE}")})
    assert "can't be read" in project.run("plugins", "install").said


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_folder_of_wheels_is_no_link(wheeled: Callable[..., Hostile], tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "requirements.txt").write_text("mine\n")
    project = wheeled({})
    (project.root / ".lhp").mkdir(exist_ok=True)
    (project.root / FOLDER).symlink_to(outside)
    assert project.run("plugins", "install").code == 1
    assert [each.name for each in outside.iterdir()] == ["requirements.txt"]
    (project.root / FOLDER).unlink()
    (project.root / "inside").mkdir()
    (project.root / "inside/requirements.txt").write_text("mine\n")
    (project.root / FOLDER).symlink_to(project.root / "inside")
    assert project.run("plugins", "install").code == 0
    assert [each.name for each in (project.root / "inside").iterdir()] == ["requirements.txt"]
    assert not (project.root / FOLDER).is_symlink()


@pytest.mark.skipif(sys.platform == "win32", reason="no such files")
@pytest.mark.parametrize("path", ["requirements.txt", "acme/spy.py", "acme-1.2.dist-info/METADATA"])
def test_pipe_among_the_wheels_stops_nobody(wheeled: Callable[..., Hostile], path: str) -> None:
    project = wheeled({})
    project.run("plugins", "install")
    project.write({f"{FOLDER}/{path}": None})
    for words in (["plugins", "list"], ["validate"], ["plugins", "validate"], ["--help"]):
        project.run(*words)
    project.run("plugins", "install")
    assert (project.root / FOLDER / path).is_file() or path == "requirements.txt"


def test_name_of_a_distribution_says_nothing_of_a_wheel_that_a_project_names(
    wheeled: Callable[..., Hostile],
) -> None:
    # Whoever writes the project calls the wheel as he likes.
    project = wheeled({"acme/spy.py": "{evil}" + SPY})
    project.write({"user/policy.yaml": "trusted_sources: [acme]\n"})
    project.run("plugins", "install")
    came = project.run()
    assert (came.code, "LHP-PLG-016" in came.said) == (1, True)


def test_blocked_distribution_never_runs_from_a_wheel(wheeled: Callable[..., Hostile]) -> None:
    project = wheeled({})
    project.run("plugins", "install")
    project.approve()
    assert project.run().code == 0
    assert project.run("plugins", "block", "acme").code == 0
    came = project.run()
    assert (came.code, "it is blocked" in came.said) == (1, True)
