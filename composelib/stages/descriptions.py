"""Fetch the translated descriptions of each archive's packages, verified."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from composelib.model.archive import Archive, ArchiveAccess
from composelib.model.compose import Compose
from composelib.model.origin import Origin
from composelib.task import Task


@dataclass(frozen=True)
class DescriptionsJob:
    """The suites of an archive, a language, and the file that the archive's descriptions in it go to."""

    archive: str
    origin: Origin
    suites: tuple[str, ...]
    components: tuple[str, ...]
    language: str
    offline: bool
    access: ArchiveAccess
    texts: tuple[Path, ...]
    """The verified text of each suite's Release file."""
    accepted: Path
    """JSON: where each suite is."""
    downloads: Path
    descriptions: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each archive that packages are copied from, and each language that a variant asks for."""
    languages = list_languages(compose)
    archives = [archive for archive in compose.archives if archive.has_descriptions]
    return tuple(plan_descriptions(compose, archive, language) for archive in archives for language in languages)


def list_languages(compose: Compose) -> Iterable[str]:
    """Return the languages that any variant has descriptions in."""
    return dict.fromkeys(language for variant in compose.variants for language in variant.translations)


def plan_descriptions(compose: Compose, archive: Archive, language: str) -> Task:
    """Return the task of one archive and language."""
    job = DescriptionsJob(
        archive=archive.name,
        origin=archive.origin,
        suites=archive.suites,
        components=archive.components,
        language=language,
        offline=compose.offline,
        access=archive.access,
        texts=tuple(compose.paths.inrelease(archive, suite) for suite in archive.suites),
        accepted=compose.paths.signatures(archive),
        downloads=compose.paths.work("descriptions", archive.name, f"{language}.parts"),
        descriptions=compose.paths.descriptions(archive, language),
    )
    return Task(
        name=f"{archive.name}:{language}",
        doc=f"read the descriptions of {archive.name}'s packages in {language}",
        run=partial(read_descriptions, job),
        inputs=job.texts,
        order_only=(job.accepted,),
        scratch=(job.downloads,),
        outputs=(job.descriptions,),
        uses={"suites": list(job.suites), "components": list(job.components), "language": job.language},
        pool="network",
    )


def read_descriptions(job: DescriptionsJob) -> None:
    """Write an archive's descriptions in a language, suite after suite; none for a suite without that language.

    Raise TrustError for a file that is not as the Release file says.
    """
    from composelib.actions import descriptions  # loaded when a task runs

    descriptions.read_descriptions(job)
