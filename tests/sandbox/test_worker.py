"""What the sandbox answers, without its walls: the same code, in a thread of the tests."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from lhp.core.plugin_sources import sha256
from lhp.core.surroundings import module_paths
from lhp.errors import FILE_MISSING, LhpError
from lhp.model.flowgroup import Action
from lhp.sandbox.wire import Channel
from lhp.sandbox.worker import attend

Ask = Callable[..., Any]
GENERATOR = """
from lhp.core.base_generator import BaseActionGenerator


class MineLoadGenerator(BaseActionGenerator):
    '''Loads mine.'''

    Config = {"word": {"type": "string", "default": "w"}}

    @classmethod
    def get_supported_options(cls):
        return {"hour": {"type": "integer"}}

    @classmethod
    def metadata_tokens(cls, action):
        return {"hour": action.options["hour"]}

    def generate(self, action, context):
        print("working")
        self.add_import("import x")
        self.add_file("a.txt", context.read_text("a"))
        columns = [each.name for each in context.metadata_columns]
        names = [each["name"] for each in context.actions]
        yaml, files = context.read_yaml("y"), list(context.list_files("f"))
        shout = self.context.renderer.tables["template_filter"]
        told = [shout["up"]("a"), list(shout), len(shout), "no" in shout, context.config["word"]]
        return f"{context.env} {columns} {names} {yaml} {files} {told}"
"""
OTHERS = """
class Rules:
    def validate(self, config):
        yield f"{self.config} {config}"


class Tidy:
    def format(self, sources):
        return sources


class Whole:
    def __call__(self, text):
        return text + "!"


def one(text):
    "Does one thing."
    return text


many = {"up": str.upper, "bad": lambda text: object()}
"""


@pytest.fixture
def serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Ask]]:
    """Return a function that serves a plugin, and gives a function that asks it."""
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    ends: list[tuple[socket.socket, threading.Thread, socket.socket]] = []

    def serve(plugin_type: str, attribute: str, code: str = OTHERS, **more: Any) -> Ask:
        (tmp_path / "mine.py").write_text(dedent(code), encoding="utf-8")
        ours, theirs = socket.socketpair()
        about = {"type": plugin_type, "name": "mine", "origin": "config", "source": "mine.py"}
        about |= {"module": "mine", "attribute": attribute, "location": None}
        job = {"root": str(tmp_path), "folders": [], "files": None, "macros": {}} | more
        served = Channel(theirs, is_sandbox=True), {**job, "manifest": about}
        thread = threading.Thread(target=attend, args=served, daemon=True)
        thread.start()
        ends.append((ours, thread, theirs))
        channel = Channel(ours)

        def ask(
            operation: str, *args: Any, answers: Mapping[str, Callable[..., Any]] | None = None
        ) -> Any:
            channel.send({"op": operation, "args": list(args)})
            while "ask" in (frame := channel.receive(20)):
                channel.send(_answer(answers or {}, frame))
            if "raised" in frame:
                raise frame["raised"]
            return frame["done"]

        return ask

    yield serve
    for ours, thread, theirs in ends:
        ours.close()
        thread.join()
        theirs.close()


def _answer(answers: Mapping[str, Callable[..., Any]], frame: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {"answer": answers[frame["ask"]](*frame["args"])}
    except LhpError as error:
        return {"error": error}


ACTION = Action({"name": "a", "type": "load", "source": {}}, "load", "mine", {"hour": 1})
CONTEXT = {"env": "dev", "pipeline": "p", "flowgroup": "f", "project_name": "n"}
ANSWERS: Mapping[str, Callable[..., Any]] = {
    "read_text": lambda path: f"text of {path}",
    "read_yaml": lambda path: {"a": path},
    "list_files": lambda folder: [f"{folder}/x"],
    "columns": list,
    "actions": lambda: [{"name": "a"}],
    "has_function": lambda _kind, name: name == "up",
    "functions": lambda _kind: ["up"],
    "function": lambda _kind, name, args, _kwargs: f"{name} {args}",
}


def test_a_generator_says_what_it_accepts(serving: Callable[..., Ask]) -> None:
    facts = serving("load_generator", "MineLoadGenerator", GENERATOR)("load")
    assert facts["options"]["properties"] == {"hour": {"type": "integer"}}
    assert facts["config"]["properties"]["word"]["default"] == "w"
    assert (facts["source_count"], facts["has_tokens"], facts["summary"]) == (
        "any",
        True,
        "Loads mine.",
    )


def test_a_generator_asks_the_host_while_it_works(serving: Callable[..., Ask]) -> None:
    ask = serving("load_generator", "MineLoadGenerator", GENERATOR)
    made = ask("run", ACTION, {"word": "hi"}, CONTEXT, answers=ANSWERS)
    assert made.code == ("dev [] ['a'] {'a': 'y'} ['f/x'] [\"up ['a']\", ['up'], 1, False, 'hi']")
    assert (made.imports, made.files) == (("import x",), {"a.txt": "text of a"})
    assert ask("tokens", ACTION) == {"hour": "1"}
    assert ask("settings", {"word": "x"}) == []


def test_what_the_host_refuses_is_raised_in_the_plugin(serving: Callable[..., Ask]) -> None:
    def refuse(path: str) -> str:
        raise FILE_MISSING.at(path=path, nearest=None)

    ask = serving("load_generator", "MineLoadGenerator", GENERATOR)
    with pytest.raises(LhpError, match="LHP-IO-001"):
        ask("run", ACTION, {}, CONTEXT, answers={**ANSWERS, "read_text": refuse})


def test_classes_and_functions_answer(serving: Callable[..., Ask]) -> None:
    rules = serving("validator", "Rules")
    assert rules("load")["is_class"] is True
    assert rules("method", "validate", {"a": 1}, [{"b": 2}]) == ["{'a': 1} {'b': 2}"]
    tidy = serving("formatter", "Tidy")
    assert tidy("load")["has_format"] is True
    assert tidy("method", "format", None, [{"a.py": "x"}]) == {"a.py": "x"}
    assert serving("formatter", "Whole")("function", "", ["x"], {}) == "x!"
    one = serving("template_function", "one")
    assert one("load")["summary"] == "Does one thing."
    assert one("function", "", [], {"text": "x"}) == "x"
    many = serving("template_filter", "many")
    assert sorted(many("load")["names"]) == ["bad", "up"]
    assert many("function", "up", ["x"], {}) == "X"
    with pytest.raises(LhpError, match="it gave a object, which is not plain data"):
        many("function", "bad", ["x"], {})


@pytest.mark.parametrize(
    ("digest", "told"),
    [
        (sha256(b"other"), "mine.py changed since it was approved"),
        ("", "mine.py is not among the files that were approved"),
    ],
)
def test_only_what_was_approved_is_imported(
    serving: Callable[..., Ask], tmp_path: Path, digest: str, told: str
) -> None:
    path = str((tmp_path / "mine.py").resolve())
    ask = serving("validator", "Rules", files={path: digest} if digest else {})
    with pytest.raises(LhpError, match=told):
        ask("load")
    good = serving("validator", "Rules", files={path: sha256(dedent(OTHERS).encode())})
    assert good("load")["is_class"] is True


def test_the_folder_of_the_script_is_no_place_of_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["elsewhere/lhp"])
    before = module_paths()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert module_paths() == [str(tmp_path), *before]
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "lhp")])
    assert module_paths() == before
