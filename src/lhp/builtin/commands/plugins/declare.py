"""The commands `plugins add`, `enable` and `disable`: they edit lhp.yaml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import click

from lhp.builtin.commands.plugins.types import TYPE_NAMES, whole_type
from lhp.cli.report import print_diff
from lhp.cli.session import Session, problem_format, with_session
from lhp.core.manifest import Manifest, Origin, manifest_of
from lhp.core.plugin_check import section_problems
from lhp.core.plugin_loader import offers_of, snake_case
from lhp.core.plugin_manager import PROJECT_FILE, PluginManager
from lhp.core.resolver import static_faults
from lhp.errors import LhpError, raise_all
from lhp.kit import declarations
from lhp.passes.state import replace_file
from lhp.text.yaml_reader import read_yaml

_ANY_TYPE = "validator"
"""Of a declaration that says none, to be told that its module is missing."""

_DRY_RUN = click.option("--dry-run", is_flag=True, help="Show what would change in lhp.yaml.")


@click.command("add", short_help="Declare a plugin in lhp.yaml.")
@with_session
@problem_format
@click.argument("target", metavar="MODULE:CLASS")
@click.option(
    "--type",
    "type_name",
    metavar="TYPE",
    type=TYPE_NAMES,
    help="What kind of plugin it is, such as filter, where its class does not say so.",
)
@click.option("--name", default="", help="What users write to use it; by default as it says.")
@_DRY_RUN
def add_plugin(
    session: Session, target: str, type_name: str | None, name: str, *, dry_run: bool
) -> int:
    """Declare a class or function of a module as a plugin; runs none of it.

    Type and name come from the class, as they do in a plugin folder: RestApiLoadGenerator is the
    load_generator rest_api.
    """
    module, _, attribute = target.partition(":")
    if not attribute:
        message = "write MODULE:CLASS, such as local_plugins.rates:RatesLoadGenerator"
        raise click.UsageError(message)
    type_name = whole_type(type_name) if type_name else None
    manager = PluginManager(session.root())
    said = _offered(manager, module, attribute)
    declaration = {
        "name": name or (said.name if said and not said.item else snake_case(attribute)),
        "type": type_name or (said.type if said else _ANY_TYPE),
        "module": module,
        "class": attribute,
    }
    manifest = manifest_of(declaration, Origin.CONFIG, None)
    raise_all(static_faults(manifest, manager.resolver.modules))
    if said is None and type_name is None:
        message = f"{target} does not say what kind of plugin it is: say --type"
        raise click.UsageError(message)
    for each in manager.manifests:
        if (
            each.origin is Origin.CONFIG
            and each.key == manifest.key
            and each.target == manifest.target
        ):
            session.say(f"it is declared already, at {each.location}")
            return 0
    edit_project_file(
        session, manager, partial(declarations.add, declaration=declaration), dry_run=dry_run
    )
    if not dry_run:
        session.say(f"look at it, then let it run: lhp plugins trust {manifest.name}")
    return 0


@click.command("enable", short_help="Switch a plugin on, in lhp.yaml.")
@with_session
@problem_format
@click.argument("name")
@_DRY_RUN
def enable_plugin(session: Session, name: str, *, dry_run: bool) -> int:
    """Switch a plugin on: one that is off, or an installed one that acts unasked.

    NAME is its name, or TYPE:NAME where two types share the name.
    """
    manager = PluginManager(session.root())
    manifest = manager.named(name)
    index, entry = _declaration(manager, manifest)
    is_quiet = manifest.origin is Origin.ENTRY_POINT and manifest.plugin_type.is_unasked
    if not entry and is_quiet:
        new = {"name": manifest.name, "type": manifest.type}
        return edit_project_file(
            session, manager, partial(declarations.add, declaration=new), dry_run=dry_run
        )
    if manifest.enabled:
        session.say(f"the {manifest.type} {name!r} is on already")
        return 0
    if entry.keys() == {"name", "type", "enabled"} and not is_quiet:
        return edit_project_file(
            session, manager, lambda text: declarations.remove(text, index), dry_run=dry_run
        )
    return _set_enabled(session, manager, index, None, dry_run=dry_run)


@click.command("disable", short_help="Switch a plugin off, in lhp.yaml.")
@with_session
@problem_format
@click.argument("name")
@_DRY_RUN
def disable_plugin(session: Session, name: str, *, dry_run: bool) -> int:
    """Switch a plugin off, wherever it comes from; a flowgroup that uses it is at fault then.

    NAME is its name, or TYPE:NAME where two types share the name.
    """
    manager = PluginManager(session.root())
    manifest = manager.named(name)
    index, entry = _declaration(manager, manifest)
    if not manifest.enabled:
        session.say(f"the {manifest.type} {name!r} is off already")
        return 0
    if entry:
        return _set_enabled(session, manager, index, value=False, dry_run=dry_run)
    is_file = manifest.origin is Origin.DIRECTORY  # whose label is no name
    own = manifest.name if is_file else manifest.label or manifest.name
    new = {"name": own, "type": manifest.type, "enabled": False}
    return edit_project_file(
        session, manager, partial(declarations.add, declaration=new), dry_run=dry_run
    )


def _set_enabled(
    session: Session, manager: PluginManager, index: int, value: object, *, dry_run: bool
) -> int:
    edit = partial(declarations.set_key, index=index, key="enabled", value=value)
    return edit_project_file(session, manager, edit, dry_run=dry_run)


def _declaration(manager: PluginManager, manifest: Manifest) -> tuple[int, Mapping[str, object]]:
    """Return which declaration of lhp.yaml stands for a plugin, and it; -1 and nothing for none."""
    for index, (entry, location) in enumerate(manager.declarations.entries):
        if location == manifest.location:
            return index, entry
    return -1, {}


def _offered(manager: PluginManager, module: str, attribute: str) -> Manifest | None:
    """Return what an attribute of a module says that it is, by reading alone."""
    found = manager.resolver.modules.find(module)
    facts = found.facts() if found and found.file else None
    if facts is None or found is None or found.file is None:
        return None
    offers = offers_of(facts, facts.classes, found.file, found.file.parent, manager.root)
    named = [each for each in offers if isinstance(each, Manifest) and each.attribute == attribute]
    return named[0] if named else None


def edit_project_file(
    session: Session, manager: PluginManager, edit: Callable[[str], str], *, dry_run: bool
) -> int:
    """Change lhp.yaml, unless that brings a fault into its declarations; show the difference.

    Args:
        session: Knows where the project is.
        manager: Its plugins as they are declared now.
        edit: Makes the new text out of the old one.
        dry_run: True changes nothing.

    Raises:
        LhpErrors: The faults that it would bring.
    """
    root = session.root()
    before = (root / PROJECT_FILE).read_bytes().decode()
    newline = "\r\n" if "\r\n" in before else "\n"
    lines = before.replace("\r\n", "\n")
    edited = edit(lines)
    after = edited.replace("\n", newline)
    document = read_yaml(after.encode(), PROJECT_FILE)[0]
    changed = PluginManager(root, document, manager.trust)
    known = {str(problem) for problem in _faults(manager)}
    raise_all(problem for problem in _faults(changed) if str(problem) not in known)
    print_diff(PROJECT_FILE, lines, edited)
    if not dry_run:
        replace_file(root, PROJECT_FILE, after.encode())
    return 0


def _faults(manager: PluginManager) -> tuple[LhpError, ...]:
    return (*section_problems(manager), *manager.problems)
