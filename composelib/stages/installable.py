"""Check that each medium that installs has all that its installer asks for, before anything is fetched for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from composelib.archive.choose import debian_installer
from composelib.archive.format.repository import value
from composelib.errors import ComposeError
from composelib.files import write
from composelib.model.compose import Compose
from composelib.model.image import Image
from composelib.model.variant import INSTALLER, Variant
from composelib.task import Task

HINTS = {
    "udeb": "use a suite whose component main has debian-installer (main/debian-installer), and do not exclude them",
    "package": "use an archive that has them, and do not exclude them",
}


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each medium that installs and each arch it is made for."""
    return tuple(
        check_task(compose, variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        if image.installer
        for arch in image.arches
    )


def check_task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task of one medium: on it are its variant's packages, and those of its extra variants."""
    others = [each.name for each in compose.variants if each.name in image.extra_variants and arch in each.arches]
    chosen = tuple(compose.paths.chosen(name, arch) for name in dict.fromkeys((variant.name, *others)))
    report = compose.paths.installable(variant.name, arch, image.name)
    medium = f"{image.origin}: the medium {image.name} of {variant.name}"
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"check that {variant.name}'s medium {image.name} for {arch} has all it takes to install",
        run=partial(check, medium, arch, chosen, report),
        inputs=chosen,
        outputs=(report,),
        uses={"arch": arch},
        failable=image.may_fail(arch),
        quick=True,
    )


def check(medium: str, arch: str, chosen: tuple[Path, ...], report: Path) -> None:
    """Write that a medium is complete. Raises ComposeError that names all that is lacking."""
    stanzas = [part + b"\n" for path in chosen for part in path.read_bytes().split(b"\n\n")]
    packages, udebs = set[str](), set[str]()
    for stanza in stanzas:
        (udebs if value(stanza, "Compose-Component") == INSTALLER else packages).add(value(stanza, "Package"))
    lacking = debian_installer.lacking(arch, packages, udebs)
    if lacking:
        raise ComposeError(f"{medium} cannot install on {arch}: it lacks {told(lacking)}", hint(lacking))
    write(report, "complete\n")


def told(lacking: Mapping[str, list[str]]) -> str:
    """Give what is lacking in words."""
    return "; ".join(f"{kind} {', '.join(names)}" for kind, names in lacking.items())


def hint(lacking: Mapping[str, list[str]]) -> str:
    """Give what to do about it."""
    kinds = dict.fromkeys("udeb" if kind == "udeb" else "package" for kind in lacking)
    return "; ".join(HINTS[kind] for kind in kinds)
