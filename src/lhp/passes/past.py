"""Compares what is remembered with what holds now: what has to be done again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from lhp.core.manifest import Manifest, Origin
from lhp.core.plugin_loader import shown_path
from lhp.core.plugin_sources import digest_of, sha256
from lhp.core.surroundings import begun, current
from lhp.core.user_files import policy_files
from lhp.errors import LhpError
from lhp.model.flowgroup import Output
from lhp.model.problem_data import may_be_kept
from lhp.model.source import plain
from lhp.passes.again import Again, Look
from lhp.passes.blueprints import Blueprint
from lhp.passes.expand import Content
from lhp.passes.host import Host
from lhp.passes.made import Made
from lhp.passes.memory import Memory, slashed
from lhp.passes.noted import Noted
from lhp.passes.project import PROJECT_FILE
from lhp.passes.remembered import (
    Needs,
    Remembered,
    Whole,
    asked_of,
    parts_of,
    remembered,
    unit_of,
)
from lhp.passes.state import Disk
from lhp.passes.substitution import substitute
from lhp.passes.unit import Asked, Unit

_GONE = ""
"""Digest of what is not there."""


class Past:
    """What of the last run holds still.

    Args:
        memory: What is remembered.
        now: What holds in this run.
        files: The files of this run, by path.
        disk: What is on the disk; None where outputs are no matter.
        is_formatted: True when outputs are laid out.
        pipeline: The only pipeline that is wanted.
    """

    def __init__(  # noqa: PLR0913  (each is another thing to compare)
        self,
        memory: Memory,
        now: Now,
        files: Mapping[str, Path],
        disk: Disk | None,
        *,
        is_formatted: bool,
        pipeline: str | None,
    ) -> None:
        self.memory = memory
        self._now = now
        self._files = files
        self._disk = disk
        self._is_formatted = is_formatted
        self._pipeline = pipeline

    @cached_property
    def recalled(self) -> Mapping[str, Remembered]:
        """The files that would become what they became, by path."""
        return {
            path: known
            for path, known in self._same.items()
            if self._now.holds(known.needs) and self._is_there(known.outputs)
        }

    @cached_property
    def parts(self) -> Mapping[tuple[str, str], Mapping[int, tuple[Made, Asked]]]:
        """Flowgroups that would become what they became, of files of which others would not.

        By file and its digest, and by number.
        """
        stale = self._same.keys() - self.recalled.keys() if self._pipeline is None else ()
        found = (self._same[path] for path in stale)
        return {
            (known.path, known.digest): self._parts_of(known)
            for known in found
            if len(known.pipelines) > 1
        }

    def _parts_of(self, known: Remembered) -> Mapping[int, tuple[Made, Asked]]:
        whole, *parts = parts_of(known)
        if not self._now.holds(whole):
            return {}
        unit = unit_of(known, is_current=self._disk is not None)
        # What a plugin was warned of stands with the file; whoever uses it tells that again.
        is_told = bool(unit.problems)
        outputs = known.outputs
        return {
            number: (made, asked_of(needs))
            for number, (made, needs) in enumerate(zip(unit.made, parts, strict=True))
            if not (is_told and "plugins" in needs)
            and self._now.holds(needs)
            and self._is_there({out.path: outputs[out.path] for out in made.outputs})
        }

    @cached_property
    def _same(self) -> Mapping[str, Remembered]:
        """The files that hold what they held, where what goes into all files is as it was."""
        memory, now = self.memory, self._now
        is_laid_out = self._disk is None or memory.is_formatted == self._is_formatted
        if not memory.key or memory.key != now.key or not is_laid_out:
            return {}
        found = {}
        for path, file in self._files.items():
            known = memory.files.get(path)
            if known is not None:
                digest = now.look.digest(path)
                if known.digest == (digest_of(file) if digest is None else digest):
                    found[path] = known
        return found

    @cached_property
    def is_whole(self) -> bool:
        """True when the whole run would be what the last one was."""
        whole = self.memory.whole
        paths = self.recalled.keys()
        if whole is None or self._pipeline or paths != self._files.keys():
            return False
        if paths != self.memory.files.keys() or whole.content != self._now.digests:
            return False
        needs = ((sort, *each) for sort, names in whole.needs.items() for each in names.items())
        if any(self._now.of(sort, name) != then for sort, name, then in needs):
            return False
        outputs = whole.outputs.items()
        return self._disk is None or (
            self._disk.paths == {each.path for each in self.outputs}
            and all(self._disk.holds(path, digest) for path, (_, digest) in outputs)
        )

    @property
    def stale(self) -> list[Path]:
        """The files of this run that have to be worked on."""
        return [file for path, file in self._files.items() if path not in self.recalled]

    @cached_property
    def outputs(self) -> tuple[Output, ...]:
        """The outputs of all recalled files, and of the run as a whole; their texts not at hand."""
        made = {
            path: (pipeline, digest)
            for known in self.recalled.values()
            for path, (_, digest, pipeline) in known.outputs.items()
        }
        every = {**made, **(self.memory.whole.outputs if self.memory.whole else {})}
        return tuple(
            Output(path, "", pipeline, on_disk=digest)
            for path, (pipeline, digest) in sorted(every.items())
        )

    @property
    def pipelines(self) -> Mapping[str, int]:
        """How many flowgroups each pipeline has."""
        return Counter(name for known in self.recalled.values() for name in known.pipelines)

    @property
    def units(self) -> list[Unit]:
        """What the recalled files became, of the wanted pipeline alone."""
        is_current = self._disk is not None
        units = [unit_of(known, is_current=is_current) for known in self.recalled.values()]
        if self._pipeline is None:
            return units
        return [
            replace(unit, made=tuple(each for each in unit.made if each.pipeline == self._pipeline))
            for unit in units
        ]

    def is_at_one(self, units: Sequence[Unit]) -> bool:
        """Return True where it is known that there is nothing to find between flowgroups.

        Nothing was, and what is worked on again makes and reads what it made and read.

        Args:
            units: What each file became.
        """
        before, whole = self.memory.files, self.memory.whole
        is_known = whole is not None and whole.is_at_one and self.memory.key == self._now.key
        if not is_known or self._pipeline or {unit.path for unit in units} != before.keys():
            return False
        again = (unit for unit in units if unit.path not in self.recalled)
        return all(
            _between(unit) == _between(unit_of(before[unit.path], is_current=True))
            for unit in again
        )

    def next(
        self,
        units: Sequence[Unit],
        about: Host,
        outputs: Sequence[Output],
        problems: Sequence[LhpError],
        *,
        is_at_one: bool,
    ) -> Memory | None:
        """Return what to remember of this run; None when outputs are no matter to it.

        Args:
            units: What each file became.
            about: What the artifacts met.
            outputs: All outputs, as laid out.
            problems: What the run told, but for what each run looks at anew.
            is_at_one: True when nothing was found between flowgroups.
        """
        if self._disk is None:
            return None
        written = {each.path: each for each in outputs}
        files = {}
        for unit in units:
            known = self.recalled.get(unit.path) or remembered(unit, self._now.of, written)
            if known is not None:
                files[unit.path] = known
        own = {path for known in files.values() for path in known.outputs}
        added = [each for each in outputs if each.path not in own]
        whole = _whole_of(self._now, about, added, problems) if len(files) == len(units) else None
        whole = whole and replace(whole, is_at_one=is_at_one)
        return Memory(self._now.key, files, whole, self._is_formatted)

    def again(self, memory: Memory, listed: Mapping[Path, str]) -> Again | None:
        """Return what a run looked at that is remembered; None where it may have been more.

        Args:
            memory: What is remembered of it.
            listed: Digests of the names of YAML files below folders.
        """
        whole, host = memory.whole, self._now.host
        knows_all = memory.files.keys() == self._files.keys() and not self._pipeline
        if whole is None or self._disk is None or not knows_all or not _is_ours_alone(host):
            return None
        needs = [whole.needs, *(known.needs for known in memory.files.values())]
        if any(each.get("plugins") for each in needs):
            return None
        root = host.project.root
        files = {
            PROJECT_FILE: host.project.document.digest,
            **{str(file): digest_of(file) for file in policy_files()},
            **memory.digests,
        }
        names = {
            **{f"yaml:{shown_path(folder, root)}": digest for folder, digest in listed.items()},
            **{
                f":{slashed(path)}": each
                for need in needs
                for path, each in need.get("folders", {}).items()
            },
        }
        return Again(files, names, (), ())

    def _is_there(self, outputs: Mapping[str, tuple[str, str, str]]) -> bool:
        disk = self._disk
        return disk is None or all(
            disk.holds(path, digest) for path, (_, digest, _) in outputs.items()
        )


class Now:
    """What holds in this run, as digests.

    Args:
        host: The project in an environment; not one whose tables note what is asked for.
        content: Presets, templates and blueprints; likewise.
        form: What was wanted of the run that changes what a file becomes.
        digests: Of the files of the content, from before they were read, by path.
        look: Looks at files.
    """

    def __init__(
        self,
        host: Host,
        content: Content,
        form: Sequence[Any],
        digests: Mapping[str, str],
        look: Look,
    ) -> None:
        self.host = host
        self.look = look
        self._content = content
        self._form = form
        self.digests = digests
        self._known: dict[str, dict[str, str]] = {}

    @cached_property
    def key(self) -> str:
        """Return the digest of what holds for all files; empty when nothing may be remembered."""
        plugins: dict[str, str | None] = {}
        for manifest in self.host.manager.registry.active():
            if manifest.origin is not Origin.BUILTIN:
                digest = _GONE if _is_apart(manifest) else self._plugin(manifest)
                plugins[manifest.qualified_name] = digest
        if None in plugins.values() or self.host.actions.has_registered:
            return ""
        tokens = self.host.tokens
        holds = [
            begun(),
            current(),
            self.host.project.document.digest,
            [tokens.env, dict(tokens.scopes), tokens.default_scope],
            [*self._form],
            plugins,
        ]
        return _digest(holds)

    def of(self, sort: str, name: str) -> str | None:
        """Return the digest of something that a file needs; None where it can't be known."""
        known = self._known.setdefault(sort, {})
        if name not in known:
            digest = self._looks[sort](name)
            if digest is None:
                return None
            known[name] = digest
        return known[name]

    def holds(self, needs: Needs) -> bool:
        """Return whether all that something needs is as it was.

        Args:
            needs: Digests from then.
        """
        return all(self._holds(sort, then) for sort, then in needs.items())

    def _holds(self, sort: str, then: Mapping[str, str]) -> bool:
        # Most files need the same few things.
        is_known = then.items() <= self._known.setdefault(sort, {}).items()
        return is_known or all(self.of(sort, name) == digest for name, digest in then.items())

    @cached_property
    def _looks(self) -> Mapping[str, Callable[[str], str | None]]:
        content = self._content
        return {
            "tokens": self._token,
            "presets": lambda name: self._file_of(content.presets, name),
            "templates": lambda name: self._file_of(content.templates, name),
            "blueprints": lambda name: self._file_of(content.blueprints, name),
            "plugins": self._used,
            "files": self._file,
            "folders": self._folder,
        }

    def _token(self, name: str) -> str:
        values = self.host.tokens.values
        return _digest(_placed(values[name])) if name in values else _GONE

    def _file_of(self, table: Mapping[str, Any], name: str) -> str:
        found = table.get(name)
        if found is None:
            return _GONE
        path = found.document.path if isinstance(found, Blueprint) else found.path
        return self.digests.get(path, _GONE)

    def _used(self, name: str) -> str | None:
        plugin_type, _, sub_type = name.partition(":")
        manifest = self.host.manager.registry.winners.get((plugin_type, sub_type))
        if manifest is None or manifest.origin is Origin.BUILTIN:
            return _GONE
        return self._plugin(manifest)

    def _file(self, path: str) -> str:
        digest = None if self.host.content_folders else self.look.digest(slashed(path))
        if digest is not None:
            return digest
        try:
            root, file = self.host.where(path)
            return sha256(file.read_bytes()) if file.is_relative_to(root) else _GONE
        except (OSError, ValueError):
            return _GONE

    def _folder(self, folder: str) -> str:
        try:
            return self.host.listed(folder)[1]
        except (OSError, ValueError):
            return _GONE

    def _plugin(self, manifest: Manifest) -> str | None:
        from lhp.core.plugin_digest import plugin_digest

        digest = plugin_digest(manifest, self.host.manager)
        if digest is None:
            return None
        config = substitute(manifest.config, self.host.tokens)[0]
        return _digest([digest, plain(config), manifest.enabled, str(manifest.location)])


