"""Find the exact packages that source packages are built with: those of the root of each arch, and what each build needs beside."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.build import Build
from composelib.model.build_paths import (
    locate_build_dependencies,
    locate_build_order,
    locate_chroot_packages,
    locate_source_record,
)
from composelib.model.compose import Compose
from composelib.model.indexed_archive import IndexedArchive, list_unbuilt
from composelib.task import Task


@dataclass(frozen=True)
class DependenciesJob:
    """The packages to choose from, and what is chosen for: a root that builds begin with, or a build in it."""

    label: str
    arch: str
    archives: tuple[IndexedArchive, ...]
    output: Path
    scratch: Path
    host: str = ""
    """The arch that is built for, if it is cross-built."""
    host_archives: tuple[IndexedArchive, ...] = ()
    """The packages of that arch to choose from."""
    profiles: tuple[str, ...] = ()
    everything: bool = True
    record: Path | None = None
    """That of the source package; None for a root."""
    installed: Path | None = None
    """The stanzas of the packages of the root."""
    order: Path | None = None
    """The list of the stanzas of what is built before."""
    work: Path = Path()
    """The folder that the paths of files of such packages are relative to."""
    priorities: tuple[tuple[str, int | None], ...] = ()
    """Those of the archives that the compose builds."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each arch that anything is built or tested in a root of, and one for each build."""
    return (
        *(plan_chroot_packages(compose, arch) for arch in compose.root_arches),
        *(plan_dependencies(compose, build) for build in compose.builds),
    )


def plan_chroot_packages(compose: Compose, arch: str) -> Task:
    """Return the task that finds the packages of an arch's root."""
    output = locate_chroot_packages(compose.paths, arch)
    job = DependenciesJob(
        label=f"the root that packages are built in for {arch}",
        arch=arch,
        archives=tuple(list_unbuilt(compose, arch)),
        output=output,
        scratch=output.with_suffix(".apt"),
    )
    return Task(
        name=arch,
        doc=f"find the packages of the root that builds for {arch} begin with",
        run=partial(solve_dependencies, job),
        inputs=tuple(path for archive in job.archives for path in (archive.stanzas, archive.index)),
        outputs=(output,),
        scratch=(job.scratch,),
        uses={"archives": [[archive.archive, archive.priority] for archive in job.archives]},
        tools=("apt-get",),
    )


def plan_dependencies(compose: Compose, build: Build) -> Task:
    """Return the task that finds the packages of one build."""
    output = locate_build_dependencies(compose.paths, build)
    order = locate_build_order(compose.paths, build)
    record = locate_source_record(compose.paths, build.archive.name, build.source.name)
    installed = locate_chroot_packages(compose.paths, build.root_arch)
    host = build.arch if build.arch != build.root_arch else ""
    job = DependenciesJob(
        label=build.label,
        arch=build.root_arch,
        archives=tuple(list_unbuilt(compose, build.root_arch)),
        output=output,
        scratch=output.with_suffix(".apt"),
        host=host,
        host_archives=tuple(list_unbuilt(compose, host)) if host else (),
        profiles=build.profiles,
        everything=build.everything,
        record=record,
        installed=installed,
        order=order,
        work=compose.paths.root / "work",
        priorities=tuple((archive.name, archive.priority) for archive in compose.archives if archive.build),
    )
    archives = (*job.archives, *job.host_archives)
    files = (path for archive in archives for path in (archive.stanzas, archive.index))
    return Task(
        name=build.name,
        doc=f"find the packages that {build.source.name} is built with for {build.arch}",
        run=partial(solve_dependencies, job),
        inputs=(record, installed, order, *files),
        listed_inputs=order,
        listed_by=f"buildorder:{build.name}",
        outputs=(output,),
        scratch=(job.scratch,),
        uses={
            "archives": [[archive.archive, archive.priority] for archive in archives],
            "arches": [job.arch, job.host],
            "profiles": list(job.profiles),
            "built": [list(pair) for pair in job.priorities],
            "everything": build.everything,
        },
        tools=("apt-get",),
        failable=build.source.failable,
    )


def solve_dependencies(job: DependenciesJob) -> None:
    """Write the stanzas of the packages. Raise ComposeError if they cannot be installed together."""
    from composelib.actions import builddeps

    builddeps.solve_dependencies(job)
