"""Build source packages in clean roots, without network; what comes out is read like any other archive."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.building.build_job import BuildJob
from composelib.dataclass import dataclass
from composelib.model.build import Build
from composelib.model.build_limits import DEFAULT_LIMITS
from composelib.model.build_paths import (
    locate_build_dependencies,
    locate_built,
    locate_built_stanzas,
    locate_chroot,
    locate_chroot_packages,
    locate_source_package,
    locate_source_record,
    locate_store_list,
)
from composelib.model.compose import Compose
from composelib.task import Task

TOOLS = {"native": (), "sbuild": ("sbuild", "prlimit")}
"""By builder: the outside programs that it starts."""


@dataclass(frozen=True)
class BuildTask:
    """A build, by which builder it is made, and the files that it goes to."""

    build: BuildJob
    builder: str
    root: Path
    """The folder that the paths of `tree_list` are relative to."""
    work: Path
    """The folder that the paths in `stanzas` are relative to."""
    folder: Path
    stanzas: Path
    record: Path
    tree_list: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each source package and arch."""
    return tuple(plan_build(compose, build) for build in compose.builds)


def plan_build(compose: Compose, build: Build) -> Task:
    """Return the task of one source package and arch."""
    job = describe_build(compose, build)
    lists = (job.build.chroot_packages, job.build.dependencies)
    follows = build.archive.rebuild == "on-dependency-change"
    source_list = job.build.record.with_suffix(".list")
    return Task(
        name=build.name,
        doc=f"build {build.source.name} of {build.archive.name} for {build.arch}",
        run=partial(run_build, job),
        inputs=(job.build.record, *(lists if follows else ())),
        order_only=(
            *(() if follows else lists),
            job.build.chroot,
            *map(locate_store_list, lists),
            source_list,
        ),
        consulted=(
            *compose.paths.store_ledger,
            *map(locate_store_list, lists),
            source_list,
            job.build.source,
            job.folder,
        ),
        scratch=(job.build.unpacked, job.build.scratch),
        outputs=(job.stanzas, job.record, job.tree_list),
        trees=(job.tree_list,),
        uses={"builder": job.builder, "everything": job.build.everything, "root": job.build.root_arch},
        tools=TOOLS[job.builder],
        executed_arch=build.root_arch,
        failable=build.source.failable,
    )


def describe_build(compose: Compose, build: Build) -> BuildTask:
    """Return a build and the files that it goes to."""
    names = (build.archive.name, build.source.name)
    stanzas = locate_built_stanzas(compose.paths, build)
    chroot = locate_chroot(compose.paths, build.root_arch)
    folder = locate_built(compose.paths, build)
    return BuildTask(
        build=BuildJob(
            label=build.label,
            arch=build.arch,
            root_arch=build.root_arch,
            everything=build.everything,
            source=locate_source_package(compose.paths, *names),
            record=locate_source_record(compose.paths, *names),
            chroot=chroot,
            chroot_packages=locate_chroot_packages(compose.paths, build.root_arch),
            dependencies=locate_build_dependencies(compose.paths, build),
            store=compose.paths.store,
            profiles=build.profiles,
            unpacked=chroot.with_suffix(""),
            scratch=folder.with_name(f".{folder.name}.work"),
            limits=build.archive.limits or DEFAULT_LIMITS,
        ),
        builder=build.archive.builder,
        root=compose.paths.root,
        work=compose.paths.root / "work",
        folder=folder,
        stanzas=stanzas,
        record=stanzas.with_suffix(".json"),
        tree_list=stanzas.with_suffix(".list"),
    )


def run_build(task: BuildTask) -> None:
    """Build a source package and list what was built. Raise ComposeError if it fails."""
    from composelib.actions import build

    build.run_build(task)
