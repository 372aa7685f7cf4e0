"""Edits the plugin declarations of a lhp.yaml; every other byte stays as its author wrote it.

The places of all that stands there come from PyYAML's nodes, so an edit is a cut in the text:
nothing is parsed and written anew.
"""

from __future__ import annotations

from collections.abc import Mapping

import yaml
from yaml import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

_SECTION, _LIST, _FOLDERS = "plugins", "enabled", "directories"


def add(text: str, declaration: Mapping[str, object]) -> str:
    """Return a lhp.yaml with one declaration more, the last, written like the one before it.

    Args:
        text: lhp.yaml.
        declaration: Its keys and values, in their order.
    """
    section = _value(_root(text), _SECTION)
    if isinstance(section, SequenceNode):
        return _push(text, section, declaration)
    return _push_under(text, _LIST, declaration)


def add_folder(text: str, folder: str) -> str:
    """Return a lhp.yaml that lists a plugin folder.

    Args:
        text: lhp.yaml; where its `plugins:` is a list, that becomes `plugins: enabled:`.
        folder: As it is to be written.
    """
    section = _value(_root(text), _SECTION)
    if isinstance(section, SequenceNode):
        text = _as_map(text, section)
    return _push_under(text, _FOLDERS, folder)


def set_key(text: str, index: int, key: str, value: object) -> str:
    """Return a lhp.yaml in which a declaration has another value for a key.

    Args:
        text: lhp.yaml.
        index: Which declaration of the list it is, from 0.
        key: The key.
        value: Its new value; None takes the key away, or says true where others are merged in.
    """
    entry = _entries(text)[index]
    pairs = {name.value: (name, given) for name, given in entry.value}
    value = True if value is None and "<<" in pairs else value
    if key not in pairs:
        return text if value is None else _put(text, entry, key, value)
    name, given = pairs[key]
    if value is not None:
        return _replaced(text, given.start_mark.index, given.end_mark.index, _flow(value))
    order = [each.start_mark.index for each, _ in entry.value]
    return _without(text, entry, order, order.index(name.start_mark.index), given)


def remove(text: str, index: int) -> str:
    """Return a lhp.yaml without a declaration.

    Args:
        text: lhp.yaml.
        index: Which declaration of the list it is, from 0.
    """
    entries = _entries(text)
    listed = _listed(text)
    if len(entries) == 1:
        start = (
            listed.start_mark.index if listed.flow_style else _line_start(text, _dash(text, listed))
        )
        indent = "" if listed.flow_style else f"{_indent(text, listed)}  "
        return _replaced(text, start, _end(text, listed), f"{indent}[]")
    order = [each.start_mark.index for each in entries]
    return _without(text, listed, order, index, entries[index])


def _root(text: str) -> Node | None:
    root: Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    return root


def _value(node: Node | None, key: str) -> Node | None:
    pairs = node.value if isinstance(node, MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)


def _listed(text: str) -> SequenceNode:
    section = _value(_root(text), _SECTION)
    listed = section if isinstance(section, SequenceNode) else _value(section, _LIST)
    return listed if isinstance(listed, SequenceNode) else SequenceNode("", [])


def _entries(text: str) -> list[MappingNode]:
    return [each for each in _listed(text).value if isinstance(each, MappingNode)]


def _push_under(text: str, key: str, item: object) -> str:
    """Append to the list that stands under a key of the section; make what is missing of them."""
    section = _value(_root(text), _SECTION)
    added = f"  {key}:\n    - {_flow(item)}\n"
    if section is None:
        return _after_line(text, len(text), f"{_SECTION}:\n{added}")
    if not isinstance(section, MappingNode):
        return _below_key(text, section, added)
    listed = _value(section, key)
    if isinstance(listed, SequenceNode):
        return _push(text, listed, item)
    indent = "" if section.flow_style else " " * section.value[0][0].start_mark.column
    if listed is not None:
        return _below_key(text, listed, f"{indent}  - {_flow(item)}\n")
    if section.flow_style:
        at = text.index("{", section.start_mark.index) + 1
        return _replaced(text, at, at, f"{key}: [{_flow(item)}]{', ' if section.value else ''}")
    first = section.value[0][0].start_mark.index
    return _replaced(text, first, first, f"{key}:\n{indent}  - {_flow(item)}\n{indent}")


