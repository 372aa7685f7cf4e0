"""Asks the real yaml-language-server what an editor would show."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

Json = dict[str, Any]

SEVERITIES = {1: "error", 2: "warning", 3: "information", 4: "hint"}
DEFAULTS: Json = {  # the server keeps what it is not told again
    "yaml.schemas": {},
    "yaml.validate": True,
    "yaml.hover": True,
    "yaml.completion": True,
    "[yaml]": {"editor.tabSize": 2},
    "editor.detectIndentation": True,
}
OFFLINE: Json = {
    "yaml.schemaStore.enable": False,
    "yaml.kubernetesCRDStore.enable": False,
    "http.proxy": "http://127.0.0.1:9",  # nothing listens there: a schema of the web is an error
}
ABILITIES: Json = {
    "workspace": {"configuration": True, "workspaceFolders": True},
    "textDocument": {
        "completion": {
            "completionItem": {
                "snippetSupport": True,
                "documentationFormat": ["markdown", "plaintext"],
            }
        },
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
    },
}


class Position(NamedTuple):
    """A place in a text, as an editor shows it: both numbers start at 1.

    Columns count UTF-16 units, as the protocol does.
    """

    line: int
    column: int


@dataclass(frozen=True)
class Completion:
    """One line of the list that an editor offers; `inserted` is a snippet (`key: ${1:default}`)."""

    label: str
    inserted: str
    documentation: str


@dataclass(frozen=True)
class Diagnostic:
    """One mistake that an editor underlines, from `line` and `column` on."""

    line: int
    column: int
    message: str
    severity: str
    sent: Json = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.line}:{self.column} {self.message}"


@dataclass(frozen=True)
class Fix:
    """What an editor offers against a mistake; `text` is the whole document after it."""

    title: str
    text: str


def cut_mark(text: str, mark: str) -> tuple[str, Position]:
    """Return the text without its one mark, and where that stood."""
    before, found, after = text.partition(mark)
    if not found or mark in after:
        message = f"the text needs {mark!r} exactly once:\n{text}"
        raise ValueError(message)
    line = before.rpartition("\n")[2]
    return before + after, Position(before.count("\n") + 1, _units(line) + 1)


class Wire:
    """JSON-RPC with a child process, over its standard input and output.

    Args:
        command: The program and its arguments.
        timeout: Seconds that an answer may take.
        hear: Called with what the child says by itself, and returns what a request of it asks for;
            runs in another thread, under the lock of `wait`.
    """

    def __init__(
        self, command: Sequence[str], timeout: float, hear: Callable[[str, Any], Any]
    ) -> None:
        self._timeout = timeout
        self._hear = hear
        self._changed = threading.Condition()
        self._answers: dict[int, Json] = {}
        self._last_id = 0
        self._has_ended = False
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  (closed by close)
        self._child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._complaints
        )
        self._threads = [
            threading.Thread(target=target, daemon=True) for target in (self._read, self._write)
        ]
        for thread in self._threads:
            thread.start()

    def tell(self, method: str, params: Any) -> None:
        """Send a message that has no answer."""
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> Any:
        """Send a request and return its answer.

        Raises:
            TimeoutError: No answer came in time.
            RuntimeError: The child ended, or it answered with an error.
        """
        with self._changed:
            self._last_id += 1
            number = self._last_id
        self._send({"id": number, "method": method, "params": params})
        self.wait(method, lambda: number in self._answers)
        answer = self._answers.pop(number)
        if "error" in answer:
            message = f"{method}: {answer['error']['message']}"
            raise RuntimeError(message)
        return answer.get("result")

    def wait(self, what: str, is_there: Callable[[], bool]) -> None:
        """Wait until something the child said makes `is_there` true.

        Raises:
            TimeoutError: That took too long.
            RuntimeError: The child ended before.
        """
        with self._changed:
            in_time = self._changed.wait_for(lambda: self._has_ended or is_there(), self._timeout)
            if is_there():
                return
        if in_time:
            message = f"{what}: the server ended with {self._code()}: {self._last_words()}"
            raise RuntimeError(message)
        message = f"{what}: nothing came in {self._timeout:g} s"
        raise TimeoutError(message)

    def close(self) -> None:
        """End the child; what it had to say is lost."""
        self._child.kill()
        self._child.wait()
        self._outbox.put(None)
        for thread in self._threads:
            thread.join()
        assert self._child.stdout is not None
        self._child.stdout.close()
        self._complaints.close()

    def _code(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(1)
        return self._child.returncode

    def _last_words(self) -> str:
        self._complaints.seek(0)
        return self._complaints.read().decode(errors="replace")[-2000:].strip() or "no reason given"

    def _send(self, message: Json) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._outbox.put(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def _write(self) -> None:
        stream = self._child.stdin
        assert stream is not None
        with contextlib.suppress(OSError):  # it has ended, which the reader tells
            while (message := self._outbox.get()) is not None:
                stream.write(message)
                stream.flush()
        with contextlib.suppress(OSError):
            stream.close()

    def _read(self) -> None:
        try:
            while (message := self._next()) is not None:
                with self._changed:
                    self._take(message)
                    self._changed.notify_all()
        finally:
            with self._changed:
                self._has_ended = True
                self._changed.notify_all()

    def _next(self) -> Json | None:
        stream = self._child.stdout
        assert stream is not None
        size = 0
        while line := stream.readline().strip():
            name, _, value = line.partition(b":")
            size = int(value) if name.lower() == b"content-length" else size
        body = stream.read(size)
        return json.loads(body) if body else None

    def _take(self, message: Json) -> None:
        if "method" not in message:
            self._answers[message["id"]] = message
            return
        result = self._hear(message["method"], message.get("params"))
        if "id" in message:
            self._send({"id": message["id"], "result": result})


_DELAY_SECONDS = 0.19
"""After an edit the server waits for 0.2 s before it checks the text."""


@dataclass
class _Checks:
    """How far the server is with checking one document."""

    edited: float = 0.0
    begun: bool = False
    running: int = 0
    found: Sequence[Json] = ()
    published: float = 0.0

    @property
    def are_done(self) -> bool:
        return self.begun and not self.running


class YamlServer(contextlib.AbstractContextManager["YamlServer"]):
    """A yaml-language-server that has a folder open, with no way to the network.

    Args:
        command: What starts the server, `--stdio` included.
        folder: The workspace; relative paths of schemas in the settings start here.
        settings: See `configure`.
        timeout: Seconds that any answer may take.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        settings: Mapping[str, Any] | None = None,
        *,
        timeout: float = 20.0,
    ) -> None:
        self.folder = folder.resolve()
        self._settings = _sections(settings or {})
        self._checks: dict[str, _Checks] = {}
        self._version = 0
        self._log: deque[str] = deque(maxlen=5)
        begin = time.perf_counter()
        self._wire = Wire(command, timeout, self._hear)
        try:
            self.version = self._greet()
        except BaseException:
            self.close()
            raise
        self.start_seconds = time.perf_counter() - begin

    def close(self) -> None:
        """End the server."""
        self._wire.close()

    def __exit__(self, *_: object) -> None:
        self.close()

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Replace all settings; open documents are checked again.

        Args:
            settings: As in a `.vscode/settings.json`, such as
                `{"yaml.schemas": {"schemas/flowgroup.json": ["pipelines/**/*.yaml"]}}`.
        """
        self._settings = _sections(settings)
        self._wire.tell("workspace/didChangeConfiguration", {"settings": {}})
        self._settle()
        self._forget_checks()

    def files_changed(self, *paths: str | Path) -> None:
        """Report that schemas in use were rewritten, as an editor does; all is checked again."""
        self._forget_checks()
        changes = [{"uri": self.uri(path), "type": 2} for path in paths]
        self._wire.tell("workspace/didChangeWatchedFiles", {"changes": changes})

    def open(self, path: str | Path, text: str, mark: str | None = None) -> Document:
        """Open a document, which need not exist as a file.

        Args:
            path: From the workspace on; the globs of `yaml.schemas` see it.
            text: What the editor shows.
            mark: Stands once in the text where the cursor is, and is taken out of it.
        """
        return Document(self, self.uri(path), text, mark)

    def close_documents(self) -> None:
        """Close all documents; their paths can be opened again."""
        for uri in self._checks:
            self._wire.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
        self._settle()
        self._checks.clear()

    def uri(self, path: str | Path) -> str:
        """Return the address of a file of the workspace."""
        return Path(os.path.normpath(self.folder / path)).as_uri()

    def _greet(self) -> str:
        uri = self.folder.as_uri()
        welcome = self._wire.ask(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": uri,
                "workspaceFolders": [{"uri": uri, "name": self.folder.name}],
                "capabilities": ABILITIES,
            },
        )
        self._wire.tell("initialized", {})
        self._settle()
        return str(welcome["serverInfo"]["version"])

    def _settle(self) -> None:
        # Of all requests, this one alone waits for the settings to be taken in.
        uri = self.uri("nothing.yaml")
        self._wire.ask("textDocument/codeLens", {"textDocument": {"uri": uri}})

    def _forget_checks(self) -> None:
        for checks in self._checks.values():
            checks.begun = False
            checks.edited = time.perf_counter()

    def _hear(self, method: str, params: Any) -> Any:
        if method == "workspace/configuration":
            return [self._configuration(**item) for item in params["items"]]
        if method == "textDocument/publishDiagnostics":
            self._publish(**params)
        elif method == "window/logMessage":
            self._log.append(params["message"])
        return None

    def _configuration(self, section: str, scopeUri: str | None = None) -> Any:  # noqa: N803
        # With a document's own settings the server begins to check it.
        if scopeUri in self._checks:
            checks = self._checks[scopeUri]
            # What begins before the server's own delay is over is still about the text before.
            checks.begun = time.perf_counter() - checks.edited >= _DELAY_SECONDS
            checks.running += 1
        value: Any = self._settings
        for key in section.split("."):
            value = value.get(key, {})
        return value

    def _publish(self, uri: str, diagnostics: Sequence[Json], **_: Any) -> None:
        checks = self._checks.get(uri)
        if checks and checks.running:
            checks.running -= 1
            checks.found = diagnostics
            checks.published = time.perf_counter()


class Document:
    """A text in the editor.

    Positions default to `cursor`, where the mark stood. `seconds` is what the last answer took;
    for diagnostics from the last edit on, of which the server lets 0.2 s pass.
    """

    def __init__(self, server: YamlServer, uri: str, text: str, mark: str | None) -> None:
        self.uri = uri
        self.seconds = 0.0
        self._server = server
        self._set(text, mark)
        self._tell("didOpen", languageId="yaml", text=self.text)

    def change(self, text: str, mark: str | None = None) -> None:
        """Replace the text."""
        self._set(text, mark)
        self._tell("didChange", {"contentChanges": [{"text": self.text}]})

    def completions(self, at: Position | None = None) -> list[Completion]:
        """Return what the editor offers, in the server's order."""
        answer = self._ask("completion", {"position": self._place(at)})
        items = answer["items"] if isinstance(answer, dict) else answer or ()
        return [_completion(item) for item in items]

    def labels(self, at: Position | None = None) -> list[str]:
        """Return the labels of `completions`."""
        return [each.label for each in self.completions(at)]

    def hover(self, at: Position | None = None) -> str:
        """Return the text that the editor shows under the mouse, which may be none."""
        answer = self._ask("hover", {"position": self._place(at)})
        return _plain(answer["contents"]) if answer else ""

    def diagnostics(self) -> list[Diagnostic]:
        """Return what is wrong with the text as it is now."""
        checks = self._server._checks[self.uri]
        log = self._server._log
        try:
            self._server._wire.wait(f"diagnostics of {self.uri}", lambda: checks.are_done)
        except TimeoutError as error:
            message = "\n".join([str(error), *log])
            raise TimeoutError(message) from None
        self.seconds = checks.published - checks.edited
        return [_diagnostic(each) for each in checks.found]

    def problems(self) -> list[str]:
        """Return each of `diagnostics` as `line:column message`."""
        return [str(each) for each in self.diagnostics()]

    def fixes(self, diagnostic: Diagnostic) -> list[Fix]:
        """Return what the editor offers to do about a mistake."""
        context = {"diagnostics": [diagnostic.sent]}
        answer = self._ask("codeAction", {"range": diagnostic.sent["range"], "context": context})
        return [
            Fix(each["title"], _edited(self.text, each["edit"]["changes"][self.uri]))
            for each in answer or ()
            if "edit" in each
        ]

    def _set(self, text: str, mark: str | None) -> None:
        self.text = text
        self.cursor: Position | None = None
        if mark:
            self.text, self.cursor = cut_mark(text, mark)
        checks = self._server._checks.setdefault(self.uri, _Checks())
        checks.begun = False
        checks.edited = time.perf_counter()

    def _place(self, at: Position | None) -> Json:
        place = at or self.cursor
        if place is None:
            message = "where? neither a position nor a mark was given"
            raise ValueError(message)
        return {"line": place.line - 1, "character": place.column - 1}

    def _tell(self, method: str, more: Json | None = None, **of_document: Any) -> None:
        # The server keeps what it parsed by address and version, even after a document is closed.
        self._server._version += 1
        document = {"uri": self.uri, "version": self._server._version, **of_document}
        self._server._wire.tell(
            f"textDocument/{method}", {"textDocument": document, **(more or {})}
        )

    def _ask(self, method: str, params: Json) -> Any:
        begin = time.perf_counter()
        answer = self._server._wire.ask(
            f"textDocument/{method}", {"textDocument": {"uri": self.uri}, **params}
        )
        self.seconds = time.perf_counter() - begin
        return answer


