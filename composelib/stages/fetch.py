"""Fetch the files of a variant's chosen packages into the store, verified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

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
    """Return a task for each variant and arch, `source` included where the variant has sources."""
    return tuple(plan_fetch(compose, variant, arch) for variant in compose.variants for arch in variant.gathered_arches)


def plan_fetch(compose: Compose, variant: Variant, arch: str) -> Task:
    """Return the task of one variant and arch."""
    archives = [archive for archive in list_archives(compose, variant) if archive.uri]
    job = FetchJob(
        chosen=compose.paths.gathered_stanzas(variant.name, arch),
        accepted={archive.name: compose.paths.signatures(archive) for archive in archives},
        accesses={archive.name: archive.access for archive in archives},
        folders={archive.name: archive.debs for archive in compose.archives if archive.debs},
        offline=compose.offline,
        store=compose.paths.store,
        root=compose.paths.root,
        fetched=compose.paths.fetched(variant.name, arch),
        stored=compose.paths.store_list(variant.name, arch),
    )
    return Task(
        name=f"{variant.name}:{arch}",
        doc=f"fetch {variant.name}'s packages for {arch}",
        run=partial(fetch_packages, job),
        inputs=(job.chosen,),
        order_only=tuple(job.accepted.values()),
        outputs=(job.fetched, job.stored),
        trees=(job.stored,),
        consulted=(*compose.paths.store_ledger, compose.paths.store_controls),
        uses={},
        pool="fetch",
    )


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
