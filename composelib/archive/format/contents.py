"""The format of Contents: which package has which file (wiki.debian.org/DebianRepository/Format)."""

from __future__ import annotations

from collections.abc import Iterable

COLUMN = 60
"""Where the packages begin in a line, unless the path is longer."""
TAB = 8


def make_padding(length: int) -> bytes:
    """Return the white space after a path of some length, as apt-ftparchive writes it: tabs as long as one fits."""
    target, padding = max(COLUMN, length + 1), b""
    while (length // TAB + 1) * TAB < target:
        length = (length // TAB + 1) * TAB
        padding += b"\t"
    return padding + b" " * (target - length)


PADDING = tuple(make_padding(length) for length in range(COLUMN))


def format_contents(packages: Iterable[tuple[bytes, Iterable[bytes]]]) -> bytes:
    """Return the text of a Contents file, from the label of each package, `SECTION/NAME`, and the paths of its files.

    Labels of a path stand in the order of apt-ftparchive: the first package's, then those of the others backwards.
    """
    labels: dict[bytes, bytes | list[bytes]] = {}
    for label, paths in packages:
        for path in paths:
            first = labels.setdefault(path, label)
            if isinstance(first, list):
                if label not in first:
                    first.insert(1, label)
            elif first != label:
                labels[path] = [first, label]
    return b"".join(format_row(path, labels[path]) for path in sorted(labels))


def format_row(path: bytes, labels: bytes | list[bytes]) -> bytes:
    """Return the line of a path."""
    length = len(path)
    padding = PADDING[length] if length < COLUMN else b" "
    return path + padding + (labels if isinstance(labels, bytes) else b",".join(labels)) + b"\n"


def clean_path(name: bytes) -> bytes:
    """Return a member of a package's tar as Contents has it; empty for a folder, and for a name that no line can hold."""
    path = name.removeprefix(b"./").lstrip(b"/")
    return b"" if path.endswith(b"/") or b"\n" in path or path in {b"", b"."} else path
