"""The root command: where commands come from, and how every run ends."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from lhp.cli.main import main, run
from lhp.core.builtin_commands import builtin_commands
from lhp.passes.write import run_lock
from lhp.version import VERSION

HEAVY = ("jinja2", "jsonschema", "pydantic", "rich", "lhp.passes", "local_plugins")
LHP = [sys.executable, "-c", "from lhp.cli.main import main; main()"]
COMMANDS = '''
"""Commands of a project."""
import sys
import click
from lhp.cli.base import BaseCLIPlugin

print("imported")

@click.command()
@click.option("--environment", "-e", required=True)
@click.option("--size", callback=lambda context, parameter, value: 1 / int(value or 1))
def deploy(environment, size):
    """Deploy what was \x1b[31mgenerated.

    With care.
    """
    click.echo(f"deployed {environment}")
    return True

@click.command()
@click.argument("how")
def end(how):
    """End in some way."""
    if how == "raise":
        raise ZeroDivisionError("of its own")
    if how == "usage":
        raise click.UsageError("not so")
    if how == "message":
        raise click.ClickException("no luck")
    if how == "interrupt":
        raise KeyboardInterrupt
    if how == "context":
        click.get_current_context().exit(5)
    sys.exit(int(how))

@click.group()
def tools():
    """Some tools."""

@tools.command()
def saw():
    """Cut."""
    {}["wood"]

cli_plugin = BaseCLIPlugin(command=deploy, name="deploy")
'''
PROJECT = """
name: shop
plugins:
  entry_points: false
  enabled:
    - {name: deploy, type: cli_command, module: local_plugins.commands, class: cli_plugin}
    - {name: end, type: cli_command, module: local_plugins.commands, class: end}
    - {name: tools, type: cli_command, module: local_plugins.commands, class: tools}
    - {name: broken, type: cli_command, module: local_plugins.broken, class: broken}
    - {name: quits, type: cli_command, module: local_plugins.quits, class: quits}
    - {name: asleep, type: cli_command, module: local_plugins.commands, class: end, enabled: false}
    - {name: validate, type: cli_command, module: local_plugins.commands, class: end}
"""
Text = pytest.CaptureFixture[str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("FORCE_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    plugins = tmp_path / "local_plugins"
    plugins.mkdir()
    (tmp_path / "lhp.yaml").write_text(PROJECT, encoding="utf-8")
    (plugins / "commands.py").write_text(COMMANDS, encoding="utf-8")
    (plugins / "broken.py").write_text("import nowhere_at_all\nbroken = 1\n", encoding="utf-8")
    (plugins / "quits.py").write_text("quits = 1\nraise SystemExit(0)\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def modules_after(*words: str, cwd: Path) -> set[str]:
    script = (
        "import sys; from lhp.cli.main import run; code = run(sys.argv[1:]);"
        "print('\\n'.join(sys.modules), file=sys.stderr); sys.exit(code)"
    )
    words = (sys.executable, "-c", script, *words)
    ended = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=True)
    return set(ended.stderr.splitlines())


# What is imported.


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("-h",), ()])
def test_version_and_help_import_no_plugin_and_nothing_heavy(
    project: Path, words: tuple[str, ...]
) -> None:
    words = words or ("--project", str(project), "--help")
    modules = modules_after(*words, cwd=project)
    heavy = {name for name in modules if name.startswith(HEAVY)}
    assert heavy == set()
    assert not {name for name in modules if name.startswith("lhp.builtin.")}


def test_the_version_alone_is_told_without_click(project: Path) -> None:
    modules = modules_after("--version", cwd=project)
    assert not {name for name in modules if name.startswith(("click", "importlib.metadata"))}
    assert {name for name in modules if name.startswith("lhp")} == {
        "lhp",
        "lhp.cli",
        "lhp.cli.main",
        "lhp.version",
    }


@pytest.mark.parametrize("words", [(), ("--no-progress",)])
def test_version_is_a_bare_number(capsys: Text, words: tuple[str, ...]) -> None:
    assert run([*words, "--version"]) == 0
    assert capsys.readouterr().out == f"{VERSION}\n"


# Help.


@pytest.mark.usefixtures("project")
def test_help_lists_builtin_commands_and_those_of_the_project_with_their_origin(
    capsys: Text,
) -> None:
    assert run(["--help"]) == 0
    out, err = capsys.readouterr()
    builtin, plugins = out.partition("\nBroken")[0].split("\nCommands of plugins:\n")
    assert "  validate       Check the project and tell everything" in builtin
    assert "  deploy  Deploy what was [31mgenerated. (local_plugins/commands.py)\n" in plugins
    assert "  end     End in some way. (local_plugins/commands.py)\n" in plugins
    assert "validate" not in plugins
    assert "asleep" not in plugins
    assert max(map(len, out.splitlines())) <= 80
    assert err == ""


@pytest.mark.usefixtures("project")
def test_help_of_a_plugins_command_is_its_own(capsys: Text) -> None:
    assert run(["deploy", "--help"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Usage: lhp deploy [OPTIONS]\n")
    assert "-e, --environment TEXT" in out
    assert "LHP-PLG-014" in err  # it printed while it was imported


def test_project_says_whose_commands(
    project: Path, capsys: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(project.anchor))
    assert run(["--project", str(project), "--help"]) == 0
    assert "Commands of plugins" in capsys.readouterr().out
    assert run(["--project", str(project / "local_plugins"), "deploy", "-e", "dev"]) == 0
    assert "deployed dev" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["name: [\n", "a: 1\na: 2\n", "\xff"])
def test_in_a_broken_project_help_works_and_says_so_in_one_line(
    project: Path, capsys: Text, text: str
) -> None:
    (project / "lhp.yaml").write_bytes(text.encode("latin-1"))
    assert run(["--help"]) == 0
    out, err = capsys.readouterr()
    assert "\n  validate  " in out
    assert "\nlhp.yaml is broken, so its commands are missing: lhp.yaml" in out
    assert len(out.partition("\nlhp.yaml is broken")[2].splitlines()) == 1
    assert "Commands of plugins" not in out
    assert err == ""


def test_in_a_broken_project_an_unknown_command_tells_what_is_broken(
    project: Path, capsys: Text
) -> None:
    (project / "lhp.yaml").write_text("name: [\n", encoding="utf-8")
    assert run(["deploy"]) == 1
    assert "error[LHP-CFG-009] lhp.yaml:" in capsys.readouterr().err
    assert run(["explain", "LHP-CFG-009"]) == 0


# Exit codes.


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["validat"], "No such command 'validat'. Did you mean 'validate'?"),
        (["deplyo"], "Did you mean 'deploy'?"),
        (["zzzz"], "No such command 'zzzz'.\n"),
        (["--frob"], "--frob"),
        (["--", "--frob"], "--frob"),
        (["generate"], "Missing option '-e' / '--env'"),
        (["--project", "nowhere", "validate"], "does not exist"),
        (["--log-file", "lhp.yaml/x", "validate"], "can't write 'lhp.yaml/x'"),
        (["deploy"], "Missing option '--environment' / '-e'"),
        (["end", "usage"], "not so"),
    ],
)
@pytest.mark.usefixtures("project")
def test_wrong_usage_is_2(capsys: Text, words: list[str], text: str) -> None:
    assert run(words) == 2
    out, err = capsys.readouterr()
    assert text in err
    assert out == ""


def test_faults_of_the_project_are_1(
    tmp_path: Path, capsys: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["validate"]) == 1
    assert "error[LHP-CFG-101]" in capsys.readouterr().err


def test_a_fault_of_ours_is_3_and_says_how_to_report_it(
    project: Path, capsys: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(root: Path) -> None:
        raise ZeroDivisionError(root.name)

    monkeypatch.setattr("lhp.passes.project.open_project", fail)
    assert run(["list", "presets"]) == 3
    err = capsys.readouterr().err
    assert err.startswith(f"lhp failed by its own fault: ZeroDivisionError: {project.name}\n")
    assert f"this is lakehouse-plumber {VERSION} on Python 3." in err
    assert "prints with `-v`" in err
    assert "Traceback" not in err
    assert run(["-v", "list", "presets"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_a_fault_while_errors_are_printed_is_still_3(
    project: Path, capsys: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lhp.cli.report.print_problems", lambda *_, **__: 1 / 0)
    assert run(["--project", str(project.parent), "list", "presets"]) == 3
    assert "ZeroDivisionError" in capsys.readouterr().err


def commands(command: click.Command, *words: str) -> Iterator[tuple[str, ...]]:
    yield words
    context = click.Context(command)
    for name in command.list_commands(context) if isinstance(command, click.Group) else ():
        inner = command.get_command(context, name)
        assert inner is not None
        yield from commands(inner, *words, name)


COMMANDS_OF_OURS = [
    words for name, handle in builtin_commands().items() for words in commands(handle.load(), name)
]


@pytest.mark.parametrize("words", COMMANDS_OF_OURS, ids=" ".join)
def test_every_command_and_group_takes_the_common_options(
    tmp_path: Path, capsys: Text, words: tuple[str, ...]
) -> None:
    for given in (["--project", str(tmp_path)], ["-v"], ["--no-progress"]):
        assert run([*words, *given, "--help"]) == 0
    assert "--log-file" in capsys.readouterr().out


def test_project_may_stand_after_a_group_or_its_command(
    project: Path, capsys: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(project.anchor))
    for words in (["plugins", "list"], ["list", "presets"]):
        for place in (0, 1, 2):
            given = [*words[:place], "--project", str(project), *words[place:]]
            assert run(given) == 0
    assert capsys.readouterr().out.count("asleep") == 3


# Commands of plugins.


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["end", "raise"], "'end' failed: ZeroDivisionError: of its own"),
        (["deploy", "-e", "x", "--size", "0"], "'deploy' failed: ZeroDivisionError"),
        (["deploy", "-e", "x", "--size", "no"], "'deploy' failed: ValueError"),
        (["tools", "saw"], "'tools' failed: KeyError: 'wood'"),
    ],
)
@pytest.mark.usefixtures("project")
def test_what_a_plugins_command_raises_names_the_plugin(
    capsys: Text, words: list[str], reason: str
) -> None:
    assert run(words) == 1
    err = capsys.readouterr().err
    assert "error[LHP-PLG-004] lhp.yaml:" in err
    assert reason in err
    assert "Traceback" not in err
    assert run(["-v", *words]) == 1
    assert "commands.py" in capsys.readouterr().err


@pytest.mark.parametrize("how", ["0", "4"])
@pytest.mark.usefixtures("project")
def test_the_exit_of_a_plugins_command_passes_through(how: str) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["end", how])
    assert ended.value.code == int(how)


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["end", "context"], 5, ""),
        (["end", "message"], 1, "Error: no luck\n"),
        (["end", "interrupt"], 130, "stopped\n"),
        (["deploy", "-e", "x"], 0, ""),  # it returns True, which is no exit code
        (["tools", "--help"], 0, ""),
    ],
)
@pytest.mark.usefixtures("project")
def test_a_plugins_command_may_end_as_clicks_do(
    capsys: Text, words: list[str], code: int, text: str
) -> None:
    assert run(words) == code
    assert capsys.readouterr().err.endswith(text)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("broken", "No module named 'nowhere_at_all'"),
        ("quits", "it tried to end the program (SystemExit: 0)"),
        ("asleep", "LHP-PLG-017"),
    ],
)
@pytest.mark.usefixtures("project")
def test_a_command_that_cannot_run_says_why(capsys: Text, name: str, reason: str) -> None:
    assert run([name]) == 1
    assert reason in capsys.readouterr().err


def test_commands_that_two_claim_are_told_by_help(project: Path, capsys: Text) -> None:
    file = project / "lhp.yaml"
    declared = "    - {name: end, type: cli_command, module: local_plugins.other, class: end}\n"
    file.write_text(f"{file.read_text('utf-8')}{declared}", encoding="utf-8")
    assert run(["--help"]) == 0
    broken = capsys.readouterr().out.partition("\nBroken commands:\n")[2]
    assert "  end       two plugins are called 'end': local_plugins.commands:end" in broken
    assert "validate  the command 'validate' is built in and can't be replaced" in broken


def test_a_builtin_command_is_never_replaced(project: Path, capsys: Text) -> None:
    (project / "substitutions").mkdir()
    (project / "substitutions/dev.yaml").write_text("dev: {}", encoding="utf-8")
    assert run(["validate"]) == 1
    assert "LHP-PLG-002" in capsys.readouterr().err


def test_a_name_that_two_claim_is_an_error_only_for_who_uses_it(
    project: Path, capsys: Text
) -> None:
    file = project / "lhp.yaml"
    declared = "    - {name: end, type: cli_command, module: local_plugins.other, class: end}\n"
    file.write_text(f"{file.read_text('utf-8')}{declared}", encoding="utf-8")
    assert run(["end", "0"]) == 1
    assert "LHP-PLG-001" in capsys.readouterr().err
    assert run(["deploy", "-e", "dev"]) == 0


# The process.


def test_the_console_script_exits_with_the_code(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Text
) -> None:
    monkeypatch.setattr("sys.argv", ["lhp", "deploy", "-e", "dev"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert capsys.readouterr().out == "deployed dev\n"
    assert project == Path.cwd()


def test_an_output_that_is_no_stream_of_bytes_is_taken_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    with pytest.raises(SystemExit):
        main(["--version"])
    assert out.getvalue().count(".") == 2


def test_text_that_a_terminal_cannot_show_is_spelled_out(project: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    words = [*LHP, "deploy", "-e", "Ω"]
    ended = subprocess.run(words, cwd=project, capture_output=True, env=environment, check=True)
    assert ended.stdout == b"deployed \\u03a9" + os.linesep.encode()


@pytest.mark.skipif(os.name == "nt", reason="pipes break otherwise there")
@pytest.mark.parametrize("words", [("explain",), ("deploy", "-e", "dev"), ("--help",)])
def test_a_reader_that_leaves_is_no_traceback(project: Path, words: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [*LHP, *words], cwd=project, stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "BrokenPipe" not in ended.stderr


def test_a_reader_that_leaves_before_the_end_ends_the_run(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Left(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

        def fileno(self) -> int:
            return file.fileno()

    with (tmp_path / "out").open("w") as file:
        monkeypatch.setattr("sys.stdout", Left())
        assert run(["--version"]) == 1
        monkeypatch.undo()
    assert project == tmp_path


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
@pytest.mark.parametrize("words", [("explain",), ("--version",), ("plugins", "list")])
def test_a_full_disk_under_the_output_is_told_in_one_line(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*LHP, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == "can't write the output: No space left on device"


@pytest.mark.skipif(os.name == "nt", reason="a folder in use stays there")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--help",), 0),
        (("explain",), 0),
        (("init", "x"), 1),
        (("validate",), 1),
        (("plugins", "list"), 1),
        (("--project", "x", "validate"), 2),
        (("deploy",), 1),
    ],
)
def test_in_a_folder_that_is_deleted_commands_say_so(
    tmp_path: Path, words: tuple[str, ...], code: int
) -> None:
    script = (
        "import os, sys; os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone');"
        "from lhp.cli.main import main; main(sys.argv[1:])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == code, ended.stderr
    said = ended.stdout if "--help" in words else ended.stderr
    told = "the current folder does not exist any more" in said
    assert told is (words[0] not in ("explain", "--project"))


def test_an_absolute_project_works_from_a_folder_that_is_deleted(project: Path) -> None:
    script = (
        "import os, sys; os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone');"
        "from lhp.cli.main import main; main(sys.argv[1:])"
    )
    words = ("--project", str(project), "plugins", "list")
    ended = subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, "deploy" in ended.stdout) == (0, True), ended.stderr


def test_a_plugin_that_changes_folder_hides_no_source_line(project: Path, capsys: Text) -> None:
    (project / "elsewhere").mkdir()
    file = project / "local_plugins/broken.py"
    file.write_text("import os\nos.chdir('elsewhere')\nbroken = 1\n", encoding="utf-8")
    assert run(["broken"]) == 1
    assert "    9 | " in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT for one process there")
def test_control_c_stops_with_one_word(project: Path) -> None:
    (project / "lhp.yaml").write_text("name: shop\n", encoding="utf-8")
    for path, text in {
        "pipelines/a.yaml": (
            "pipeline: p\nflowgroup: f\nactions:\n"
            "  - name: w\n    type: write\n    write_target: {type: materialized_view, "
            "catalog: c, schema: s, table: t, sql: SELECT 1}\n"
        ),
        "substitutions/dev.yaml": "dev: {}\n",
    }.items():
        (project / path).parent.mkdir()
        (project / path).write_text(text, encoding="utf-8")
    with run_lock(project):
        words = [*LHP, "generate", "-e", "dev"]
        waiting = subprocess.Popen(words, cwd=project, stderr=subprocess.PIPE, text=True)
        assert waiting.stderr is not None
        assert "waiting" in waiting.stderr.readline()
        waiting.send_signal(signal.SIGINT)
        _, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 130
    assert err.strip() == "stopped"
    assert not (project / "generated").exists()


def test_an_unknown_word_does_not_import_the_other_commands(project: Path) -> None:
    script = (
        "import sys; from lhp.cli.main import run; run(['deplo']); "
        "sys.exit(any(m.startswith(('local_plugins', 'lhp.builtin.commands.')) for m in sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=project, check=False)
    assert ended.returncode == 0


def test_a_plugin_command_is_a_copy_so_that_its_object_stays_as_it_is(project: Path) -> None:
    assert run(["deploy", "-e", "dev"]) == 0
    deploy: click.Command = sys.modules["local_plugins.commands"].deploy
    assert "invoke" not in vars(deploy)
    assert project.is_dir()


def test_a_shell_completes_commands_without_importing_them(project: Path) -> None:
    words = {"_LHP_COMPLETE": "bash_complete", "COMP_WORDS": "lhp de", "COMP_CWORD": "1"}
    done = subprocess.run(
        LHP, capture_output=True, text=True, check=False, cwd=project, env={**os.environ, **words}
    )
    assert done.stdout == "plain,deploy\n"
    assert "imported" not in done.stdout + done.stderr
