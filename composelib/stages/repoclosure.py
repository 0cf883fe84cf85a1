"""Check that everything in a variant's repository can be installed from it, and from what it builds on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from composelib.errors import ComposeError
from composelib.files import write
from composelib.model.arch import SOURCE
from composelib.model.compose import Compose
from composelib.model.variant import Variant
from composelib.task import Task
from composelib.tools import dose
from composelib.tools.dose import Broken
from composelib.tools.run import run

PACKAGES = {"dose-debcheck": "dose-distcheck", "dose-builddebcheck": "dose-builddebcheck"}
TIMEOUT = 1800  # seconds; a whole suite takes about one minute


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each variant that is checked and each of its arches."""
    return tuple(
        closure_task(compose, variant, arch)
        for variant in compose.variants
        if variant.strict != "off"
        for arch in variant.arches
    )


def closure_task(compose: Compose, variant: Variant, arch: str) -> Task:
    """Give the task that checks one variant on one arch."""
    own = indices(compose, variant, arch)
    background = tuple(looked_aside(compose, variant, arch))
    sources = compose.paths.packages_index(variant.name, SOURCE) if builds(variant) else None
    report = compose.paths.work("repoclosure", variant.name, f"{arch}.json")
    foreign = variant.multiarch.foreign if variant.multiarch else ()
    return Task(
        name=f"{variant.name}:{arch}",
        doc=f"check that {variant.name}'s packages for {arch} can be installed",
        run=partial(check, variant.strict, arch, foreign, own, background, sources, report),
        inputs=(*own, *background, *([sources] if sources else [])),
        outputs=(report,),
        uses={"strict": variant.strict, "foreign": list(foreign), "selfhosting": builds(variant)},
        tools=("dose-debcheck", *(["dose-builddebcheck"] if sources else [])),
    )


def builds(variant: Variant) -> bool:
    """Tell whether the variant promises that its sources can be built from it."""
    return variant.selfhosting and variant.sources


def indices(compose: Compose, variant: Variant, arch: str) -> tuple[Path, ...]:
    """Give the Packages files that a machine of an arch has from a variant."""
    foreign = variant.multiarch.foreign if variant.multiarch else ()
    return tuple(
        compose.paths.packages_index(variant.name, each, component)
        for each in dict.fromkeys((arch, *foreign))
        for component in variant.components(each)
    )


def looked_aside(compose: Compose, variant: Variant, arch: str) -> Iterator[Path]:
    """Give the Packages files that may satisfy dependencies: of variants built on, near and far, and of archives."""
    for other in compose.lookasides(variant):
        if arch in other.arches:
            yield from indices(compose, other, arch)
    for archive in compose.archives:
        if archive.lookaside and archive.has(arch):
            yield compose.paths.pkgset(archive, arch)


def check(
    strict: str,
    arch: str,
    foreign: tuple[str, ...],
    own: tuple[Path, ...],
    background: tuple[Path, ...],
    sources: Path | None,
    report: Path,
) -> None:
    """Write a report of what is broken; raises ComposeError with a line for each, when `strict` is fatal."""
    total, broken = examined(dose.debcheck(arch, foreign, own, background))
    if sources:
        built, unbuildable = examined(dose.builddebcheck(arch, foreign, (*own, *background), sources))
        total, broken = total + built, broken + unbuildable
    for package in broken:
        print("broken:", package)
    if broken and strict == "fatal":
        listed = "".join(f"\n  {package}" for package in broken)
        hint = "add what is missing, exclude what needs it, or let the variant be `strict: lenient`"
        what = "installed or built" if sources else "installed"
        raise ComposeError(f"{len(broken)} of {total} packages cannot be {what}:{listed}\n", hint)
    rows = [vars(package) for package in broken]
    write(report, json.dumps({"version": 1, "checked": total, "broken": rows}, indent=1, sort_keys=True) + "\n")


def examined(argv: list[str]) -> tuple[int, list[Broken]]:
    """Run dose and read its report."""
    return dose.parse(run(argv, timeout=TIMEOUT, capture=True, ok=(0, dose.BROKEN), package=PACKAGES[argv[0]]).stdout)
