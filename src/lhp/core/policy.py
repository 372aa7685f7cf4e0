"""What the user and the machine's owner decide about plugins, for all projects.

A policy is never read from a project: whoever writes the project would write it, too.
"""

from __future__ import annotations

from pathlib import Path

from lhp.core.shape_check import shape_problems
from lhp.core.shapes import shape
from lhp.core.user_files import policy_files, read_private
from lhp.errors import raise_all
from lhp.text.yaml_reader import read_yaml
from lhp.values import frozen


@frozen
class Policy:
    """What a policy says.

    Args:
        trusted_sources: Folders whose plugins run as they are, and distributions.
        blocked: Names, `type:name`, distributions or digests that never run.
        requires_kernel: True lets plugins run only where the kernel isolates them.
    """

    trusted_sources: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
    requires_kernel: bool = False


def read_policy() -> Policy:
    """Return the machine's policy and the user's together.

    Raises:
        LhpError: USER_FILE_UNUSABLE.
        LhpErrors: What is wrong with a policy; nothing runs before it is mended.
    """
    policies = [_read(file) for file in policy_files()]
    return Policy(
        frozenset().union(*(each.trusted_sources for each in policies)),
        frozenset().union(*(each.blocked for each in policies)),
        any(each.requires_kernel for each in policies),
    )


def _read(file: Path) -> Policy:
    content = read_private(file)
    if content is None:
        return Policy()
    document = read_yaml(content, file.as_posix())[0]
    data = {} if document.data is None else document.data
    raise_all(shape_problems(data, shape("PolicyFile"), "the policy", document.location))
    return Policy(
        frozenset(data.get("trusted_sources") or ()),
        frozenset(data.get("blocked") or ()),
        data.get("require_isolation") == "kernel",
    )
