"""Frozen dataclasses that cost little to define: all that is alike for every class is written once.

dataclasses compiles six functions for each class, half a millisecond; a program of a hundred and more of them feels it
at each start. Here it is one function, `__init__`; what comes out is a dataclass to `fields`, `replace` and `asdict`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - what this module gives, to who checks types
else:

    def dataclass(cls: type[Any] | None = None, /, **options: bool) -> Any:
        """Make a class a dataclass: a frozen one here, others as dataclasses does."""
        return frozen if options == {"frozen": True} else dataclasses.dataclass(cls, **options)


def frozen(cls: type[Any]) -> type[Any]:
    """Make a class a frozen dataclass."""
    cls = dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    cls.__init__ = initializer(dataclasses.fields(cls))
    for name, method in SHARED.items():
        if name not in vars(cls):
            setattr(cls, name, method)
    return cls


def initializer(fields: tuple[dataclasses.Field[Any], ...]) -> Callable[..., None]:
    """Give the `__init__` that takes a value for each field."""
    names: dict[str, Any] = {}
    arguments, body = [], []
    for number, field in enumerate(fields):
        default, made = field.default, field.default_factory is not dataclasses.MISSING
        names[f"_{number}"] = field.default_factory if made else default
        arguments.append(field.name if default is dataclasses.MISSING and not made else f"{field.name}=_{number}")
        value = f"_{number}() if {field.name} is _{number} else {field.name}" if made else field.name
        body.append(f" _[{field.name!r}] = {value}\n")
    source = f"def __init__({', '.join(['self', *arguments])}):\n _ = self.__dict__\n{''.join(body)}"
    exec(source, names)  # noqa: S102 - it is made of the names of our own fields
    made_here: Callable[..., None] = names["__init__"]
    return made_here


class Frozen:
    """What all frozen dataclasses have alike."""

    __match_args__: tuple[str, ...]
    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]

    def __repr__(self) -> str:
        shown = [field.name for field in self.__dataclass_fields__.values() if field.repr]
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def __eq__(self, other: object) -> bool:
        return values(self) == values(other) if type(self) is type(other) else NotImplemented

    def __hash__(self) -> int:
        return hash(values(self))

    def __setattr__(self, name: str, value: object) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


SHARED = {name: method for name, method in vars(Frozen).items() if callable(method)}


def values(of: Any) -> tuple[object, ...]:
    """Give the values of a dataclass's fields."""
    return tuple([getattr(of, name) for name in of.__match_args__])