def _sections(settings: Mapping[str, Any]) -> Json:
    sections: Json = {}
    for name, value in {**DEFAULTS, **settings, **OFFLINE}.items():
        section = sections
        *parents, last = [name] if name.startswith("[") else name.split(".")
        for parent in parents:
            section = section.setdefault(parent, {})
        section[last] = value
    return sections


def _completion(item: Json) -> Completion:
    edit: Json = item.get("textEdit") or {}
    inserted = str(edit.get("newText", item.get("insertText", item["label"])))
    return Completion(item["label"], inserted, _plain(item.get("documentation")))


def _diagnostic(sent: Json) -> Diagnostic:
    start = sent["range"]["start"]
    severity = SEVERITIES[sent.get("severity", 1)]
    return Diagnostic(start["line"] + 1, start["character"] + 1, sent["message"], severity, sent)


def _plain(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(map(_plain, content))
    return str(content["value"] if isinstance(content, dict) else content or "")


def _edited(text: str, edits: Sequence[Json]) -> str:
    for edit in sorted(edits, key=lambda edit: _offset(text, edit["range"]["start"]), reverse=True):
        start, end = (_offset(text, edit["range"][side]) for side in ("start", "end"))
        text = text[:start] + edit["newText"] + text[end:]
    return text


def _offset(text: str, place: Json) -> int:
    lines = text.split("\n")
    units = lines[place["line"]].encode("utf-16-le")[: 2 * place["character"]]
    return len("\n".join([*lines[: place["line"]], units.decode("utf-16-le")]))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
