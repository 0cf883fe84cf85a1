"""The checksum files on a medium, over its own files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from composelib.archive.format import repository
from composelib.archive.format.repository import PoolFile
from composelib.image.media import disc

Paths = dict[str, Path]
"""Paths of files, by their path on the medium or below a suite's folder."""


def list_files(tree: Path) -> Iterator[Path]:
    """Yield the files of a tree, sorted by their path in it."""
    paths = (Path(folder, name).relative_to(tree) for folder, _, names in os.walk(tree) for name in names)
    yield from sorted(paths, key=str)


def sum_tree(tree: Path, algorithm: str, without: str = "") -> str:
    """Return a checksum of each file of a tree but one, `HEX  ./PATH` a line, as sha256sum(1) prints it.

    `without` is the boot image for BIOS: xorriso writes into it its own position on the medium.
    """
    names = (str(name) for name in list_files(tree))
    return "".join(f"{sum_file(tree / name, algorithm)}  ./{name}\n" for name in names if name != without)


def make_sum_files(
    own_texts: Mapping[str, str],
    on_disc: Paths,
    pool: list[PoolFile],
    indices: list[bytes],
    located: Paths,
    without: str,
) -> dict[str, str]:
    """Return the checksum files of a medium, which has its own files, those in `on_disc` and those of the pool.

    The sums of package files are those of the archive's signed index; a file without one is read, several at a time.
    `without` is the boot image for BIOS: xorriso writes into it its own position on the medium.
    """
    listed = {path: md5 for text in indices for path, md5 in repository.read_md5_sums(text)}
    unlisted = [file.path for file in pool if not listed.get(file.path)]
    md5 = {file.path: listed.get(file.path, "") for file in pool}
    with ThreadPoolExecutor() as threads:
        read = partial(sum_file, algorithm="md5")
        md5 |= zip(unlisted, threads.map(read, (located[path] for path in unlisted)), strict=True)
    sha256 = {file.path: file.sha256 for file in pool}
    for algorithm, sums in (("md5", md5), ("sha256", sha256)):
        sums |= {name: sum_file(path, algorithm) for name, path in on_disc.items() if name != without}
        sums |= {name: hashlib.new(algorithm, text.encode()).hexdigest() for name, text in own_texts.items()}
    return {"md5sum.txt": disc.format_sums(md5), "sha256sum.txt": disc.format_sums(sha256)}


def sum_file(path: Path, algorithm: str) -> str:
    """Return a checksum of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()
