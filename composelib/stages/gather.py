"""Choose each variant's packages: those that its entries ask for, and all that these need.

The rule of choice is that of composelib.archive.choose.closure. A variant's list for an arch has its own packages and those of
foreign arches; packages of addons, debug packages and those of the installer differ by their component.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from composelib.archive.choose.order import Order, dump_rules, list_entries
from composelib.dataclass import dataclass
from composelib.model.arch import SOURCE, UDEB
from composelib.model.indexed_archive import IndexedArchive
from composelib.task import Task

if TYPE_CHECKING:  # a process that only chooses loads no model
    from composelib.model.archive import Archive
    from composelib.model.compose import Compose
    from composelib.model.variant import Variant


class LookasideList(NamedTuple):
    """The chosen packages of a variant that another one builds on."""

    variant: str
    chosen: Path


class Stock(NamedTuple):
    """The files of all archives that packages are chosen from; `foreign` and `debug` by arch."""

    native: tuple[IndexedArchive, ...]
    foreign: tuple[tuple[str, tuple[IndexedArchive, ...]], ...] = ()
    sources: tuple[IndexedArchive, ...] = ()
    debug: tuple[tuple[str, tuple[IndexedArchive, ...]], ...] = ()
    udebs: tuple[IndexedArchive, ...] = ()
    lookasides: tuple[LookasideList, ...] = ()

    @property
    def paths(self) -> Iterator[Path]:
        """All files."""
        by_arch = [archive for _, archives in (*self.foreign, *self.debug) for archive in archives]
        yield from list_paths((*self.native, *by_arch, *self.sources, *self.udebs))
        yield from (lookaside.chosen for lookaside in self.lookasides)


@dataclass(frozen=True)
class GatherJob:
    """The order of a variant for an arch, the stock to choose from, and the files that the choice goes to."""

    order: Order
    stock: Stock
    manifest: Path
    chosen: Path


@dataclass(frozen=True)
class GatherSourcesJob:
    """The lists of a variant's packages, the sources there are, and the files that the choice goes to."""

    variant: str
    origin: str
    """Where the config has the variant, for messages."""
    missing: tuple[str, ...]
    """The sources that the config lets be left out if no archive has them."""
    without: tuple[str, ...]
    """The archives that have no sources of their packages."""
    tolerant: bool
    """Whether a source that Static-Built-Using alone names may be absent."""
    binaries: tuple[Path, ...]
    sources: tuple[IndexedArchive, ...]
    manifest: Path
    chosen: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each variant and arch, and one for the sources of each variant that has them."""
    return (
        *(plan_gather(compose, variant, arch) for variant in compose.variants for arch in variant.arches),
        *(plan_sources(compose, variant) for variant in compose.variants if variant.sources),
    )


def plan_gather(compose: Compose, variant: Variant, arch: str) -> Task:
    """Return the task that chooses a variant's packages for an arch."""
    job = make_job(compose, variant, arch)
    debug = [archive for _, archives in job.stock.debug[:1] for archive in archives]
    return Task(
        name=f"{variant.name}:{arch}",
        doc=f"choose the packages of {variant.name} for {arch}",
        run=partial(gather, job, dependents=list_dependent_jobs(compose, variant, arch)),
        inputs=tuple(job.stock.paths),
        outputs=(job.manifest, job.chosen),
        uses={
            **list_entries(job.order),
            "rules": dump_rules(job.order),
            "archives": [
                [archive.archive, archive.priority, archive.lookaside] for archive in (*job.stock.native, *debug)
            ],
            **({"suites": [archive.suites for archive in job.stock.native]} if variant.pin else {}),
        },
        quick=True,
    )


def make_job(compose: Compose, variant: Variant, arch: str) -> GatherJob:
    """Return the job that chooses a variant's packages for an arch."""
    from composelib.archive.choose.variant_order import make_order

    return GatherJob(
        order=make_order(variant, arch),
        stock=list_stock(compose, variant, arch),
        manifest=compose.paths.manifest(variant.name, arch),
        chosen=compose.paths.gathered_stanzas(variant.name, arch),
    )


