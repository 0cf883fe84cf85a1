"""The small text files on a medium of packages, and the room that packages take on it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from composelib.archive.format.repository import PoolFile
from composelib.errors import ComposeError
from composelib.image.media.disc_label import DiscLabel
from composelib.text.size import format_size

SECTOR = 2048  # bytes; a file on a medium takes whole ones (ECMA-119, 6.1.2)


def make_installer_files() -> dict[str, str]:
    """Return the small files that tell debian-installer that it can install from a medium, by path.

    gpgv is in `base_include` because apt-cdrom checks signatures with it and Debian's apt no longer depends on it.
    """
    return {
        ".disk/base_installable": "",
        ".disk/base_include": "gpgv\n",
        ".disk/udeb_include": "netcfg\nethdetect\n",
    }


def make_label_files(label: DiscLabel, epoch: int) -> dict[str, str]:
    """Return the small files that say what a medium is, by their path on it, as debian-cd's media have them."""
    day = time.strftime("%Y%m%d", time.gmtime(epoch))
    return {
        ".disk/info": f"{label.title} {day}\n",
        ".disk/base_components": "".join(f"{component}\n" for component in label.components),
        ".disk/cd_type": "full_cd/single\n",
        "README.txt": make_readme(label),
    }


def make_readme(label: DiscLabel) -> str:
    """Return the text that a person who opens the medium should read first."""
    return (
        f"{label.title}\n{'=' * len(label.title)}\n\n"
        "This medium holds packages for apt. To use it, as root:\n\n"
        "    cp archive-key.asc /etc/apt/trusted.gpg.d/       # from this medium\n"
        "    apt-cdrom add\n"
        "    apt update\n\n"
        f"Suite: {label.codename}. Components: {' '.join(label.components)}.\n"
        "Checksums of all files are in md5sum.txt and sha256sum.txt: `sha256sum -c sha256sum.txt`.\n"
    )


def format_sums(sums: Mapping[str, str]) -> str:
    """Return the text of a checksum file, from each path on the medium with its checksum in hex."""
    return "".join(f"{digest}  ./{path}\n" for path, digest in sorted(sums.items()))


def check_size(
    title: str, size: int, max_size: int, largest: Iterable[PoolFile], grown: Iterable[tuple[str, int, int]]
) -> None:
    """Raise ComposeError if a medium is larger than `max_size`, naming the largest packages and those that have grown.

    `grown` are names of packages with their former and present sizes.
    """
    if size <= max_size:
        return
    names = ", ".join(f"{file.path.rpartition('/')[2]} {format_size(file.size)}" for file in largest)
    since = ", ".join(f"{name} {format_size(old) if old else 'new'} -> {format_size(new)}" for name, old, new in grown)
    raise ComposeError(
        f"{title}: {format_size(size)} ({size} bytes), {format_size(size - max_size)} more than its max-size "
        f"{format_size(max_size)}; the largest packages: {names}"
        + (f"; grown since the last published compose: {since}" if since else ""),
        "exclude packages, or raise max-size",
    )


def find_grown(pool: Iterable[PoolFile], published: Iterable[PoolFile], most: int = 5) -> list[tuple[str, int, int]]:
    """Return the packages that grew most, with their published size (0 for a new one) and the present one.

    There are none without a published compose.
    """
    former = {name_package(file): file.size for file in published}
    present = {name_package(file): file.size for file in pool}
    grown = [(name, former.get(name, 0), size) for name, size in present.items() if size > former.get(name, 0)]
    return sorted(grown, key=lambda row: (row[1] - row[2], row[0]))[:most] if former else []


def name_package(file: PoolFile) -> str:
    """Return the name of the package that a pool file is of."""
    return file.path.rpartition("/")[2].partition("_")[0]


def count_bytes(sizes: Iterable[int]) -> int:
    """Return how many bytes files of these sizes take on a medium."""
    return sum(-(-size // SECTOR) * SECTOR for size in sizes)
