"""Imported package lists: an entry `{file: …}` stands for the entries of another program's list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from typing import Self

from composelib.config.keys.record import get_record
from composelib.config.yaml.nodes import Mapping, Word
from composelib.dataclass import dataclass
from composelib.model.keys.package_entry import Import
from composelib.model.origin import Origin


class ImportedWord(Word):
    """An entry of an imported list, with its origin in that list."""

    __slots__ = ("recommends",)
    recommends: bool | None
    """Whether the Recommends of what it brings are followed; None if the list does not say."""

    def __new__(cls, text: str, origin: Origin, recommends: bool | None = None) -> Self:
        """Return a string with an origin, and with what its list says about Recommends."""
        word = super().__new__(cls, text, origin)
        word.recommends = recommends
        return word


@dataclass(frozen=True)
class ImportedList:
    """The entries of an imported list, as Words with their origins in its file."""

    origin: Origin
    file: Path
    content: bytes = field(repr=False)
    packages: tuple[Word, ...] = ()
    recommended: tuple[Word, ...] = ()
    excluded: tuple[Word, ...] = ()

    def words(self, *, recommends: bool) -> Iterator[Word]:
        """Yield the packages, with or without the recommended ones."""
        yield from self.packages
        if recommends:
            yield from self.recommended


def is_import(node: Mapping) -> bool:
    """Return whether a mapping is meant as an import, well-formed or not."""
    return any(key.name in node.entries for key in get_record(Import).keys)
