"""Checksums that a medium carries of its own files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from composelib.archive.format import repository
from composelib.archive.format.repository import PoolFile
from composelib.image.media import disc

Paths = dict[str, Path]  # where files lie, by their path on the medium or below a suite's folder


def files_below(tree: Path) -> Iterator[Path]:
    """Give the files of a tree, sorted by their path in it."""
    found = (Path(folder, name).relative_to(tree) for folder, _, names in os.walk(tree) for name in names)
    return iter(sorted(found, key=str))


def sum_lines(tree: Path, algorithm: str, without: str = "") -> str:
    """Give a checksum of each file of a tree but one, `HEX  ./PATH` a line, as sha256sum(1) prints it.

    `without` is the boot image for BIOS: xorriso writes into it where on the medium it lies.
    """
    lines = []
    for name in files_below(tree):
        if str(name) != without:
            with (tree / name).open("rb") as stream:
                lines.append(f"{hashlib.file_digest(stream, algorithm).hexdigest()}  ./{name}\n")
    return "".join(lines)


def sum_files(
    own: dict[str, str], on_disc: Paths, pool: list[PoolFile], texts: list[bytes], located: Paths, without: str
) -> dict[str, str]:
    """Give the checksum files of a medium.

    Of package files the sums are those of the archive's signed index; what that leaves out is read, a few at a time.
    `without` is the boot image for BIOS: xorriso writes into it where on the medium it lies.
    """
    known = {path: md5 for text in texts for path, md5 in repository.md5_of(text)}
    unknown = [file.path for file in pool if not known.get(file.path)]
    md5 = {file.path: known.get(file.path, "") for file in pool}
    with ThreadPoolExecutor() as threads:
        read = partial(digest_of, algorithm="md5")
        md5 |= zip(unknown, threads.map(read, (located[path] for path in unknown)), strict=True)
    sha256 = {file.path: file.sha256 for file in pool}
    for algorithm, sums in (("md5", md5), ("sha256", sha256)):
        sums |= {name: digest_of(path, algorithm) for name, path in on_disc.items() if name != without}
        sums |= {name: hashlib.new(algorithm, text.encode()).hexdigest() for name, text in own.items()}
    return {"md5sum.txt": disc.sum_file(md5), "sha256sum.txt": disc.sum_file(sha256)}


def digest_of(path: Path, algorithm: str) -> str:
    """Give a checksum of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()
