"""Fetch what describes each archive's packages beside their stanzas, verified: translations, AppStream data, commands."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.archive.format.described_files import list_described_files
from composelib.dataclass import dataclass
from composelib.model.archive import Archive, ArchiveAccess
from composelib.model.compose import Compose
from composelib.model.origin import Origin
from composelib.task import Task


@dataclass(frozen=True)
class DescriptionsJob:
    """The suites of an archive, the file that each component may have, and the file that all of these go to."""

    archive: str
    origin: Origin
    suites: tuple[str, ...]
    components: tuple[str, ...]
    file: str
    """Its path below a component, as a Release file lists it without compression."""
    offline: bool
    access: ArchiveAccess
    texts: tuple[Path, ...]
    """The verified text of each suite's Release file."""
    accepted: Path
    """JSON: where each suite is."""
    downloads: Path
    store: Path
    descriptions: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each archive that packages are copied from, and each file that a variant is to have."""
    files = list_described_files(compose.variants)
    archives = [archive for archive in compose.archives if archive.has_descriptions]
    return tuple(plan_descriptions(compose, archive, file) for archive in archives for file in files)


def plan_descriptions(compose: Compose, archive: Archive, file: str) -> Task:
    """Return the task of one archive and file."""
    name = file.rpartition("/")[2].removeprefix("Translation-")
    job = DescriptionsJob(
        archive=archive.name,
        origin=archive.origin,
        suites=archive.suites,
        components=archive.components,
        file=file,
        offline=compose.offline,
        access=archive.access,
        texts=tuple(compose.paths.inrelease(archive, suite) for suite in archive.suites),
        accepted=compose.paths.signatures(archive),
        downloads=compose.paths.work("descriptions", archive.name, f"{name}.parts"),
        store=compose.paths.store,
        descriptions=compose.paths.descriptions(archive, file),
    )
    return Task(
        name=f"{archive.name}:{name}",
        doc=f"read what describes {archive.name}'s packages: {name}",
        run=partial(read_descriptions, job),
        inputs=job.texts,
        order_only=(job.accepted,),
        consulted=(compose.paths.any_stored,),
        scratch=(job.downloads,),
        outputs=(job.descriptions,),
        uses={"suites": list(job.suites), "components": list(job.components), "file": job.file},
        pool="network",
    )


def read_descriptions(job: DescriptionsJob) -> None:
    """Write an archive's descriptions, suite after suite; none for a suite without the file.

    Raise TrustError for a file that is not as the Release file says.
    """
    from composelib.actions import descriptions  # loaded when a task runs

    descriptions.read_descriptions(job)
