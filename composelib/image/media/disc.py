"""What a medium of packages consists of: the repository on it, and the files that say what it is."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from composelib.archive.format.repository import PoolFile
from composelib.errors import ComposeError
from composelib.text.size import shown

INSTALL = "install"  # the folder with the installer's kernel
SECTOR = 2048  # bytes; a file on a medium takes whole ones (ECMA-119, 6.1.2)


@dataclass(frozen=True)
class Disc:
    """What decides a medium, beside the packages on it."""

    title: str
    """`Demo 12 "bookworm" - Server amd64 dvd`."""
    codename: str
    volume: str
    components: tuple[str, ...]
    max_size: int = 0


def contents(found: Mapping[str, Path], own: Path, names: Iterable[str]) -> list[tuple[str, Path]]:
    """Give each file of a medium, as its path there and where it lies, sorted.

    `found` are files that lie elsewhere, by their path on the medium, `names` the medium's own files below `own`.
    """
    return sorted((dict(found) | {name: own / name for name in names}).items())


def installer_files() -> dict[str, str]:
    """Give the small files by which debian-installer knows that a system can be installed from a medium.

    apt-cdrom checks signatures with gpgv, on which Debian's apt no longer depends.
    """
    return {
        ".disk/base_installable": "",
        ".disk/base_include": "gpgv\n",
        ".disk/udeb_include": "netcfg\nethdetect\n",
    }


def own_files(disc: Disc, epoch: int) -> dict[str, str]:
    """Give the small files that say what a medium is, by their path on it, as debian-cd's media have them."""
    day = time.strftime("%Y%m%d", time.gmtime(epoch))
    return {
        ".disk/info": f"{disc.title} {day}\n",
        ".disk/base_components": "".join(f"{component}\n" for component in disc.components),
        ".disk/cd_type": "full_cd/single\n",
        "README.txt": readme(disc),
    }


def readme(disc: Disc) -> str:
    """Give the text that a person who opens the medium should read first."""
    return (
        f"{disc.title}\n{'=' * len(disc.title)}\n\n"
        "This medium holds packages for apt. To use it, as root:\n\n"
        "    cp archive-key.asc /etc/apt/trusted.gpg.d/       # from this medium\n"
        "    apt-cdrom add\n"
        "    apt update\n\n"
        f"Suite: {disc.codename}. Components: {' '.join(disc.components)}.\n"
        "Checksums of all files are in md5sum.txt and sha256sum.txt: `sha256sum -c sha256sum.txt`.\n"
    )


def sum_file(sums: Mapping[str, str]) -> str:
    """Give the text of a checksum file: of each path on the medium its checksum in hex."""
    return "".join(f"{digest}  ./{path}\n" for path, digest in sorted(sums.items()))


def check_size(disc: Disc, size: int, largest: Iterable[PoolFile], grew: Iterable[tuple[str, int, int]] = ()) -> None:
    """Raise ComposeError when a medium is larger than it may be, naming what takes most of it and what grew.

    `grew` are names of packages with their former and present sizes.
    """
    if not disc.max_size or size <= disc.max_size:
        return
    named = ", ".join(f"{file.path.rpartition('/')[2]} {shown(file.size)}" for file in largest)
    since = ", ".join(f"{name} {shown(old) if old else 'new'} -> {shown(new)}" for name, old, new in grew)
    raise ComposeError(
        f"{disc.title}: {shown(size)} ({size} bytes), {shown(size - disc.max_size)} more than its max-size "
        f"{shown(disc.max_size)}; the largest packages: {named}"
        + (f"; grown since the last published compose: {since}" if since else ""),
        "exclude packages, or raise max-size",
    )


def grown(pool: Iterable[PoolFile], before: Iterable[PoolFile], most: int = 5) -> list[tuple[str, int, int]]:
    """Give the packages that grew most, with sizes before (0 for a new one) and now; none if nothing was before."""
    former = {name_of(file): file.size for file in before}
    present = {name_of(file): file.size for file in pool}
    grew = [(name, former.get(name, 0), size) for name, size in present.items() if size > former.get(name, 0)]
    return sorted(grew, key=lambda row: (row[1] - row[2], row[0]))[:most] if former else []


def name_of(file: PoolFile) -> str:
    """Give the name of the package that a pool file is of."""
    return file.path.rpartition("/")[2].partition("_")[0]


def sectors(sizes: Iterable[int]) -> int:
    """Give how many bytes files of these sizes take on a medium."""
    return sum(-(-size // SECTOR) * SECTOR for size in sizes)
