"""Compare two artifacts file by file, and what lies in them likewise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Literal

from composelib.contents.artifact import Artifact, FileState, read_all
from composelib.contents.openers import UNREADABLE, open_artifact
from composelib.contents.owners import NO_OWNERS, PackageOwners, read_owners
from composelib.dataclass import dataclass
from composelib.files import scratch_folder
from composelib.verify.oci import SUFFIX

OPENED = re.compile(
    r"(?:^|/)(?:initrd|initramfs)[^/]*$|\.(?:squashfs|img|iso|tar|raw|qcow2|vmdk)$|^partition \d+$|^layer \d+$"
)
"""The files in an artifact that are opened, too, where they differ."""
DEPLOYMENT = re.compile(r"(ostree/(?:deploy/[^/]+/deploy|boot\.\d[^/]*/[^/]+))/[0-9a-f]{64}")
"""A folder of an OSTree system that is named by the commit that is deployed."""
OBJECTS = re.compile(r"(?:^|/)ostree/repo/objects/")
"""Objects are named by what is in them; the commit that has them is compared by its paths."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that two artifacts have differently; `old` is None if it was added, `new` if it was removed."""

    within: tuple[str, ...]
    """The paths of the artifacts that it lies in, the outermost first, without the image itself."""
    path: str
    old: FileState | None
    new: FileState | None
    owners: tuple[str, ...] = ()
    """The packages that have it, or alone have the folder next above it that any has."""
    owned: bool = False
    """Whether they have it, and not only a folder above it."""

    @property
    def how(self) -> Literal["added", "removed", "changed"]:
        """What has happened to it."""
        return "added" if self.old is None else "removed" if self.new is None else "changed"


class ImagePair:
    """Two artifacts that are compared, and the folder for what is unpacked of them."""

    def __init__(self, folder: Path) -> None:
        """Start with nothing unpacked."""
        self.folder = folder
        self.numbers = count()
        self.layered: tuple[PackageOwners, PackageOwners] | None = None
        """The owners of the files in all layers of two containers: a layer alone has no whole database."""

    def compare(
        self, old: Path, new: Path, within: tuple[str, ...] = (), *, is_oci: bool = False
    ) -> Iterator[FileChange]:
        """Yield the files that differ, those inside of them after them. Raise one of UNREADABLE if one cannot be opened."""
        with ExitStack() as stack:
            sides = (stack.enter_context(scratch_folder(self.folder / f"{next(self.numbers)}")) for _ in range(2))
            first, second = (
                name_apart_from_commit(open_artifact(path, side, stack, is_oci=is_oci))
                for path, side in zip((old, new), sides, strict=True)
            )
            owners = self.layered or (read_owners(first), read_owners(second))
            if is_oci:
                self.layered = owners
            for change in list_changes(first.files, second.files, within, owners):
                inside = list(self.descend(first, second, change))
                yield change
                yield from inside

    def descend(self, first: Artifact, second: Artifact, change: FileChange) -> Iterator[FileChange]:
        """Yield what differs inside a file of two artifacts; nothing if it is none that can be opened."""
        if not (change.old and change.new and OPENED.search(change.path)) or change.old.kind in {"folder", "link"}:
            return
        with scratch_folder(self.folder / f"{next(self.numbers)}") as folder:
            try:
                former = copy_out(first, change.path, folder / "old")
                latter = copy_out(second, change.path, folder / "new")
                yield from self.compare(former, latter, (*change.within, change.path))
            except UNREADABLE:
                return


def compare_image_files(old: Path, new: Path, folder: Path) -> Iterator[FileChange]:
    """Yield the files that two images have differently. Raise one of UNREADABLE if one of them cannot be opened."""
    return ImagePair(folder).compare(old, new, is_oci=new.name.endswith(SUFFIX))


def copy_out(artifact: Artifact, name: str, target: Path) -> Path:
    """Write a file of an artifact to another; return its path."""
    with artifact.open(name) as stream, target.open("wb") as output:
        for block in read_all(stream):
            output.write(block)
    return target


def list_changes(
    old: Mapping[str, FileState],
    new: Mapping[str, FileState],
    within: tuple[str, ...] = (),
    owners: tuple[PackageOwners, PackageOwners] = (NO_OWNERS, NO_OWNERS),
) -> Iterator[FileChange]:
    """Yield the files that differ, sorted."""
    for path in sorted(old.keys() | new.keys()):
        first, second = old.get(path), new.get(path)
        if first != second:
            names, owned = owners[second is not None].find(path)
            yield FileChange(within, path, first, second, names, owned)


def name_apart_from_commit(artifact: Artifact) -> Artifact:
    """Return an artifact with the paths that it has whatever commit is deployed in it, without that commit's objects."""
    names = {DEPLOYMENT.sub(r"\1/COMMIT", path): path for path in artifact.files if not OBJECTS.search(path)}
    return Artifact(
        {name: artifact.files[path] for name, path in names.items()}, lambda name: artifact.open(names[name])
    )