def list_dependent_jobs(compose: Compose, variant: Variant, arch: str) -> tuple[GatherJob, ...]:
    """Return the jobs of the variants that build on a variant, directly or not, each after those that it builds on."""
    jobs = [
        (len(lookasides), make_job(compose, dependent, arch))
        for dependent in compose.variants
        if arch in dependent.arches and dependent.lookaside and variant in (lookasides := compose.lookasides(dependent))
    ]
    return tuple(job for _, job in sorted(jobs, key=lambda counted: counted[0]))


def list_stock(compose: Compose, variant: Variant, arch: str) -> Stock:
    """Return the files that a variant's packages for an arch are chosen from."""
    foreign = variant.foreign_arches
    debug = [archive.debug for archive in compose.archives if archive.debug and variant.debug]
    return Stock(
        native=list_indexed(compose, compose.archives, arch, pinned=bool(variant.pin)),
        foreign=tuple(
            (name, list_indexed(compose, compose.archives, name, pinned=bool(variant.pin))) for name in foreign
        ),
        sources=list_sources(compose) if variant.selfhosting else (),
        debug=tuple((name, list_indexed(compose, debug, name)) for name in (arch, *foreign)) if debug else (),
        udebs=list_indexed(compose, list_copied(compose), f"{arch}{UDEB}") if variant.installers(arch) else (),
        lookasides=tuple(
            LookasideList(lookaside.name, compose.paths.gathered_stanzas(lookaside.name, arch))
            for lookaside in compose.lookasides(variant)
            if arch in lookaside.arches
        ),
    )


def list_indexed(
    compose: Compose, archives: Iterable[Archive], arch: str, *, pinned: bool = False
) -> tuple[IndexedArchive, ...]:
    """Return the stanzas and indices of archives that have packages for an arch; with their suites if `pinned`."""
    return tuple(
        IndexedArchive(
            archive.name,
            archive.priority,
            archive.lookaside,
            compose.paths.pkgset(archive, arch),
            compose.paths.pkgset_index(archive, arch),
            archive.suites if pinned else (),
        )
        for archive in archives
        if archive.has_packages_for(arch)
    )


def list_copied(compose: Compose) -> list[Archive]:
    """Return the archives whose packages are copied."""
    return [archive for archive in compose.archives if not archive.lookaside]


def list_sources(compose: Compose) -> tuple[IndexedArchive, ...]:
    """Return the stanzas and indices of the archives' source packages."""
    return list_indexed(compose, list_copied(compose), SOURCE)


def list_paths(archives: Iterable[IndexedArchive]) -> Iterator[Path]:
    """Yield the files of archives."""
    for archive in archives:
        yield archive.stanzas
        yield archive.index


def plan_sources(compose: Compose, variant: Variant) -> Task:
    """Return the task that chooses the sources of all packages of a variant."""
    job = GatherSourcesJob(
        variant=variant.name,
        origin=str(variant.origin),
        missing=variant.missing_sources,
        without=tuple(archive.name for archive in list_copied(compose) if not archive.sources),
        tolerant=variant.strict != "fatal",
        binaries=tuple(compose.paths.gathered_stanzas(variant.name, arch) for arch in variant.arches),
        sources=list_sources(compose),
        manifest=compose.paths.manifest(variant.name, SOURCE),
        chosen=compose.paths.gathered_stanzas(variant.name, SOURCE),
    )
    return Task(
        name=f"{variant.name}:{SOURCE}",
        doc=f"choose the sources of {variant.name}",
        run=partial(gather_sources, job),
        inputs=(*job.binaries, *list_paths(job.sources)),
        outputs=(job.manifest, job.chosen),
        uses={
            "archives": [[archive.archive, archive.priority] for archive in job.sources],
            "arches": list(variant.arches),
            "strict": variant.strict,
            "missing": list(job.missing),
            "without": list(job.without),
        },
        quick=True,
    )


def gather(job: GatherJob, dependents: tuple[GatherJob, ...] = ()) -> None:
    """Write a variant's list for an arch. Raise ComposeError with everything that is not available, TrustError.

    The error also has what is not available to the dependent variants: if this task fails, theirs do not run.
    """
    from composelib.actions import gather as action  # loaded when a task runs

    action.gather(job, dependents)


def gather_sources(job: GatherSourcesJob) -> None:
    """Write the list of a variant's sources. Raise ComposeError with all sources that no archive has."""
    from composelib.actions import gather as action

    action.gather_sources(job)
