"""Origins: where in the config something is written."""

from __future__ import annotations

from composelib.dataclass import dataclass


@dataclass(frozen=True)
class Origin:
    """Where in a config file something is written; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """Return FILE:LINE:COLUMN, as compilers do."""
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Seed:
    """An entry of a list of packages, as written: a relation, an apt-pattern or a task; groups are already expanded."""

    text: str
    origin: Origin
    imported: bool = False
    """Whether it is of another program's list, which may name what no archive has."""
    recommends: bool | None = None
    """Whether the Recommends of what it brings are followed; None if the list that it is in does not say."""
    implied: bool = False
    """Whether the config does not list it: it is the release's keyring package."""
