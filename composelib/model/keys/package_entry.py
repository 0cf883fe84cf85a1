"""The type of an entry of a list of packages, and the keys of an entry that imports a list."""

from __future__ import annotations

from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import FilePath, ListOf, Text, ValueType
from composelib.model.origin import Seed


@dataclass(frozen=True)
class PackageEntry(ValueType[Seed]):
    """A relation, pattern, task, group or import; a list that excludes packages has no relations and no imports."""

    excluding: bool = False

    def describe(self) -> str:
        """Return the description."""
        return "a package, pattern, task or @group"


@dataclass(frozen=True)
class Import:
    """An entry of a list of packages that stands for the entries of another program's list."""

    file: Path = key(
        "The list: tasksel's task descriptions if its name ends in `.desc`, else a germinate seed.",
        FilePath("file"),
        required=True,
    )
    tasks: tuple[str, ...] = key(
        "The tasks to take from a `.desc` file; all by default.",
        ListOf(Text("the name of a task", r"[A-Za-z0-9][A-Za-z0-9+._-]*"), "tasks"),
    )
