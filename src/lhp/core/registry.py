"""Type and name -> manifest, settled once; never changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property

from lhp.core.manifest import Manifest, Origin
from lhp.errors import (
    PLUGIN_CLASH,
    PLUGIN_COMMAND_OVERRIDE,
    PLUGIN_DECLARED_TWICE,
    PLUGIN_DISABLED,
    LhpError,
)
from lhp.values import frozen

Key = tuple[str, str]


@frozen
class Registry:
    """Who has which name.

    Args:
        winners: The manifest that each type and name stands for.
        clashes: Why a name can't be used, for names that two plugins claim.
    """

    winners: Mapping[Key, Manifest] = field(default_factory=dict)
    clashes: Mapping[Key, LhpError] = field(default_factory=dict)

    @classmethod
    def of(cls, manifests: Iterable[Manifest]) -> Registry:
        """Return the registry of some manifests, whatever their order."""
        claims: dict[Key, list[Manifest]] = {}
        for manifest in sorted(manifests, key=lambda item: item.origin.strength):
            claims.setdefault(manifest.key, []).append(manifest)
        claims = {key: _standing(claim) for key, claim in claims.items()}
        clashes = {key: clash for key, claim in claims.items() if (clash := _clash(claim))}
        winners = {key: claim[0] for key, claim in claims.items()}
        return cls(winners, {**dict(_shared_labels(winners)), **clashes})

    @property
    def problems(self) -> Sequence[LhpError]:
        """The clashes that are errors whether or not the name is used.

        One between installed plugins alone is an error only for who uses the name.
        """
        return [
            clash
            for key, clash in self.clashes.items()
            if self.winners[key].origin is not Origin.ENTRY_POINT or self.winners[key].is_named
        ]

    def get(self, plugin_type: str, name: str) -> Manifest | None:
        """Return the manifest of a name, or None when there is none.

        Raises:
            LhpError: PLUGIN_CLASH when two claim it, PLUGIN_DISABLED when it is switched off.
        """
        key = (plugin_type, name)
        if key in self.clashes:
            clash = self.clashes[key]
            raise LhpError(clash.code, clash.location, clash.values)
        manifest = self.winners.get(key)
        if manifest is not None and not manifest.enabled:
            raise PLUGIN_DISABLED.at(manifest.location, type=plugin_type, name=name)
        return manifest

    def names(self, plugin_type: str) -> Sequence[str]:
        """Return the names of one type that can be used, sorted."""
        return sorted(manifest.name for manifest in self.active(plugin_type))

    def active(self, plugin_type: str | None = None) -> Sequence[Manifest]:
        """Return the plugins that are switched on, of one type or of all, sorted by type and name.

        An installed plugin that acts unasked is active only when lhp.yaml names it.
        """
        return self._active if plugin_type is None else self._by_type.get(plugin_type, ())

    @cached_property
    def _by_type(self) -> Mapping[str, Sequence[Manifest]]:
        found: dict[str, list[Manifest]] = {}
        for each in self._active:
            found.setdefault(each.type, []).append(each)
        return found

    @cached_property
    def _active(self) -> Sequence[Manifest]:
        return [
            manifest
            for key, manifest in sorted(self.winners.items())
            if manifest.enabled and key not in self.clashes and not is_dormant(manifest)
        ]


def is_dormant(manifest: Manifest) -> bool:
    """Return True for an installed plugin that acts unasked and that lhp.yaml does not name."""
    is_installed = manifest.origin is Origin.ENTRY_POINT and not manifest.is_named
    return is_installed and manifest.plugin_type.is_unasked


def _standing(claim: list[Manifest]) -> list[Manifest]:
    """Return the claims that count: one that is switched off leaves the name to the others."""
    return [item for item in claim if item.enabled] or claim


def _clash(claim: Sequence[Manifest]) -> LhpError | None:
    first = claim[0]
    rival = next((item for item in claim if not item.is_same(first)), None)
    if rival is None or not first.enabled:
        return None
    if first.type == "cli_command" and claim[-1].origin is Origin.BUILTIN:
        return PLUGIN_COMMAND_OVERRIDE.at(first.location, name=first.name)
    if first.override and rival.origin is not first.origin:
        return None  # a rival of the same origin would have come first
    if first.identity == rival.identity:
        return PLUGIN_DECLARED_TWICE.at(
            first.location,
            type=first.type,
            name=first.name,
            what=first.difference(rival),
            target=first.target,
            place=first.location,
            other_place=rival.location,
        )
    return PLUGIN_CLASH.at(
        first.location,
        name=first.name,
        target=first.target,
        place=first.location,
        other=rival.target,
        other_place=rival.location,
        advice=_advice(first, rival),
    )


def _shared_labels(winners: Mapping[Key, Manifest]) -> Iterator[tuple[Key, LhpError]]:
    """Yield the functions of a dict whose declaration has the name of another object's.

    Approvals, locks and sandboxes know what is declared by that name.
    """
    known: dict[Key, Manifest] = {}
    for key, item in winners.items():
        if not item.enabled or not item.plugin_type.is_table:
            continue
        first = known.setdefault((item.type, item.label or item.name), item)
        if (first.file or first.module, first.attribute) != (
            item.file or item.module,
            item.attribute,
        ):
            places = {"place": first.location, "other_place": item.location}
            targets = {"target": first.target, "other": item.target}
            name = item.label or item.name
            advice = "give one of these declarations another name"
            yield (
                key,
                PLUGIN_CLASH.at(item.location, name=name, advice=advice, **places, **targets),
            )


def _advice(first: Manifest, rival: Manifest) -> str:
    if first.origin is not Origin.ENTRY_POINT:
        return "rename one, or let the stronger say `override: true`"
    line = f"{{name: {first.name}, type: {first.type}, enabled: false}}"
    advice = f"`{line}` under `plugins:` in lhp.yaml switches that of {first.source} off"
    if rival.origin is Origin.ENTRY_POINT:
        return advice
    return f"{advice}; with `override: true` instead, it is the one that counts"
