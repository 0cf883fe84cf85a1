"""What was made of each deliverable for each arch, as a matrix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from composelib.dataclass import dataclass

Row = Mapping[str, Any]


@dataclass(frozen=True)
class DeliveredFile:
    """A file that a page links to; the size of a folder is None."""

    path: str
    name: str
    size: int | None = None


@dataclass(frozen=True)
class MatrixCell:
    """A deliverable for an arch: whether it was made, and its files."""

    is_made: bool
    files: tuple[DeliveredFile, ...]


@dataclass(frozen=True)
class MatrixRow:
    """A deliverable of a variant, by arch."""

    variant: str
    name: str
    kind: str
    cells: Mapping[str, MatrixCell]


def build_matrix(deliverables: Sequence[Row], images: Iterable[Row]) -> list[MatrixRow]:
    """Return a row for each variant and image, from the rows of deliverables.json and images.json."""
    files: dict[tuple[str, str, str], list[DeliveredFile]] = {}
    for image in images:
        name = image["path"].rpartition("/")[2]
        files.setdefault(identify(image), []).append(DeliveredFile(image["path"], name, image["size"]))
    names = dict.fromkeys((row["variant"], row["name"], row["kind"]) for row in deliverables)
    return [
        MatrixRow(
            *name,
            {
                row["arch"]: MatrixCell(row["made"], tuple(files.get(identify(row), list_delivered_folders(row))))
                for row in deliverables
                if (row["variant"], row["name"], row["kind"]) == name
            },
        )
        for name in names
    ]


def identify(row: Row) -> tuple[str, str, str]:
    """Return what the rows of an image have in common in both files."""
    return row["variant"], row["arch"], row["name"]


def list_delivered_folders(row: Row) -> list[DeliveredFile]:
    """Return the folders of what is no file: a repository, a commit."""
    return [DeliveredFile(f"{path}/", f"{path}/") for path in row["paths"]]
