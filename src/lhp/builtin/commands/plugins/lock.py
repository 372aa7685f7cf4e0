"""The command `plugins lock`."""

from __future__ import annotations

import click

from lhp.cli.approval import approve_pending
from lhp.cli.locking import expect_locked, lockable
from lhp.cli.report import counted
from lhp.cli.session import Session, problem_format, with_session
from lhp.core.lock import LOCK_FILE
from lhp.core.plugin_sources import sha256
from lhp.passes.state import read_file, replace_file


@click.command("lock", short_help="Record what each plugin is made of, for a team and its CI.")
@with_session
@problem_format
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when a plugin is not as locked.")
def lock_plugins(session: Session, *, check: bool) -> int:
    """Write lhp.lock: the digest of each plugin, of its distribution, and of what it accepts.

    Commit it. With `--locked`, `validate`, `generate` and `diff` use no plugin that is not as it is
    locked. The SHA-256 of the file, as LHP_TRUST, lets a CI run use what the lock holds.
    """
    root, manager = session.root(), session.manager()
    approve_pending(manager, asks=session.form == "text")
    if check:
        expect_locked(manager)
        session.say(f"all plugins are as {LOCK_FILE} has them")
        return 0
    lock = lockable(manager).lock
    content = lock.text().encode()
    total = counted(len(lock.plugins), "plugin")
    if read_file(root, LOCK_FILE) == content:
        session.say(f"{total} locked already")
    else:
        replace_file(root, LOCK_FILE, content)
        click.echo(LOCK_FILE)
        session.say(f"{total} locked")
    session.say(f"for CI: LHP_TRUST=sha256:{sha256(content)}")
    return 0
