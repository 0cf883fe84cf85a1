"""Check that everything in a variant's repository can be installed from it, and from what it builds on."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.arch import SOURCE
from composelib.model.compose import Compose
from composelib.model.origin import Seed
from composelib.model.variant import Variant
from composelib.task import Task


@dataclass(frozen=True)
class RepoclosureJob:
    """The indices of a variant on an arch that are checked, and the report."""

    strict: str
    arch: str
    foreign: tuple[str, ...]
    checked: tuple[Path, ...]
    background: tuple[Path, ...]
    """Packages files that only satisfy relations."""
    sources: Path | None
    """The Sources file, if the variant is self-hosting: its sources must be buildable from it."""
    together: str
    """What it causes that the seeds cannot be installed together."""
    seeds: tuple[Seed, ...]
    """What the variant asks for by name; none if it does not matter whether that can be installed together."""
    report: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each variant that is checked and each of its arches."""
    return tuple(
        plan_check(compose, variant, arch)
        for variant in compose.variants
        if variant.strict != "off"
        for arch in variant.arches
    )


def plan_check(compose: Compose, variant: Variant, arch: str) -> Task:
    """Return the task that checks one variant on one arch."""
    builds = variant.selfhosting and variant.sources
    job = RepoclosureJob(
        strict=variant.strict,
        arch=arch,
        foreign=variant.foreign_arches,
        checked=compose.package_indices(variant, arch),
        background=compose.background_indices(variant, arch),
        sources=compose.paths.packages_index(variant.name, SOURCE) if builds else None,
        together=variant.together,
        seeds=(*variant.packages, *variant.pinned) if variant.together != "off" else (),
        report=compose.paths.work("repoclosure", variant.name, f"{arch}.json"),
    )
    return Task(
        name=f"{variant.name}:{arch}",
        doc=f"check that {variant.name}'s packages for {arch} can be installed",
        run=partial(check_closure, job),
        inputs=(*job.checked, *job.background, *([job.sources] if job.sources else [])),
        outputs=(job.report,),
        scratch=(job.report.with_suffix(".dose"),),
        uses={
            "strict": job.strict,
            "foreign": list(job.foreign),
            "selfhosting": builds,
            "together": job.together,
            "seeds": [seed.text for seed in job.seeds],
        },
        tools=("dose-debcheck", *(["dose-builddebcheck"] if builds else [])),
    )


def check_closure(job: RepoclosureJob) -> None:
    """Write a report of the broken packages. Raise ComposeError with a line for each if `strict` is fatal."""
    from composelib.actions import repoclosure as actions  # loaded when a task runs

    actions.check_closure(job)
