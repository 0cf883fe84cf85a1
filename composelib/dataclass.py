"""`@dataclass` as the standard library's, for classes that a command loads when it starts.

Until Python 3.13 the standard library compiles a comparison, a hash and a text anew for each class: with some two hundred
classes a sixth of a run that has nothing to do. Here all classes share them. They are slower to call, so the values of
`archive/`, which are compared by the hundred thousand, use the standard library's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls: type | None = None, /, **options: Any) -> Any:
        """Make a class a dataclass, with the options of the standard library's; as a decorator, with or without a call."""
        if cls is None:
            return lambda decorated: dataclass(decorated, **options)
        if options.get("order") or options.get("slots") or options.get("unsafe_hash"):
            return dataclasses.dataclass(cls, **options)
        if options.get("repr", True):
            set_method(cls, "__repr__", describe_fields)
        if options.get("eq", True):
            set_method(cls, "__hash__", hash_values if options.get("frozen") else None)
            set_method(cls, "__eq__", have_equal_fields)
        return dataclasses.dataclass(cls, **options | {"eq": False, "repr": False})


def set_method(cls: type, name: str, function: Callable[..., Any] | None) -> None:
    """Set a method of a class, unless the class has its own."""
    if name not in vars(cls):
        setattr(cls, name, function)


@cache
def list_compared(cls: type[Any]) -> tuple[str, ...]:
    """Return the names of the fields that decide whether two values are equal."""
    return tuple(field.name for field in dataclasses.fields(cls) if field.compare)


def read_compared(value: Any) -> tuple[Any, ...]:
    """Return the values of the fields that decide whether two values are equal."""
    cls: Any = value.__class__
    return tuple(getattr(value, name) for name in list_compared(cls))


def have_equal_fields(value: Any, other: object) -> bool:
    """Return whether two values are of one class and their fields are equal."""
    return read_compared(value) == read_compared(other) if other.__class__ is value.__class__ else NotImplemented


def hash_values(value: Any) -> int:
    """Return the hash of a value's fields."""
    return hash(read_compared(value))


def describe_fields(value: Any) -> str:
    """Return a value as an expression that would make it."""
    shown = (f"{field.name}={getattr(value, field.name)!r}" for field in dataclasses.fields(value) if field.repr)
    return f"{value.__class__.__qualname__}({', '.join(shown)})"
