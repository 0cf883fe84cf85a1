"""Run the tests that source packages bring on what was built, without network."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.build import Build
from composelib.model.build_paths import (
    locate_built_stanzas,
    locate_chroot,
    locate_source_record,
    locate_store_list,
    locate_test_packages,
    locate_test_results,
)
from composelib.model.compose import Compose
from composelib.task import Task


@dataclass(frozen=True)
class PackageTestJob:
    """The source packages whose tests are run, the root and the packages for that, and the file that the outcomes go to."""

    label: str
    arch: str
    fatal: bool
    plan: Path
    packages: Path
    """The stanzas of what the tests need, which is in the store."""
    chroot: Path
    """The root that every test begins with, as a tar."""
    store: Path
    root: Path
    """The folder that paths in the plan are relative to."""
    output: Path
    scratch: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each build of an archive that is to be tested."""
    return tuple(plan_tests(compose, build) for build in compose.builds if build.archive.test)


def plan_tests(compose: Compose, build: Build) -> Task:
    """Return the task of one build."""
    packages, output = locate_test_packages(compose.paths, build), locate_test_results(compose.paths, build)
    source = locate_source_record(compose.paths, build.archive.name, build.source.name).with_suffix(".list")
    job = PackageTestJob(
        label=build.label,
        arch=build.arch,
        fatal=build.archive.test_failures == "fatal",
        plan=packages.with_suffix(".json"),
        packages=packages,
        chroot=locate_chroot(compose.paths, build.arch),
        store=compose.paths.store,
        root=compose.paths.root,
        output=output,
        scratch=output.with_name(f".{build.arch}.work"),
    )
    tree_list = packages.with_suffix(".sources")
    return Task(
        name=build.name,
        doc=f"run the tests of what was built of {build.source.name} for {build.arch}",
        run=partial(run_tests, job),
        inputs=(locate_built_stanzas(compose.paths, build).with_suffix(".json"), job.plan, packages),
        order_only=(job.chroot, locate_store_list(packages), source, tree_list),
        consulted=(*compose.paths.store_ledger, locate_store_list(packages), source, tree_list),
        outputs=(output,),
        scratch=(job.scratch,),
        uses={"fatal": job.fatal},
        tools=("autopkgtest", "unshare"),
        executed_arch=build.arch,
        failable=build.source.failable,
    )


def run_tests(job: PackageTestJob) -> None:
    """Write how the tests ended. Raise ComposeError naming those that failed, if these count."""
    from composelib.actions import autopkgtest  # loaded when a task runs

    autopkgtest.run_tests(job)
