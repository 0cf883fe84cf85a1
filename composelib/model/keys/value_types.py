"""Types of a key's value, as data: words, patterns and bounds for reading, the JSON schema and the reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from composelib.dataclass import dataclass
from composelib.model.source_tree import SourceTree

DEVICE = r"[Cc][Oo][Nn]|[Pp][Rr][Nn]|[Aa][Uu][Xx]|[Nn][Uu][Ll]|(?:[Cc][Oo][Mm]|[Ll][Pp][Tt])[0-9]"
NAME = rf"(?!(?:{DEVICE})(?:\.|$))[A-Za-z0-9][A-Za-z0-9.+_-]{{0,63}}"
"""A file name on any system: Windows, which reads our media, takes some names for devices, whatever their suffix."""
T_co = TypeVar("T_co", covariant=True)


class ValueType(Generic[T_co]):
    """A type of value in the config; `T_co` is the type that the model has for it."""

    absent: ClassVar[Any] = None
    """The value in the settings of a key that is not written and has no default."""

    @property
    def empty(self) -> Any:
        """The value in the model of a key that is not written and has no default."""
        return None

    def describe(self) -> str:
        """Return the value in words, for messages and the reference: `a list of arches`."""
        raise NotImplementedError


@dataclass(frozen=True)
class Text(ValueType[str]):
    """A text, as written, that matches a pattern."""

    description: str
    pattern: str = r".+"
    hint: str = ""
    longest: int = 4096
    environment: bool = False
    """Whether `${NAME}` stands for an environment variable."""
    secret: bool = False
    """Whether a wrong value may be a secret and is not shown."""
    placeholders: bool = False
    """Whether `{version}` and the like are filled in later."""

    @property
    def empty(self) -> str:
        """The empty text."""
        return ""

    def describe(self) -> str:
        """Return the text's description."""
        return self.description


@dataclass(frozen=True)
class Choice(ValueType[T_co]):
    """One of a few words."""

    words: tuple[T_co, ...]

    def describe(self) -> str:
        """Return the words."""
        return " | ".join(map(str, self.words))


class BuilderName(ValueType[str]):
    """The name of a builder of root file systems."""

    def describe(self) -> str:
        """Return the description; the names are those of the modules that are builders."""
        return "a builder"


class Arch(ValueType[str]):
    """Debian's name of an architecture."""

    def describe(self) -> str:
        """Return the description."""
        return "an architecture"


class Flag(ValueType[bool]):
    """True or false."""

    @property
    def empty(self) -> bool:
        """False."""
        return False

    def describe(self) -> str:
        """Return the two words."""
        return "true | false"


@dataclass(frozen=True)
class Number(ValueType[int]):
    """A whole number from `low` to `high`."""

    low: int
    high: int

    def describe(self) -> str:
        """Return the bounds."""
        return f"a whole number from {self.low} to {self.high}"


class Size(ValueType[int]):
    """A number of bytes, with or without a unit."""

    @property
    def empty(self) -> int:
        """0, for no size."""
        return 0

    def describe(self) -> str:
        """Return two examples."""
        return "a size such as 650MiB or 4.7GB"


class Rate(ValueType[int]):
    """A number of bytes a second."""

    @property
    def empty(self) -> int:
        """0, for no rate."""
        return 0

    def describe(self) -> str:
        """Return two examples."""
        return "a rate such as 20MB/s or 500kB/s"


class Duration(ValueType[int]):
    """A number of seconds, with or without a unit."""

    @property
    def empty(self) -> int:
        """0, for no time."""
        return 0

    def describe(self) -> str:
        """Return examples."""
        return "a time such as 90s, 30m or 2h"


@dataclass(frozen=True)
class FilePath(ValueType[Path]):
    """The path of a file or folder that exists, relative to the config file that it is written in."""

    kind: str
    """`file`, `folder` or `file or folder`."""

    def describe(self) -> str:
        """Return which of the two it is."""
        return f"a {self.kind}"


class DscEntry(ValueType[str | Path]):
    """A source package by its name, with or without a version, or the path of a .dsc that exists."""

    def describe(self) -> str:
        """Return the three forms."""
        return "NAME, `NAME (= VERSION)` or the path of a .dsc"


class SourceFolder(ValueType[SourceTree]):
    """The path of an unpacked source tree that exists."""

    def describe(self) -> str:
        """Return what it is."""
        return "a folder with a source package"


@dataclass(frozen=True)
class ListOf(ValueType[tuple[T_co, ...]]):
    """A list whose items are all of one type, and of which none may be there twice unless it `repeats`."""

    item: ValueType[T_co]
    plural: str
    may_be_empty: bool = False
    repeats: bool = False
    single: bool = False
    """Whether one item may stand there without the brackets of a list."""
    absent: ClassVar[Any] = ()

    @property
    def empty(self) -> tuple[T_co, ...]:
        """No items."""
        return ()

    def describe(self) -> str:
        """Return a phrase with the items' plural."""
        return f"a list of {self.plural}"


@dataclass(frozen=True)
class MapOf(ValueType[tuple[T_co, ...]]):
    """A mapping from names that the user chooses to values of one type; in the model each value has its name."""

    value: ValueType[T_co]
    singular: str
    may_be_empty: bool = False
    name: str = NAME
    """The pattern of the names."""
    absent: ClassVar[Any] = {}  # nobody writes to it

    @property
    def empty(self) -> tuple[T_co, ...]:
        """No values."""
        return ()

    def describe(self) -> str:
        """Return a phrase with the singular of the values."""
        return f"a mapping of {self.singular} names to their keys"


@dataclass(frozen=True)
class TextMap(ValueType[tuple[tuple[str, str], ...]]):
    """A mapping from names that the user chooses to texts; in the model pairs, sorted by name."""

    singular: str
    name: str
    """The pattern of the names."""
    text: Text = Text("a text", r"[^\0]*")
    alone: bool = False
    """Whether a text may stand alone, for all names: in the model its name is empty."""

    @property
    def empty(self) -> tuple[tuple[str, str], ...]:
        """No texts."""
        return ()

    def describe(self) -> str:
        """Return a phrase with the singular of the names."""
        names = f"a mapping of {self.singular} names to"
        return f"{self.text.describe()}, or {names} such" if self.alone else f"{names} texts"


@dataclass(frozen=True)
class TrueOr(ValueType[T_co]):
    """A value of another type, or `true`, or `false` for none."""

    value: ValueType[T_co]
    true: Any = None
    """The value that `true` stands for; None where that depends on other keys."""

    @property
    def empty(self) -> Any:
        """The empty value of the other type."""
        return self.value.empty

    def describe(self) -> str:
        """Return a phrase for all three."""
        return f"true, false or {self.value.describe()}"


@dataclass(frozen=True)
class RecordOf(ValueType[T_co]):
    """A mapping whose keys are declared beside the fields of a class."""

    model: type[T_co]

    def describe(self) -> str:
        """Return a phrase with the record's name."""
        return f"a mapping with the keys of {get_record_name(self.model)}"


def get_record_name(model: type) -> str:
    """Return the name that a class has as a record of the config: `extra-file` for ExtraFile."""
    return "".join(f"-{char.lower()}" if char.isupper() else char for char in model.__name__).lstrip("-")
