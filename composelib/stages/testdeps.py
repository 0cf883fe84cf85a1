"""Find the tests that built packages have to pass, their own and those of packages that depend on them, and what these need."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.arch import SOURCE
from composelib.model.archive import Archive, ArchiveAccess
from composelib.model.build import Build
from composelib.model.build_paths import (
    locate_built_stanzas,
    locate_chroot_packages,
    locate_source_package,
    locate_source_record,
    locate_test_packages,
)
from composelib.model.compose import Compose
from composelib.model.indexed_archive import IndexedArchive, list_indexed_archives, list_unbuilt
from composelib.task import Task


@dataclass(frozen=True)
class SourceSupply:
    """Where source packages of the archives are fetched from."""

    archives: tuple[IndexedArchive, ...]
    accepted: Mapping[str, Path]
    """By archive: JSON that says where its suites are."""
    accesses: Mapping[str, ArchiveAccess]
    """By archive: how its servers are reached."""
    folders: Mapping[str, Path]
    """By archive: the folder of its packages."""
    offline: bool
    store: Path


@dataclass(frozen=True)
class TestSearchJob:
    """A build, the packages that its tests may need, and the files that say which tests there are and what they need."""

    label: str
    arch: str
    archives: tuple[IndexedArchive, ...]
    built: tuple[Path, ...]
    """The stanzas of all that is built for the arch, as far as they are there."""
    priorities: tuple[tuple[str, int], ...]
    """Those of the archives that the compose builds: above all others, as these packages are what is tested."""
    stanzas: Path
    """Those of the build."""
    record: Path
    """That of its source package."""
    source: Path
    """The folder of its source package."""
    installed: Path
    """The stanzas of the packages of the root."""
    gathered: tuple[Path, ...]
    """The variants' packages, among which those that depend on the build's are tested, too."""
    supply: SourceSupply
    work: Path
    """The folder that the paths of files of built packages are relative to."""
    root: Path
    """The folder that the paths of `tree_list` are relative to."""
    output: Path
    plan: Path
    tree_list: Path
    folder: Path
    """The folder of the source packages of the archives that are tested."""
    scratch: Path


ABOVE_ALL = 32767
"""The highest priority that apt knows."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each build of an archive that is to be tested."""
    return tuple(plan_search(compose, build) for build in compose.builds if build.archive.test)


def plan_search(compose: Compose, build: Build) -> Task:
    """Return the task of one build."""
    job = describe_search(compose, build)
    siblings = [sibling for sibling in compose.builds if sibling.arch == build.arch or sibling.everything]
    optional = tuple(
        locate_built_stanzas(compose.paths, sibling)
        for sibling in siblings
        if sibling.source.failable and sibling != build
    )
    needed = tuple(path for path in job.built if path not in optional)
    supplied = job.supply.archives
    return Task(
        name=build.name,
        doc=f"find the tests of what is built of {build.source.name} for {build.arch}",
        run=partial(find_tests, job),
        inputs=(
            job.record,
            job.installed,
            *needed,
            *job.gathered,
            *(path for archive in (*job.archives, *supplied) for path in (archive.stanzas, archive.index)),
        ),
        optional=optional,
        order_only=(job.record.with_suffix(".list"), *job.supply.accepted.values()),
        consulted=(*compose.paths.store_ledger, job.record.with_suffix(".list"), job.source, job.folder),
        outputs=(job.output, job.plan, job.tree_list),
        trees=(job.tree_list,),
        scratch=(job.scratch,),
        uses={
            "archives": [[archive.archive, archive.priority] for archive in (*job.archives, *supplied)],
            "reverse": build.archive.test == "reverse",
        },
        tools=("apt-get", "dpkg-source", "unshare"),
        failable=build.source.failable,
        pool="network" if job.gathered else "",
    )


def describe_search(compose: Compose, build: Build) -> TestSearchJob:
    """Return the job of one build."""
    paths, names = compose.paths, (build.archive.name, build.source.name)
    reverse = build.archive.test == "reverse"
    output = locate_test_packages(paths, build)
    unbuilt = [archive for archive in compose.archives if not archive.build]
    siblings = [sibling for sibling in compose.builds if sibling.arch == build.arch or sibling.everything]
    return TestSearchJob(
        label=build.label,
        arch=build.arch,
        archives=tuple(list_unbuilt(compose, build.arch)),
        built=tuple(locate_built_stanzas(paths, sibling) for sibling in siblings),
        priorities=tuple((archive.name, ABOVE_ALL) for archive in compose.archives if archive.build),
        stanzas=locate_built_stanzas(paths, build),
        record=locate_source_record(paths, *names),
        source=locate_source_package(paths, *names),
        installed=locate_chroot_packages(paths, build.arch),
        gathered=tuple(
            paths.gathered_stanzas(variant.name, build.arch)
            for variant in compose.variants
            if reverse and build.arch in variant.arches
        ),
        supply=describe_supply(compose, unbuilt if reverse else []),
        work=paths.root / "work",
        root=paths.root,
        output=output,
        plan=output.with_suffix(".json"),
        tree_list=output.with_suffix(".sources"),
        folder=output.with_suffix(""),
        scratch=output.with_name(f".{build.arch}.work"),
    )


def describe_supply(compose: Compose, archives: list[Archive]) -> SourceSupply:
    """Return where the source packages of archives are fetched from."""
    sources = [archive for archive in archives if archive.sources]
    served = [archive for archive in sources if archive.uri]
    return SourceSupply(
        archives=tuple(list_indexed_archives(compose, sources, SOURCE)),
        accepted={archive.name: compose.paths.signatures(archive) for archive in served},
        accesses={archive.name: archive.access for archive in served},
        folders={archive.name: archive.debs for archive in sources if archive.debs},
        offline=compose.offline,
        store=compose.paths.store,
    )


def find_tests(job: TestSearchJob) -> None:
    """Write which source packages are tested, and the stanzas of what their tests need. Raise ComposeError, NetworkError."""
    from composelib.actions import testdeps  # loaded when a task runs

    testdeps.find_tests(job)
