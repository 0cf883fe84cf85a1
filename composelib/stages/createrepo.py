"""Make a variant's repository for an arch: package files in the pool, and the indices that name them."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path

from composelib.archive.format import repository
from composelib.archive.format.repository import Suite
from composelib.dataclass import dataclass
from composelib.model.compose import Compose
from composelib.model.variant import Variant
from composelib.task import Task


@dataclass(frozen=True)
class IndexPaths:
    """The files of a component's index: plain, compressed, and the small Release file beside them."""

    component: str
    plain: Path
    gz: Path
    xz: Path
    release: Path


@dataclass(frozen=True)
class RepositoryJob:
    """The packages of a repository for an arch, and the files that are made of them."""

    suite: Suite
    arch: str
    native: bool
    """Whether the indices have packages of architecture `all`: not if the arch is only a foreign one."""
    chosen: tuple[Path, ...]
    store: Path
    root: Path
    """The folder that the paths of `pool_list` are relative to."""
    repository: Path
    indices: tuple[IndexPaths, ...]
    pool_list: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each variant and each arch that its repository has indices of."""
    return tuple(
        plan_repository(compose, variant, arch) for variant in compose.variants for arch in variant.index_arches
    )


def plan_repository(compose: Compose, variant: Variant, arch: str) -> Task:
    """Return the task of one variant and arch."""
    holders = variant.holders(arch)
    job = RepositoryJob(
        suite=repository.describe_repository(compose.release, variant.name),
        arch=arch,
        native=variant.indexes_all(arch),
        chosen=tuple(compose.paths.gathered_stanzas(variant.name, holder) for holder in holders),
        store=compose.paths.store,
        root=compose.paths.root,
        repository=compose.paths.repository(variant.name),
        indices=tuple(
            IndexPaths(component, *compose.paths.index_files(variant.name, arch, component))
            for component in variant.index_names(arch)
        ),
        pool_list=compose.paths.pool_list(variant.name, arch),
    )
    return Task(
        name=f"{variant.name}:{arch}",
        doc=f"make {variant.name}'s repository for {arch}",
        run=partial(make_repository, job),
        inputs=(*job.chosen, *(compose.paths.fetched(variant.name, holder) for holder in holders)),
        outputs=(
            *(path for index in job.indices for path in (index.plain, index.gz, index.xz, index.release)),
            job.pool_list,
        ),
        trees=(job.pool_list,),
        consulted=(
            *compose.paths.store_ledger,
            *(compose.paths.store_list(variant.name, holder) for holder in holders),
        ),
        uses={
            "suite": asdict(job.suite),
            "components": [index.component for index in job.indices],
            "native": job.native,
        },
    )


def make_repository(job: RepositoryJob) -> None:
    """Link the chosen packages into the pool, then write the indices and the list of pool files.

    Raise TrustError for packages that cannot lie side by side in a pool.
    """
    from composelib.actions import createrepo  # loaded when a task runs

    createrepo.make_repository(job)