def _between(unit: Unit) -> Any:
    """Return what the checks between flowgroups look at, but for places."""
    return [
        (made.pipeline, made.name, made.instance, [(step.name, step.facts) for step in made.steps])
        for made in unit.made
    ]


def _is_ours_alone(host: Host) -> bool:
    """Return True where no plugin had a part in what all files share, but for those of lhp.

    A generator or a command that is installed has one only where it is used.
    """
    manager = host.manager
    others = (each for each in manager.manifests if each.origin is not Origin.BUILTIN)
    return not (manager.listed_folders or manager.unread) and all(
        each.origin is Origin.ENTRY_POINT and _is_apart(each) and not each.permissions
        for each in others
    )


def _is_apart(manifest: Manifest) -> bool:
    """Return True for a plugin that has no part in files but those that are known to use it."""
    return bool(manifest.plugin_type.kind) or manifest.type == "cli_command"


def _whole_of(
    now: Now, about: Host, outputs: Iterable[Output], problems: Sequence[LhpError]
) -> Whole | None:
    asked = {
        "tokens": about.tokens.values.asked if isinstance(about.tokens.values, Noted) else (),
        "files": about.read.files,
        "folders": about.read.folders,
    }
    needs = {
        sort: {name: str(now.of(sort, name)) for name in names} for sort, names in asked.items()
    }
    if not all(map(may_be_kept, problems)):
        return None
    made = {each.path: (each.pipeline, each.written) for each in outputs}
    return Whole(now.digests, needs, made, tuple(problems))


def _digest(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True, default=str).encode())


def _placed(value: Any) -> Any:
    """Return a value with the places of all its parts, as messages may tell them."""
    if isinstance(value, dict):
        at = getattr(value, "value_at", {})
        return [
            getattr(value, "location", ()),
            {k: [at.get(k), _placed(v)] for k, v in value.items()},
        ]
    if isinstance(value, list):
        return [getattr(value, "item_at", ()), [*map(_placed, value)]]
    return [type(value).__name__, value]
