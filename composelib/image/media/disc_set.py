"""Packages as they go on media: merged from several repositories, and split over discs of a given size."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from composelib.archive.format.repository import PoolFile, join_stanzas, read_field, read_pool_files
from composelib.archive.format.translation import DescriptionKey, read_described, read_translations
from composelib.dataclass import dataclass
from composelib.errors import ComposeError, TrustError
from composelib.image.media.disc import count_bytes
from composelib.text.size import format_size

RANKS = ("required", "important", "standard", "optional", "extra")
NAME = re.compile(r"\s*([a-z0-9][a-z0-9+.-]+)")
ENTRY_COST = 1024
"""Bytes that a file takes on a medium beside its content: in both kinds of directories and in the checksum files."""


@dataclass(frozen=True)
class Unit:
    """A package as a unit that is never split over discs: its index, its stanza there, its files, its descriptions."""

    index: str
    """The index below the suite's folder, `main/binary-amd64/Packages`."""
    name: str
    stanza: bytes
    files: tuple[PoolFile, ...]
    descriptions: tuple[tuple[str, bytes], ...] = ()
    """The Translation files that describe it, by their paths below the suite's folder, with its stanza there."""

    @property
    def stanzas(self) -> tuple[tuple[str, bytes], ...]:
        """The files that list it, by their paths below the suite's folder, with its stanza there."""
        return ((self.index, self.stanza), *self.descriptions)

    @property
    def size(self) -> int:
        """The bytes it takes on a medium, its stanzas plain and packed included."""
        stanzas = 2 * sum(len(stanza) for _, stanza in self.stanzas)
        return count_bytes(file.size for file in self.files) + ENTRY_COST * len(self.files) + stanzas


def read_units(index: str, text: bytes) -> Iterator[Unit]:
    """Yield the packages of an index of our own repositories; `index` is its path below the suite's folder."""
    for paragraph in text.split(b"\n\n"):
        stanza = paragraph.strip(b"\n") + b"\n"
        if stanza != b"\n":
            yield Unit(index, read_field(stanza, "Package"), stanza, tuple(read_pool_files(stanza)))


def merge(units: Iterable[Unit]) -> list[Unit]:
    """Return each package once, even if several indices have it. Raise TrustError for two different files of one path."""
    unique: dict[tuple[tuple[PoolFile, ...], str], Unit] = {}
    files: dict[str, PoolFile] = {}
    for unit in units:
        for file in unit.files:
            if files.setdefault(file.path, file).sha256 != file.sha256:
                raise TrustError(
                    f"{file.path}: two variants have different files of this name",
                    "give one of the archives it comes from a lower priority",
                )
        unique.setdefault((unit.files, unit.name), unit)
    return list(unique.values())


def add_descriptions(units: Iterable[Unit], translations: Iterable[tuple[str, bytes]]) -> list[Unit]:
    """Return packages with their descriptions, out of Translation files by their paths below the suite's folder.

    A component has a language's file if one of its repositories has, and describes a package as any repository does.
    """
    paths: dict[str, None] = {}
    described: dict[str, dict[DescriptionKey, bytes]] = defaultdict(dict)
    for path, text in translations:
        paths[path] = None
        for package, stanza in read_translations(text):
            described[path.rpartition("/")[2]].setdefault(package, stanza)
    return [replace(unit, descriptions=tuple(find_descriptions(unit, paths, described))) for unit in units]


def find_descriptions(
    unit: Unit, paths: Iterable[str], described: Mapping[str, Mapping[DescriptionKey, bytes]]
) -> Iterator[tuple[str, bytes]]:
    """Yield the Translation files of a package's component that describe it, with its stanza there."""
    component = unit.index.rpartition("/binary-")[0]
    if package := read_described(unit.stanza):
        for path in paths:
            folder, _, name = path.rpartition("/i18n/")
            if folder == component and package in described[name]:
                yield path, described[name][package]


def sort_units(units: Sequence[Unit], is_urgent: Callable[[Unit], bool] = lambda _: False) -> list[Unit]:
    """Sort packages: urgent ones, then by priority and name, but each after the packages that it depends on."""
    by_name: dict[str, Unit] = {}
    for unit in units:
        for name in (unit.name, *read_names(read_field(unit.stanza, "Provides"))):
            by_name.setdefault(name, unit)
    ordered: dict[int, Unit] = {}
    for unit in sorted(units, key=lambda unit: (not is_urgent(unit), rank(unit), unit.name, unit.index)):
        append(unit, by_name, ordered)
    return list(ordered.values())


def append(unit: Unit, by_name: Mapping[str, Unit], ordered: dict[int, Unit]) -> None:
    """Append a package to the ordered ones, after its dependencies; without recursion, as chains are long."""
    waiting = [(unit, iter(find_dependencies(unit, by_name)))]
    visited = {id(unit)}
    while waiting:
        current, rest = waiting[-1]
        following = next((unit for unit in rest if id(unit) not in ordered and id(unit) not in visited), None)
        if following is not None:
            visited.add(id(following))
            waiting.append((following, iter(find_dependencies(following, by_name))))
        else:
            ordered.setdefault(id(current), current)
            waiting.pop()


def find_dependencies(unit: Unit, by_name: Mapping[str, Unit]) -> list[Unit]:
    """Return the packages of `by_name` that a package depends on; of alternatives the first that is there."""
    units = []
    for field in ("Pre-Depends", "Depends"):
        for relation in read_field(unit.stanza, field).split(","):
            units += [by_name[name] for name in read_names(relation.replace("|", ",")) if name in by_name][:1]
    return units


def read_names(relations: str) -> list[str]:
    """Return the names at the head of relations."""
    return [match[1] for match in map(NAME.match, relations.split(",")) if match]


def rank(unit: Unit) -> int:
    """Return the rank of a package's priority, 0 for required."""
    priority = read_field(unit.stanza, "Priority")
    return RANKS.index(priority) if priority in RANKS else len(RANKS)


def split(ordered: Iterable[Unit], first: int, further: int) -> list[list[Unit]]:
    """Fill discs in order: `first` and `further` are the bytes that packages may take on the first and later ones.

    Raise ComposeError naming a package that fits on no disc.
    """
    discs: list[list[Unit]] = [[]]
    free = first
    for unit in ordered:
        if unit.size > max(further, 0):
            file = max(unit.files, key=lambda file: file.size, default=PoolFile(unit.name, "", unit.size))
            raise ComposeError(
                f"{file.path}: {format_size(file.size)}, more than a medium of this size has room for ({format_size(max(further, 0))})",
                "raise max-size, or exclude the package",
            )
        if unit.size > free:
            discs.append([])
            free = further
        discs[-1].append(unit)
        free -= unit.size
    return discs


def format_indices(units: Iterable[Unit], paths: Iterable[str]) -> dict[str, bytes]:
    """Return the text of each index and Translation file, its stanzas sorted by name; one without packages is empty."""
    texts: dict[str, dict[tuple[str, bytes], None]] = {path: {} for path in paths}
    for unit in units:
        for path, stanza in unit.stanzas:
            texts[path][unit.name, stanza] = None
    return {path: join_stanzas(stanza for _, stanza in sorted(stanzas)) for path, stanzas in texts.items()}
