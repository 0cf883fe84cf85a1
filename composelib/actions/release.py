"""Write and sign a repository's Release file, and keep its indices under their hashes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.archive.format import repository
from composelib.errors import TrustError
from composelib.files import link_file, read_epoch, sha256_of, write_file
from composelib.tools import gpg
from composelib.tree_list import write_tree_list

if TYPE_CHECKING:
    from composelib.stages.release import ReleaseJob

BY_HASH = re.compile(r"(?:\w[\w.+-]{0,80}/)*by-hash/SHA256/[0-9a-f]{64}")
"""The path of an index under its hash, below a suite's folder."""

Listed = dict[str, tuple[str, int]]
"""SHA256 and size by path below the suite's folder."""


def sign_repository(job: ReleaseJob) -> None:
    """Write the Release file and its signatures; InRelease, which apt asks for first, appears last."""
    indices = {str(path.relative_to(job.folder)): hash_file(path) for path in job.indices}
    check_pool(job)
    suite = replace(
        job.suite,
        date=read_epoch(job.epoch),
        valid_until=read_epoch(job.signed) + job.valid_for if job.signed else 0,
        signed_by=gpg.list_fingerprints(job.key) if job.names_keys else (),
    )
    keep_generations(job, indices)
    sign(job, repository.format_release(suite, indices).encode(), suite.date)


def hash_file(path: Path) -> tuple[str, int]:
    """Return the SHA256 and size of a file."""
    content = path.read_bytes()
    return hashlib.sha256(content).hexdigest(), len(content)


def check_pool(job: ReleaseJob) -> None:
    """Raise TrustError if the indices of two arches list different files at one path of the pool."""
    indices = [path for path in job.indices if path.name in {"Packages", "Sources"}]
    if len({path.parent.name for path in indices}) == 1:
        return  # createrepo has compared the files of one arch
    sums: dict[str, str] = {}
    for path in indices:
        for file in repository.read_pool_files(path.read_bytes()):
            if sums.setdefault(file.path, file.sha256) != file.sha256:
                raise TrustError(
                    f"{job.variant}: {file.path} is not the same file on all arches",
                    "give one of the archives it comes from a lower priority",
                )


def keep_generations(job: ReleaseJob, indices: Listed) -> None:
    """Link the indices under their hashes, beside those of the last generation that differed from this one.

    So a client that has read the former InRelease still gets the files that it lists.
    """
    paths = {path: locate_by_hash(job, path, sha256) for path, (sha256, _) in indices.items()}
    former = {path for path in list_former_generation(job, indices) if path.is_file() and sha256_of(path) == path.name}
    write_tree_list(job.root, job.generations, former.union(paths.values()))
    for path, hashed in paths.items():
        link_file(job.folder / path, hashed)


def locate_by_hash(job: ReleaseJob, path: str, sha256: str) -> Path:
    """Return the path of an index under its hash."""
    return job.folder / repository.format_by_hash_path(path, sha256)


def list_former_generation(job: ReleaseJob, indices: Listed) -> Iterable[Path]:
    """Return the by-hash files that the present InRelease lists; if these are the new ones, those of the last run's list."""
    signed = repository.read_listed_files(read_damaged(job.inrelease))
    if signed != indices:
        paths = [locate_by_hash(job, path, sha256) for path, (sha256, _) in signed.items()]
    else:
        paths = [job.root / line for line in read_damaged(job.generations).splitlines()]
    folder = f"{job.folder}/"
    return [path for path in paths if BY_HASH.fullmatch(str(path).removeprefix(folder))]


def read_damaged(path: Path) -> str:
    """Return the text of a file of ours, whatever has become of it; nothing if it cannot be read."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def sign(job: ReleaseJob, text: bytes, epoch: int) -> None:
    """Write Release with its signatures, unless the same text is there with valid ones."""
    if is_signed(job, text):
        return
    signer = gpg.find_signer(job.sign, job.key_home)
    signature, signed = gpg.sign_detached(signer, text, epoch), gpg.clearsign(signer, text, epoch)
    write_file(job.signature, signature)
    write_file(job.release, text)
    write_file(job.inrelease, signed)


def is_signed(job: ReleaseJob, text: bytes) -> bool:
    """Return whether the Release file is there, is this text, and has both signatures of the key."""
    if not all(path.is_file() for path in (job.release, job.inrelease, job.signature)):
        return False
    same = job.release.read_bytes() == text and text in job.inrelease.read_bytes()
    return same and gpg.is_signed_by(job.key, (job.inrelease,), (job.signature, job.release))
