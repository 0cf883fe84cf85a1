"""Refuse a compose in which a package can no longer be installed that could be in the last published one.

A package that is there and broken counts as worse. So does a package that is gone if an entry of the config still asks
for it; a library that nothing needs any more, or a package that was taken out of the config, does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.latest import read_latest
from composelib.model.compose import Compose
from composelib.model.origin import Seed
from composelib.model.variant import Variant
from composelib.task import Task


@dataclass(frozen=True)
class InstallSources:
    """The Packages files that a machine of an arch installs from, and in `background` those that only satisfy relations."""

    arch: str
    foreign: tuple[str, ...]
    indices: tuple[Path, ...]
    background: tuple[Path, ...]


@dataclass(frozen=True)
class VariantSeeds:
    """The seeds of a variant: its entries, those for foreign arches, those that are pinned, and the exclusions."""

    entries: tuple[Seed, ...]
    foreign: tuple[Seed, ...]
    pinned: tuple[Seed, ...]
    exclude: tuple[Seed, ...]


@dataclass(frozen=True)
class GateJob:
    """A variant on an arch, the published compose that it is compared with, and the report."""

    variant: str
    lookasides: tuple[str, ...]
    """The variants that it builds on, directly or through others."""
    lookaside_pkgsets: tuple[Path, ...]
    """The stanzas of archives that only satisfy relations."""
    sources: InstallSources
    seeds: VariantSeeds
    latest: Path
    """The link to the compose that was published last."""
    report: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each variant and arch, if the config asks for the gate."""
    if compose.gate != "no-worse":
        return ()
    return tuple(plan_gate(compose, variant, arch) for variant in compose.variants for arch in variant.arches)


def plan_gate(compose: Compose, variant: Variant, arch: str) -> Task:
    """Return the task of one variant and arch."""
    job = GateJob(
        variant=variant.name,
        lookasides=tuple(lookaside.name for lookaside in compose.lookasides(variant)),
        lookaside_pkgsets=compose.lookaside_pkgsets(arch),
        sources=InstallSources(
            arch,
            variant.foreign_arches,
            compose.package_indices(variant, arch),
            compose.background_indices(variant, arch),
        ),
        seeds=VariantSeeds(variant.entries(), variant.entries(foreign=True), variant.pinned, variant.exclude),
        latest=compose.paths.latest,
        report=compose.paths.work("gate", variant.name, f"{arch}.json"),
    )
    return Task(
        name=f"{variant.name}:{arch}",
        doc=f"check that what could be installed from {variant.name} on {arch} still can be",
        run=partial(compare_with_latest, job),
        inputs=(*job.sources.indices, *job.sources.background),
        outputs=(job.report,),
        uses={
            "foreign": list(job.sources.foreign),
            "lookasides": list(job.lookasides),
            "seeds": {name: [seed.text for seed in seeds] for name, seeds in vars(job.seeds).items()},
        },
        consulted=tuple(list_former_indices(job)),
        probe=partial(read_latest, job.latest),
        tools=("dose-debcheck",),
    )


def list_former_indices(job: GateJob) -> Iterator[Path]:
    """Yield what is looked at of the compose that was published last: the Packages files of the same machine."""
    yield from (job.latest, job.latest / "archive-key.asc")
    for variant in (job.variant, *job.lookasides):
        dists = job.latest / variant / "repo" / "dists"
        yield from (dists, dists / "*", dists / "*" / "Release", dists / "*" / "Release.gpg")
        yield from (
            dists / "*" / "*" / f"binary-{arch}" / "Packages" for arch in (job.sources.arch, *job.sources.foreign)
        )


def compare_with_latest(job: GateJob) -> None:
    """Write a report of the comparison. Raise ComposeError naming each package that can no longer be installed."""
    from composelib.actions import gate  # loaded when a task runs

    gate.compare_with_published(job, read_latest(job.latest))
