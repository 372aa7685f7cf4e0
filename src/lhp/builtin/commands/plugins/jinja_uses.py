"""Tells where Jinja source uses a plugin, by Jinja's own parser."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import TemplateError, nodes

from lhp.core.jinja_limits import BoundedJinja
from lhp.core.manifest import Manifest

_JINJA = BoundedJinja({}, {})
_FILE = r"['\"]{name}/"
_PATTERNS = {
    "template_filter": r"\|\s*{name}\b|\bfilter\s+{name}\b",
    "template_function": r"\b{name}\s*\(",
    "template_macro": _FILE,
    "content": _FILE,
}
_OPENED = re.compile(r"\{[{%]")
_OF_FILES = (nodes.Import, nodes.FromImport, nodes.Include, nodes.Extends)


def is_used_in_jinja(manifest: Manifest) -> bool:
    """Return True for a plugin of a type that templates use."""
    return manifest.type in _PATTERNS


def column_of(line: str, manifest: Manifest) -> int:
    """Return where a line that uses a plugin does so, counted from 1; 0 when it does not."""
    pattern = re.compile(_PATTERNS[manifest.type].format(name=re.escape(manifest.name)))
    opened = _OPENED.search(line)
    match = pattern.search(line, opened.start() if opened else 0)
    return match.start() + 1 if match else 0


def lines_that_use(text: str, manifest: Manifest) -> list[int]:
    """Return the lines of a template that use a plugin, counted from 1; none where it is broken."""
    try:
        tree = _JINJA.parse(text)
    except (TemplateError, RecursionError):
        return []
    return sorted({node.lineno for node in _uses(tree, manifest)})


def _uses(tree: nodes.Template, manifest: Manifest) -> Iterator[nodes.Node]:
    name = manifest.name
    if manifest.type == "template_filter":
        yield from (node for node in tree.find_all(nodes.Filter) if node.name == name)
    elif manifest.type == "template_function":
        if name not in _own_names(tree):
            calls = (node.node for node in tree.find_all(nodes.Call))
            yield from (
                node for node in calls if isinstance(node, nodes.Name) and node.name == name
            )
    else:
        for node in tree.find_all(_OF_FILES):
            file = node.template  # type: ignore[attr-defined]
            if isinstance(file, nodes.Const) and str(file.value).startswith(f"{name}/"):
                yield node


def _own_names(tree: nodes.Template) -> set[str]:
    """Return the names that a template gives a meaning of its own."""
    names = {node.name for node in tree.find_all(nodes.Name) if node.ctx != "load"}
    names |= {node.name for node in tree.find_all(nodes.Macro)}
    names |= {node.target for node in tree.find_all(nodes.Import)}
    for node in tree.find_all(nodes.FromImport):
        names |= {each if isinstance(each, str) else each[1] for each in node.names}
    return names
