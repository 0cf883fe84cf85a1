"""Packages as they go on media: merged from several repositories, and split over discs of a given size."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from composelib.archive.format.repository import PoolFile, join, pool_of, value
from composelib.errors import ComposeError, TrustError
from composelib.image.media.disc import sectors
from composelib.text.size import shown

RANKS = ("required", "important", "standard", "optional", "extra")
NAME = re.compile(r"\s*([a-z0-9][a-z0-9+.-]+)")
ENTRY_COST = 1024
"""Bytes that a file's names and places take on a medium, in both its kinds of directories and in its checksum files."""


@dataclass(frozen=True)
class Unit:
    """A package with what stays together on a medium: the index it is in, its stanza there, its files."""

    index: str
    """The index below the suite's folder, `main/binary-amd64/Packages`."""
    name: str
    stanza: bytes
    files: tuple[PoolFile, ...]

    @property
    def size(self) -> int:
        """The bytes it takes on a medium, its stanza plain and packed included."""
        return sectors(file.size for file in self.files) + ENTRY_COST * len(self.files) + 2 * len(self.stanza)


def units(index: str, text: bytes) -> Iterator[Unit]:
    """Read one of our own indices."""
    for part in text.split(b"\n\n"):
        stanza = part.strip(b"\n") + b"\n"
        if stanza != b"\n":
            yield Unit(index, value(stanza, "Package"), stanza, tuple(pool_of(stanza)))


def merged(found: Iterable[Unit]) -> list[Unit]:
    """Leave out what is there already, in whichever index. Raises TrustError for two files that want one place."""
    kept: dict[tuple[tuple[PoolFile, ...], str], Unit] = {}
    places: dict[str, PoolFile] = {}
    for unit in found:
        for file in unit.files:
            if places.setdefault(file.path, file).sha256 != file.sha256:
                raise TrustError(
                    f"{file.path}: two variants have different files of this name",
                    "give one of the archives it comes from a lower priority",
                )
        kept.setdefault((unit.files, unit.name), unit)
    return list(kept.values())


def in_order(found: Sequence[Unit], urgent: Callable[[Unit], bool] = lambda _: False) -> list[Unit]:
    """Order packages: urgent ones, then by priority and name, but each after all it depends on that is there."""
    by_name: dict[str, Unit] = {}
    for unit in found:
        for name in (unit.name, *names(value(unit.stanza, "Provides"))):
            by_name.setdefault(name, unit)
    done: dict[int, Unit] = {}
    for unit in sorted(found, key=lambda unit: (not urgent(unit), rank(unit), unit.name, unit.index)):
        place(unit, by_name, done)
    return list(done.values())


def place(unit: Unit, by_name: Mapping[str, Unit], done: dict[int, Unit]) -> None:
    """Add a package to those that are done, after its dependencies; without recursion, as chains are long."""
    waiting = [(unit, iter(dependencies(unit, by_name)))]
    seen = {id(unit)}
    while waiting:
        current, rest = waiting[-1]
        following = next((one for one in rest if id(one) not in done and id(one) not in seen), None)
        if following is not None:
            seen.add(id(following))
            waiting.append((following, iter(dependencies(following, by_name))))
        else:
            done.setdefault(id(current), current)
            waiting.pop()


def dependencies(unit: Unit, by_name: Mapping[str, Unit]) -> list[Unit]:
    """Give the packages that a package needs first, those that are there; of alternatives the first that is."""
    found = []
    for field in ("Pre-Depends", "Depends"):
        for relation in value(unit.stanza, field).split(","):
            found += [by_name[name] for name in names(relation.replace("|", ",")) if name in by_name][:1]
    return found


def names(relations: str) -> list[str]:
    """Give the names at the head of relations."""
    return [match[1] for match in map(NAME.match, relations.split(",")) if match]


def rank(unit: Unit) -> int:
    """Give the place of a package's priority."""
    priority = value(unit.stanza, "Priority")
    return RANKS.index(priority) if priority in RANKS else len(RANKS)


def split(ordered: Iterable[Unit], first: int, others: int) -> list[list[Unit]]:
    """Fill discs in order: `first` and `others` are the bytes that packages may take on the first and later ones.

    Raises ComposeError that names what fits on none.
    """
    discs: list[list[Unit]] = [[]]
    free = first
    for unit in ordered:
        if unit.size > max(others, 0):
            file = max(unit.files, key=lambda file: file.size, default=PoolFile(unit.name, "", unit.size))
            raise ComposeError(
                f"{file.path}: {shown(file.size)}, more than a medium of this size has room for ({shown(max(others, 0))})",
                "raise max-size, or exclude the package",
            )
        if unit.size > free:
            discs.append([])
            free = others
        discs[-1].append(unit)
        free -= unit.size
    return discs


def indices_of(found: Iterable[Unit], all_indices: Iterable[str]) -> dict[str, bytes]:
    """Give the text of each index, stanzas by name; one that has none is empty."""
    texts: dict[str, list[Unit]] = {index: [] for index in all_indices}
    for unit in found:
        texts[unit.index].append(unit)
    return {
        index: join(unit.stanza for unit in sorted(own, key=lambda unit: (unit.name, unit.stanza)))
        for index, own in texts.items()
    }
