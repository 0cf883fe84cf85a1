"""List the SHA256 of the files that no other signed list names, and sign the list."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.archive.format import repository
from composelib.files import read_epoch, sha256_of, write_file
from composelib.tools import gpg

if TYPE_CHECKING:
    from composelib.stages.checksum import ChecksumJob, OstreeSumsJob

SUM = ".sha256"
"""The suffix of the file beside an image that has the sums of its files."""


def list_sums(job: ChecksumJob) -> None:
    """Write SHA256SUMS, sorted by path, and its detached signature."""
    sums = dict(read_image_sums(job))
    files = {*list_existing(job.files), *list_members(job)}
    sums |= hash_files(files - {job.tree / name for name in sums}, job.tree)
    text = format_sums(sums)
    signature = gpg.sign_detached(gpg.find_signer(job.sign, job.key_home), text.encode(), read_epoch(job.epoch))
    write_file(job.checksums, text)
    write_file(job.signature, signature)


def read_image_sums(job: ChecksumJob) -> Iterator[tuple[str, str]]:
    """Yield the path and SHA256 of each file of an image, which are hashed once, when they are made."""
    for path in list_existing(path for path in job.files if path.suffix == SUM):
        for line in path.read_text().splitlines():
            sha256, _, name = line.partition("  ")
            yield str(path.parent.relative_to(job.tree) / name), sha256


def list_existing(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the paths that exist."""
    return (path for path in paths if path.exists())


def list_members(job: ChecksumJob) -> Iterator[Path]:
    """Yield the members of tree lists that lie in the tree and that no Release file and no index names."""
    signed = set(list_by_hash(job.releases))
    pools = tuple(f"{release.parents[2]}/pool/" for release in job.releases)
    for listing in list_existing(job.listings):
        for member in listing.read_text().splitlines():
            path = f"{job.root}/{member}"
            if (
                path.startswith(f"{job.tree}/")
                and not path.startswith((*pools, f"{job.ostree}/"))
                and path not in signed
            ):
                yield Path(path)


def list_by_hash(releases: Iterable[Path]) -> Iterator[str]:
    """Yield the paths under which the indices of the present Release files lie by their hashes."""
    for release in releases:
        for path, (sha256, _) in repository.read_listed_files(release.read_text()).items():
            yield f"{release.parent}/{repository.format_by_hash_path(path, sha256)}"


def list_ostree_sums(job: OstreeSumsJob) -> None:
    """Write the list of the files of the OSTree repository, with paths relative to the folder that the list is in.

    What no task made is not listed, so that nobody takes it for released.
    """
    managed = re.compile("|".join(job.managed))
    files = {Path(folder, name) for folder, _, names in os.walk(job.repository) for name in names}
    files = {path for path in files if path in job.files or managed.fullmatch(str(path.relative_to(job.root)))}
    write_file(job.checksums, format_sums(hash_files(files, job.checksums.parent)))


def hash_files(paths: Iterable[Path], folder: Path) -> dict[str, str]:
    """Return the SHA256 of files by their paths relative to a folder."""
    ordered = sorted(paths, key=str)
    with ThreadPoolExecutor() as threads:
        return dict(
            zip((str(path.relative_to(folder)) for path in ordered), threads.map(sha256_of, ordered), strict=True)
        )


def format_sums(sums: Mapping[str, str]) -> str:
    """Return the text of a list of sums, sorted by path."""
    return "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(sums.items()))
