"""Record what the compose was made of: the states of the archives, the files of packages, the dates of artifacts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from composelib.archive.format.described_files import list_described_files
from composelib.dataclass import dataclass
from composelib.model.arch import SOURCE, UDEB
from composelib.model.build_paths import (
    locate_build_dependencies,
    locate_chroot_packages,
    locate_store_list,
    locate_test_packages,
)
from composelib.model.compose import Compose
from composelib.model.image import NetbootImage, OstreeImage
from composelib.model.image_traits import Image
from composelib.model.paths import LOCK
from composelib.task import Json, Task

METADATA = ("composeinfo", "debs", "images", "deliverables")
BILL = ".spdx.json"


@dataclass(frozen=True)
class ArchiveState:
    """An archive, what is read of it, and what was accepted of it."""

    name: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    arches: tuple[str, ...]
    """The arches whose indices may be read."""
    described: tuple[str, ...]
    """The files below a component that describe packages."""
    texts: tuple[Path, ...]
    """The verified text of each suite's Release file."""
    accepted: Path
    """JSON: what was accepted of each suite."""
    signed: Path
    """The folder of the signed files as they came, by their SHA256."""
    downloads: tuple[Path, ...]
    """Patterns of the indices as they came, by their SHA256."""


@dataclass(frozen=True)
class MaterialsJob:
    """The archives, the lists of the files of packages in the store, and the lock that names all of these."""

    archives: tuple[ArchiveState, ...]
    stored: tuple[Path, ...]
    """The tree lists of what was fetched; those of a build that failed may be missing."""
    dates: Path
    """JSON: SOURCE_DATE_EPOCH as each task had it."""
    store: Path
    root: Path
    """The folder that the paths in `states` are relative to."""
    states: Path
    """The tree list of the signed files and indices, which are put into the store."""
    target: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return the one task. That an archive has moved on alone is no reason: it names the state that was used."""
    job = make_materials_job(compose)
    required, failable = (
        tuple(path for path, may_fail in list_results(compose) if may_fail is kind) for kind in (False, True)
    )
    return (
        Task(
            name=job.target.name,
            doc="record the states of the archives, the files and the dates that the compose was made of",
            run=partial(write_materials, job),
            inputs=required,
            optional=failable,
            order_only=tuple(path for archive in job.archives for path in (*archive.texts, archive.accepted)),
            consulted=(
                *(path for archive in job.archives for path in list_consulted(archive)),
                *compose.paths.store_ledger,
            ),
            outputs=(job.target, job.states),
            trees=(job.states,),
            uses={"archives": [describe_archive_state(archive) for archive in job.archives]},
            dates=job.dates,
        ),
    )


def make_materials_job(compose: Compose) -> MaterialsJob:
    """Return what the task works on."""
    paths = compose.paths
    return MaterialsJob(
        archives=tuple(list_states(compose)),
        stored=tuple(path for path, _ in list_store_lists(compose)),
        dates=paths.work("materials", "dates.json"),
        store=paths.store,
        root=paths.root,
        states=paths.work("materials", "states.stored"),
        target=paths.tree / LOCK,
    )


def list_states(compose: Compose) -> Iterator[ArchiveState]:
    """Yield the archives that have Release files."""
    foreign = [arch for variant in compose.variants if variant.multiarch for arch in variant.multiarch.foreign]
    binary = tuple(dict.fromkeys((*compose.arches, *foreign)))
    described = list_described_files(compose.variants)
    for archive in compose.served_archives:
        yield ArchiveState(
            name=archive.name,
            suites=archive.suites,
            components=archive.components,
            arches=(*binary, *(f"{arch}{UDEB}" for arch in binary), "all", SOURCE),
            described=described if archive.has_descriptions else (),
            texts=tuple(compose.paths.inrelease(archive, suite) for suite in archive.suites),
            accepted=compose.paths.signatures(archive),
            signed=compose.paths.work("inrelease", archive.name, "signed"),
            downloads=(
                compose.paths.work("pkgset", archive.name, "parts", "*"),
                compose.paths.work("descriptions", archive.name, "*.parts", "*"),
            ),
        )


def list_consulted(archive: ArchiveState) -> Iterator[Path]:
    """Yield the patterns of the files of an archive as they came, and the folders that are searched for them."""
    for pattern in (archive.signed / "*", *archive.downloads):
        yield from (pattern, *pattern.parents[:2])


def describe_archive_state(archive: ArchiveState) -> dict[str, Json]:
    """Return the part of the config that decides what is recorded of an archive."""
    return {
        "name": archive.name,
        **{name: list(getattr(archive, name)) for name in ("suites", "components", "arches", "described")},
    }


def list_results(compose: Compose) -> Iterator[tuple[Path, bool]]:
    """Yield the files that stand for all that is released, and whether they may be missing as their task may fail."""
    paths = compose.paths
    yield from ((paths.metadata(f"{name}.json"), False) for name in METADATA)
    for variant in compose.variants:
        yield paths.release_file(variant.name), False
        yield from ((paths.metadata(f"{variant.name}-{arch}{BILL}"), False) for arch in variant.arches)
    for deliverable in compose.deliverables(Image):
        name, arch, image = deliverable.variant.name, deliverable.arch, deliverable.image
        if isinstance(image, OstreeImage):
            yield paths.commit(name, arch, image.name), deliverable.failable
        if not isinstance(image, NetbootImage):
            yield paths.beside_image(name, arch, image, BILL), deliverable.failable
    yield from list_store_lists(compose)


def list_store_lists(compose: Compose) -> Iterator[tuple[Path, bool]]:
    """Yield the tree lists of what was fetched: packages of variants, and those that are installed for builds."""
    paths = compose.paths
    for variant in compose.variants:
        yield from ((paths.store_list(variant.name, arch), False) for arch in variant.gathered_arches)
    for arch in compose.root_arches:
        yield locate_store_list(locate_chroot_packages(paths, arch)), False
    for build in compose.builds:
        yield locate_store_list(locate_build_dependencies(paths, build)), build.source.failable
        if build.archive.test:
            yield locate_store_list(locate_test_packages(paths, build)), build.source.failable


def write_materials(job: MaterialsJob) -> None:
    """Write the lock of the states, and put the signed files and indices that it names into the store."""
    from composelib.actions import materials  # loaded when a task runs

    materials.write_materials(job)
