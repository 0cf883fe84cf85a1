"""Check that everything in a variant's repository can be installed from it, and from what it builds on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from composelib.errors import ComposeError
from composelib.model.arch import SOURCE
from composelib.model.compose import Compose
from composelib.model.variant import Variant
from composelib.task import Task
from composelib.text.json_file import write_json


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
        report=compose.paths.work("repoclosure", variant.name, f"{arch}.json"),
    )
    return Task(
        name=f"{variant.name}:{arch}",
        doc=f"check that {variant.name}'s packages for {arch} can be installed",
        run=partial(check_closure, job),
        inputs=(*job.checked, *job.background, *([job.sources] if job.sources else [])),
        outputs=(job.report,),
        uses={"strict": job.strict, "foreign": list(job.foreign), "selfhosting": builds},
        tools=("dose-debcheck", *(["dose-builddebcheck"] if builds else [])),
    )


def check_closure(job: RepoclosureJob) -> None:
    """Write a report of the broken packages. Raise ComposeError with a line for each if `strict` is fatal."""
    from composelib.tools import dose  # loaded when a task runs

    total, broken = dose.check(dose.debcheck(job.arch, job.foreign, job.checked, job.background))
    if job.sources:
        packages = (*job.checked, *job.background)
        sources, unbuildable = dose.check(dose.builddebcheck(job.arch, job.foreign, packages, job.sources))
        total, broken = total + sources, broken + unbuildable
    for package in broken:
        print("broken:", package)
    if broken and job.strict == "fatal":
        lines = "".join(f"\n  {package}" for package in broken)
        verb = "installed or built" if job.sources else "installed"
        raise ComposeError(
            f"{len(broken)} of {total} packages cannot be {verb}:{lines}\n",
            "add what is missing, exclude what needs it, or set `strict: lenient` for the variant",
        )
    write_json(job.report, {"version": 1, "checked": total, "broken": [vars(package) for package in broken]})
