"""Classes of plain values, made faster than by `dataclass(frozen=True)`.

A frozen dataclass compiles six functions when its class is made, and sets each field of an object
through `object.__setattr__`. Here one is compiled, and fields are set as usual: that nobody sets
them later is for the type checker to hold. What plugins are given is frozen where it runs, too.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

_T = TypeVar("_T")

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Any:
        """Take the place of what only the type checker looks at: it comes with Python 3.11."""
        return lambda decorator: decorator


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[_T]) -> type[_T]:
    """Return a class as a dataclass whose objects are values: equal where their fields are.

    Args:
        cls: Declares its fields as for `dataclasses.dataclass`; what it defines itself is kept.
    """
    made: Any = dataclass(eq=False, repr=False)(cls)
    values = attrgetter(*[each.name for each in fields(made) if each.compare])

    def equal(self: Any, other: Any) -> Any:
        return values(self) == values(other) if type(self) is type(other) else NotImplemented

    def hashed(self: Any) -> int:
        return hash(values(self))

    for name, function in (("__eq__", equal), ("__hash__", hashed), ("__repr__", _shown)):
        if name not in vars(cls):
            setattr(cls, name, function)
    return cls


def _shown(self: Any) -> str:
    given = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(given)})"
