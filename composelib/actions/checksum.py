"""List the SHA256 and SHA512 of the files that no other signed list names, and sign the lists."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.archive.format import repository
from composelib.errors import TrustError
from composelib.files import FileSums, read_epoch, sha256_of, sums_of, write_file
from composelib.tools import gpg
from composelib.tree_list import write_tree_list
from composelib.verify.ostree_objects import read_file_object

if TYPE_CHECKING:
    from composelib.stages.checksum import ChecksumJob, OstreeSumsJob

SUM, LONG_SUM = ".sha256", ".sha512"
"""The suffixes of the files beside an image that have the sums of its files."""
OBJECTS = (".commit", ".dirtree", ".dirmeta")
"""The suffixes of OSTree's objects whose name is their SHA256."""


def list_sums(job: ChecksumJob) -> None:
    """Write SHA256SUMS and SHA512SUMS, sorted by path, and their detached signatures; the first lists the second."""
    sums, long_sums = dict(read_image_sums(job, SUM)), dict(read_image_sums(job, LONG_SUM))
    files = {*list_existing(job.files), *list_members(job)}
    hashed = hash_files(files - {job.tree / name for name in sums}, job.tree)
    sums |= {name: both.sha256 for name, both in hashed.items()}
    long_sums |= {name: both.sha512 for name, both in hashed.items()}
    signer, epoch = gpg.find_signer(job.sign, job.key_home), read_epoch(job.epoch)
    texts = {job.long_checksums: format_sums(long_sums).encode()}
    texts[job.long_signature] = gpg.sign_detached(signer, texts[job.long_checksums], epoch)
    for path, content in texts.items():
        sums[str(path.relative_to(job.tree))] = hashlib.sha256(content).hexdigest()
    texts[job.checksums] = format_sums(sums).encode()
    texts[job.signature] = gpg.sign_detached(signer, texts[job.checksums], epoch)
    for path, content in texts.items():
        write_file(path, content)


def read_image_sums(job: ChecksumJob, suffix: str) -> Iterator[tuple[str, str]]:
    """Yield the path and sum of each file of an image, which are hashed once, when they are made."""
    for path in list_existing(path for path in job.files if path.suffix == suffix):
        for line in path.read_text().splitlines():
            digest, _, name = line.partition("  ")
            yield str(path.parent.relative_to(job.tree) / name), digest


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

    What no task made is not listed, so that nobody takes it for released. Raise TrustError if an object is not what its
    name says, which is the checksum of its content.
    """
    managed = re.compile("|".join(job.managed))
    files = {Path(folder, name) for folder, _, names in os.walk(job.repository) for name in names}
    files = {path for path in files if path in job.files or managed.fullmatch(str(path.relative_to(job.root)))}
    write_tree_list(job.root, job.listing, files - set(job.files))  # those are outputs, which a run looks at anyhow
    ordered = sorted(files, key=str)
    with ThreadPoolExecutor() as threads:
        checked = dict(zip(ordered, threads.map(check_ostree_file, ordered), strict=True))
    damaged = [f"{path}: {fault}" for path, (_, fault) in checked.items() if fault]
    if damaged:
        more = f" (and {len(damaged) - 1} more)" if len(damaged) > 1 else ""
        raise TrustError(f"{damaged[0]}{more}", f"remove {job.repository} and run again: its commits are made anew")
    sums = {str(path.relative_to(job.checksums.parent)): sha256 for path, (sha256, _) in checked.items()}
    write_file(job.checksums, format_sums(sums))


def check_ostree_file(path: Path) -> tuple[str, str]:
    """Return the SHA256 of a file of an OSTree repository, and what is wrong with it if it is an object."""
    if path.suffix == ".filez":
        sha256, faults = read_file_object(path)
        return sha256, "; ".join(faults)
    sha256 = sha256_of(path)
    is_named_by_sum = path.suffix in OBJECTS and path.parent.name + path.stem != sha256
    return sha256, "its content does not match its name" if is_named_by_sum else ""


def hash_files(paths: Iterable[Path], folder: Path) -> dict[str, FileSums]:
    """Return the sums of files by their paths relative to a folder."""
    ordered = sorted(paths, key=str)
    with ThreadPoolExecutor() as threads:
        names = (str(path.relative_to(folder)) for path in ordered)
        return dict(zip(names, threads.map(sums_of, ordered), strict=True))


def format_sums(sums: Mapping[str, str]) -> str:
    """Return the text of a list of sums, sorted by path."""
    return "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(sums.items()))
