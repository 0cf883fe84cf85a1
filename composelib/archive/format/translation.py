"""The format of Translation files: descriptions of packages in a language, by the MD5 of the English one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from composelib.archive.format.repository import read_field


class DescriptionKey(NamedTuple):
    """A package as Translation files know it: its name, and the MD5 of its whole English description."""

    package: str
    md5: str


def read_described(stanza: bytes) -> DescriptionKey | None:
    """Return what Translation files have a stanza of Packages by; None if its whole description stands in it."""
    md5 = read_field(stanza, "Description-md5")
    return DescriptionKey(read_field(stanza, "Package"), md5) if md5 else None


def read_translations(text: bytes) -> Iterator[tuple[DescriptionKey, bytes]]:
    """Yield the stanzas of a Translation file of ours, with the packages that they describe."""
    for stanza in text.removesuffix(b"\n\n").split(b"\n\n"):
        if package := read_described(stanza):
            yield package, stanza + b"\n"


def select_translations(texts: Iterable[bytes], described: Collection[DescriptionKey]) -> Iterator[bytes]:
    """Yield the stanzas of Translation files that describe these packages, sorted; the first one of a package counts."""
    selected: dict[DescriptionKey, bytes] = {}
    names = {package.package.encode() for package in described}
    for text in texts:
        for stanza in text.split(b"\n\n"):
            name = stanza.lstrip(b"\n").partition(b"\n")[0].removeprefix(b"Package: ")
            if name in names and (package := read_described(stanza)) in described and package:
                selected.setdefault(package, stanza.strip(b"\n") + b"\n")
    yield from (selected[package] for package in sorted(selected))
