"""Record what the compose was made of, and let the store keep the signed files and indices of that state."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.archive.format import release
from composelib.fetch import accepted_suite, lockfile
from composelib.fetch.lockfile import Lock, LockedSuite
from composelib.fetch.store import Store, open_store
from composelib.files import sha256_of, write_file, written_aside
from composelib.text.json_file import read_json

if TYPE_CHECKING:
    from composelib.stages.materials import ArchiveState, MaterialsJob


def write_materials(job: MaterialsJob) -> None:
    """Write the lock, and put the signed files and indices that it names into the store."""
    lock = make_lock(job)
    write_file(job.states, "".join(f"{os.path.relpath(path, job.root)}\n" for path in store_states(job, lock)))
    write_file(job.target, lockfile.dump(lock))


def make_lock(job: MaterialsJob) -> Lock:
    """Return the lock of what was accepted, with the files that were fetched. Raise OSError or ValueError if there is none."""
    return Lock(
        archives={archive.name: lock_suites(archive) for archive in job.archives},
        files={Path(line).name for path in job.stored if path.is_file() for line in path.read_text().splitlines()},
        dates=read_json(job.dates) if job.dates.is_file() else {},
    )


def lock_suites(archive: ArchiveState) -> dict[str, LockedSuite]:
    """Return the accepted state of each suite of an archive."""
    accepted = accepted_suite.load(archive.accepted.read_text())
    suites = {}
    for suite, text in zip(archive.suites, archive.texts, strict=True):
        content = release.parse_release(text.read_bytes(), str(text))
        names = lockfile.list_index_names(content, archive.components, archive.arches, archive.described)
        signature = archive.signed / f"{accepted[suite].sha256}.gpg"
        digest = sha256_of(signature) if signature.is_file() else ""
        locked = lockfile.lock_suite(accepted[suite], content, names, digest)
        suites[suite] = replace(locked, url=locked.url.removeprefix(accepted[suite].base))
    return suites


def store_states(job: MaterialsJob, lock: Lock) -> list[Path]:
    """Put the signed files and indices that a lock names into the store, as far as they are here; return their paths in it."""
    store, names = open_store(job.store), set(lock.list_states())
    files = {path.name: path for archive in job.archives for path in list_state_files(job.root, archive, names)}
    files |= {
        state.signature: archive.signed / f"{state.sha256}.gpg"
        for archive in job.archives
        for state in lock.archives[archive.name].values()
        if state.signature
    }
    paths = [path for sha256, source in sorted(files.items()) for path in store_file(store, sha256, source)]
    store.settle()
    return paths


def list_state_files(root: Path, archive: ArchiveState, names: Collection[str]) -> Iterator[Path]:
    """Yield the signed files and indices of an archive, as they came, that have one of these names."""
    for pattern in (archive.signed / "*", *archive.downloads):
        yield from (path for path in root.glob(str(pattern.relative_to(root))) if path.name in names)


def store_file(store: Store, sha256: str, source: Path) -> Iterator[Path]:
    """Copy a file into the store unless it is there; yield its path in it, unless the file was damaged since it came."""
    target = store.locate(sha256)
    if not store.has(sha256, source.stat().st_size):
        with written_aside(target) as aside:
            shutil.copyfile(source, aside)
        if sha256_of(target) != sha256:
            target.unlink()
            return
        store.admit(sha256)
    yield target
