"""Fetch each archive's Release files and verify who signed them and when."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.task import Json, Task


@dataclass(frozen=True)
class InreleaseJob:
    """An archive with the arches to read of it, how to ask it, and the files that the verified state goes to."""

    archive: Archive
    folder: Path
    """The folder of what is remembered of the archive between runs."""
    offline: bool
    lock: Path | None
    """The lock file if only the states in it are accepted; else None."""
    texts: tuple[Path, ...]
    """The text of each suite's Release file, without its signature."""
    accepted: Path
    """JSON: what was accepted of each suite."""
    store: Path
    """The store, which has the signed files that locks name."""
    shared_memory: Path
    """The folder of what all composes remember of archives."""
    own_memory: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each archive that has a URI, those of debug symbols included if a variant has them."""
    return tuple(plan_archive(compose, archive) for archive in compose.served_archives)


def plan_archive(compose: Compose, archive: Archive) -> Task:
    """Return the task of one archive."""
    keyring = () if archive.trusted or archive.signed_by is None else (archive.signed_by,)
    arches = archive.arches or (list_binary_arches(compose) if archive.trusted else compose.arches)
    job = InreleaseJob(
        archive=replace(archive, arches=arches),
        folder=compose.paths.work("inrelease", archive.name),
        offline=compose.offline,
        lock=compose.paths.lock if compose.locked else None,
        texts=tuple(compose.paths.inrelease(archive, suite) for suite in archive.suites),
        accepted=compose.paths.signatures(archive),
        store=compose.paths.store,
        shared_memory=compose.paths.shared_memory,
        own_memory=compose.paths.own_memory,
    )
    return Task(
        name=archive.name,
        doc=f"verify the Release files of {archive.name}",
        run=partial(accept_archive, job),
        inputs=(*keyring, *((job.lock,) if job.lock else ())),
        outputs=(*job.texts, job.accepted),
        uses=describe_archive(job.archive) | {"locked": compose.locked},
        probe=partial(probe_archive, job),
        consulted=(job.folder / "state.json", *compose.paths.archive_memories, compose.paths.any_stored),
        scratch=(job.folder / "signed", job.folder / "verify", job.folder / "apt.json", job.folder / "awaited"),
        tools=("gpgv",) if keyring else (),
        pool="network",
    )


def list_binary_arches(compose: Compose) -> tuple[str, ...]:
    """Return the arches whose packages a variant may ask for, foreign ones included."""
    return tuple(
        dict.fromkeys((*compose.arches, *(arch for variant in compose.variants for arch in variant.foreign_arches)))
    )


def describe_archive(archive: Archive) -> dict[str, Json]:
    """Return the part of an archive's config that decides what is accepted."""
    return {
        "uri": archive.uri,
        "suites": list(archive.suites),
        "components": list(archive.components),
        "signed-by": str(archive.signed_by or ""),
        "trusted": archive.trusted,
        "allow-expired": archive.allow_expired,
        "snapshot": archive.snapshot,
        "accept": [dict(texts) for texts in (archive.accept_codename, archive.accept_origin, archive.accept_label)],
        "priority": archive.priority is not None,
        "arches": list(archive.arches) if archive.trusted or archive.wait else [],
        "wait": [*archive.wait.packages, archive.wait.timeout] if archive.wait else [],
    }


def probe_archive(job: InreleaseJob) -> str:
    """Return a token of the archive's state, by one conditional request a suite.

    The token of an archive that cannot be asked differs from all others: the task is run, and fails.
    """
    if job.archive.snapshot:
        return f"snapshot {job.archive.snapshot}"
    if job.lock:
        return "locked"
    from composelib.fetch import archive_memory, suite_probe  # loaded if the archive has to be asked

    accepted = archive_memory.ArchiveMemory(job.shared_memory, job.own_memory)
    return suite_probe.probe_archive(job.archive, job.folder, accepted, offline=job.offline)


def accept_archive(job: InreleaseJob) -> None:
    """Fetch and verify each suite's Release file, and write its text.

    Raise TrustError for a file that cannot be trusted, ConfigError for a suite or component that does not exist,
    MachineError if apt knows no mirror, NetworkError if the archive cannot be reached.
    """
    from composelib.actions import inrelease

    inrelease.accept_archive(job)
