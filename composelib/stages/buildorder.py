"""Find what must be built before each source package: what it needs may be built by this compose, too."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.build import Build
from composelib.model.build_paths import locate_build_order, locate_built_stanzas, locate_source_record
from composelib.model.compose import Compose
from composelib.model.indexed_archive import IndexedArchive, list_unbuilt
from composelib.task import Task


@dataclass(frozen=True)
class BuiltSource:
    """A source package that the compose builds: its name, its record, what its builds leave for an arch, and their profiles."""

    name: str
    record: Path
    stanzas: tuple[Path, ...]
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True)
class OrderJob:
    """A build, and all source packages that the compose builds."""

    label: str
    source: str
    arch: str
    everything: bool
    sources: tuple[BuiltSource, ...]
    archives: tuple[IndexedArchive, ...]
    """What the archives have: whatever they have by its own name needs nothing that is built to provide it."""
    output: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each build."""
    return tuple(plan_order(compose, build) for build in compose.builds)


def plan_order(compose: Compose, build: Build) -> Task:
    """Return the task of one build."""
    builds = [candidate for candidate in compose.builds if candidate.arch == build.arch]
    job = OrderJob(
        label=build.label,
        source=f"{build.archive.name}:{build.source.name}",
        arch=build.arch,
        everything=build.everything,
        sources=tuple(describe_built_source(compose, candidate) for candidate in builds),
        archives=tuple(list_unbuilt(compose, build.arch)),
        output=locate_build_order(compose.paths, build),
    )
    own_record = locate_source_record(compose.paths, build.archive.name, build.source.name)
    records = [source.record for source in job.sources]
    optional = tuple(
        record
        for record, candidate in zip(records, builds, strict=True)
        if candidate.source.failable and record != own_record
    )
    return Task(
        name=build.name,
        doc=f"find what is built before {build.source.name} for {build.arch}",
        run=partial(find_order, job),
        inputs=(
            own_record,
            *(record for record in records if record not in {own_record, *optional}),
            *(path for archive in job.archives for path in (archive.stanzas, archive.index)),
        ),
        optional=optional,
        outputs=(job.output,),
        uses={
            "archives": [archive.archive for archive in job.archives],
            "everything": build.everything,
            "sources": [[source.name, *source.profiles] for source in job.sources],
        },
        failable=build.source.failable,
    )


def describe_built_source(compose: Compose, build: Build) -> BuiltSource:
    """Return the source package of a build; what it leaves for all arches is built with the first one."""
    name = (build.archive.name, build.source.name)
    builds = [
        candidate
        for candidate in compose.builds
        if (candidate.archive.name, candidate.source.name) == name
        and (candidate.everything or candidate.arch == build.arch)
    ]
    return BuiltSource(
        name=":".join(name),
        record=locate_source_record(compose.paths, *name),
        stanzas=tuple(locate_built_stanzas(compose.paths, candidate) for candidate in builds),
        profiles=build.profiles,
    )


def find_order(job: OrderJob) -> None:
    """Write the list of what must be built before. Raise ComposeError with the chain if it needs itself."""
    from composelib.actions import buildorder

    buildorder.find_order(job)
