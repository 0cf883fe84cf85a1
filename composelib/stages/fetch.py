"""Fetch the files of a variant's chosen packages into the store, verified."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.dataclass import dataclass
from composelib.model.build_paths import (
    locate_build_dependencies,
    locate_built_stanzas,
    locate_chroot_packages,
    locate_source_record,
    locate_store_list,
    locate_test_packages,
)
from composelib.task import Task

if TYPE_CHECKING:  # a process that only fetches loads no model
    from composelib.model.archive import Archive, ArchiveAccess
    from composelib.model.compose import Compose
    from composelib.model.variant import Variant


@dataclass(frozen=True)
class FetchJob:
    """The packages whose files are fetched, where they may come from, and the lists of what was fetched."""

    chosen: Path
    accepted: Mapping[str, Path]
    """By archive: JSON that says where its suites are."""
    accesses: Mapping[str, ArchiveAccess]
    """By archive: how its servers are reached."""
    folders: Mapping[str, Path]
    """By archive: the folder of its .debs."""
    offline: bool
    store: Path
    root: Path
    """The folder that the paths of `stored` are relative to."""
    fetched: Path
    stored: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each variant and arch, `source` included where the variant has sources; and those of builds."""
    return (
        *(plan_fetch(compose, variant, arch) for variant in compose.variants for arch in variant.gathered_arches),
        *plan_for_builds(compose),
    )


def plan_for_builds(compose: Compose) -> Iterator[Task]:
    """Yield a task for each root that packages are built in, one for the build dependencies of each build, one for its tests."""
    for arch in compose.root_arches:
        yield plan_installed(compose, arch, locate_chroot_packages(compose.paths, arch), failable=False)
    for build in compose.builds:
        chosen = locate_build_dependencies(compose.paths, build)
        yield plan_installed(compose, build.name, chosen, failable=build.source.failable)
        if build.archive.test:
            name, chosen = f"{build.name}:tests", locate_test_packages(compose.paths, build)
            yield plan_installed(compose, name, chosen, failable=build.source.failable)


def plan_installed(compose: Compose, name: str, chosen: Path, *, failable: bool) -> Task:
    """Return the task that fetches the packages of a root, of build dependencies, or of what tests need."""
    lists = (chosen, chosen.with_suffix(".list"), locate_store_list(chosen))
    doc = f"fetch the packages that are installed for builds: {name}"
    return plan_lists(compose, compose.archives, lists, name=name, doc=doc, failable=failable)


def plan_fetch(compose: Compose, variant: Variant, arch: str) -> Task:
    """Return the task of one variant and arch."""
    paths = compose.paths
    lists = (
        paths.gathered_stanzas(variant.name, arch),
        paths.fetched(variant.name, arch),
        paths.store_list(variant.name, arch),
    )
    doc = f"fetch {variant.name}'s packages for {arch}"
    return plan_lists(compose, list_archives(compose, variant), lists, name=f"{variant.name}:{arch}", doc=doc)


def plan_lists(
    compose: Compose,
    archives: Iterable[Archive],
    lists: tuple[Path, Path, Path],
    *,
    name: str,
    doc: str,
    failable: bool = False,
) -> Task:
    """Return the task that fetches the packages of the first of three lists, and writes the other two."""
    chosen, fetched, stored = lists
    served = [archive for archive in archives if archive.uri]
    job = FetchJob(
        chosen=chosen,
        accepted={archive.name: compose.paths.signatures(archive) for archive in served},
        accesses={archive.name: archive.access for archive in served},
        folders=list_package_folders(compose),
        offline=compose.offline,
        store=compose.paths.store,
        root=compose.paths.root,
        fetched=fetched,
        stored=stored,
    )
    return Task(
        name=name,
        doc=doc,
        run=partial(fetch_packages, job),
        inputs=(job.chosen,),
        order_only=tuple(job.accepted.values()),
        outputs=(job.fetched, job.stored),
        trees=(job.stored,),
        consulted=(*compose.paths.store_ledger, compose.paths.store_controls, *list_built(compose)),
        uses={},
        failable=failable,
        pool="fetch",
    )


def list_package_folders(compose: Compose) -> dict[str, Path]:
    """Return the folders of the packages of archives that have no URL."""
    folders = {archive.name: archive.debs for archive in compose.archives if archive.debs}
    return folders | {
        archive.name: compose.paths.root / "work"
        for archive in compose.archives
        if archive.build or archive.has_keyring
    }


def list_built(compose: Compose) -> Iterator[Path]:
    """Yield the lists of what is built, and of the source packages of that."""
    if compose.release.keyring_package:
        yield compose.paths.keyring_stanza.with_suffix(".deb")
    for build in compose.builds:
        yield locate_built_stanzas(compose.paths, build).with_suffix(".list")
        yield locate_source_record(compose.paths, build.archive.name, build.source.name).with_suffix(".list")


def list_archives(compose: Compose, variant: Variant) -> Iterator[Archive]:
    """Yield the archives that a variant's packages may come from."""
    for archive in compose.archives:
        yield archive
        if archive.debug and variant.debug:
            yield archive.debug


def fetch_packages(job: FetchJob) -> None:
    """Fetch every chosen file into the store, then list them: `SHA256 SIZE NAME`, and their paths in the store.

    Raise TrustError, NetworkError or MachineError naming all files that could not be fetched.
    """
    from composelib.actions import fetch  # loaded when a task runs

    fetch.fetch_packages(job)