def _push(text: str, listed: SequenceNode, item: object) -> str:
    if not listed.value:
        start = text.index("[", listed.start_mark.index)
        return _replaced(text, start, listed.end_mark.index, f"[{_flow(item)}]")
    last = listed.value[-1]
    if listed.flow_style:
        at = _end(text, last)
        return _replaced(text, at, at, f", {_flow(item)}")
    indent = _indent(text, listed)
    lines = [_flow(item)]
    if isinstance(item, Mapping) and isinstance(last, MappingNode) and not last.flow_style:
        lines = [f"{key}: {_flow(value)}" for key, value in item.items()]
    added = f"\n{indent}  ".join(lines)
    return _after_line(text, _end(text, last), f"{indent}- {added}\n")


def _put(text: str, entry: MappingNode, key: str, value: object) -> str:
    end = _end(text, entry.value[-1][1])
    if entry.flow_style:
        return _replaced(text, end, end, f", {key}: {_flow(value)}")
    indent = " " * entry.value[0][0].start_mark.column
    return _after_line(text, end, f"{indent}{key}: {_flow(value)}\n")


def _without(text: str, parent: CollectionNode, starts: list[int], index: int, last: Node) -> str:
    """Cut one of several parts out, with the comma or the line that it stands on."""
    start, end = starts[index], _end(text, last)
    if parent.flow_style:
        if index:
            start = text.rindex(",", 0, start)
        else:
            end = starts[1]
        return _replaced(text, start, end, "")
    if index == 0 and isinstance(parent, MappingNode):
        return _replaced(text, start, starts[1], "")  # what follows moves up to its `- `
    return _replaced(text, text.rfind("\n", 0, start) + 1, _line_end(text, end), "")


def _as_map(text: str, listed: SequenceNode) -> str:
    """Let `plugins:` hold its list under `enabled:`."""
    if listed.flow_style:
        inner = text[listed.start_mark.index : listed.end_mark.index]
        value = f"{{{_LIST}: {inner}}}"
        return _replaced(text, listed.start_mark.index, listed.end_mark.index, value)
    start, end = _line_start(text, _dash(text, listed)), _line_end(text, _end(text, listed))
    lines = text[start:end].splitlines(keepends=True)
    moved = "".join(f"    {line}" if line.strip() else line for line in lines)
    return _replaced(text, start, end, f"  {_LIST}:\n{moved}")


def _below_key(text: str, null: Node, added: str) -> str:
    """Put lines below a key without a value."""
    at = null.start_mark.index
    return _after_line(_replaced(text, at, null.end_mark.index, ""), at, added)


def _end(text: str, node: Node) -> int:
    """Return where the text of a node ends; PyYAML's own end may be that of what follows."""
    if isinstance(node, ScalarNode) and node.style in ("|", ">"):
        return len(text[: node.end_mark.index].rstrip())
    if isinstance(node, CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _dash(text: str, listed: SequenceNode) -> int:
    """Return where the first dash of a list is; PyYAML's own start may be that of an anchor."""
    start = int(listed.start_mark.index)
    if text.startswith("-", start):
        return start
    return text.rindex("-", start, listed.value[0].start_mark.index)


def _indent(text: str, listed: SequenceNode) -> str:
    at = _dash(text, listed)
    return " " * (at - _line_start(text, at))


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _after_line(text: str, at: int, added: str) -> str:
    end = _line_end(text, at)
    joint = "\n" if text[:end] and not text[:end].endswith("\n") else ""
    return _replaced(text, end, end, joint + added)


def _replaced(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _flow(value: object) -> str:
    written = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, width=10**9, allow_unicode=True
    )
    return str(written).removesuffix("\n").removesuffix("\n...")
