"""Check that each medium that installs has everything its installer needs, before anything is fetched for it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import IsoImage
from composelib.model.image_traits import ALWAYS
from composelib.task import Task


@dataclass(frozen=True)
class InstallableJob:
    """A medium that installs."""

    title: str
    """Its name in errors, with its origin in the config."""
    arch: str
    chosen: tuple[Path, ...]
    """The gathered packages of its variant and of its extra variants."""
    is_secure: bool
    """Whether it must start with Secure Boot on."""
    report: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each medium that installs and each arch it is made for."""
    return tuple(
        plan_check(compose, deliverable)
        for deliverable in compose.deliverables(IsoImage)
        if deliverable.image.installer
    )


def plan_check(compose: Compose, deliverable: Deliverable[IsoImage]) -> Task:
    """Return the task of one medium: on it are its variant's packages, and those of its extra variants."""
    variant, arch, image = deliverable.variant, deliverable.arch, deliverable.image
    extra = [
        candidate.name
        for candidate in compose.variants
        if candidate.name in image.extra_variants and arch in candidate.arches
    ]
    job = InstallableJob(
        title=f"{image.origin}: the medium {image.name} of {variant.name}",
        arch=arch,
        chosen=tuple(compose.paths.gathered_stanzas(name, arch) for name in dict.fromkeys((variant.name, *extra))),
        is_secure=image.secure_boot == ALWAYS,
        report=compose.paths.installable(variant.name, arch, image.name),
    )
    return Task(
        name=deliverable.name,
        doc=f"check that {variant.name}'s medium {image.name} for {arch} has all it takes to install",
        run=partial(check, job),
        inputs=job.chosen,
        outputs=(job.report,),
        uses={"arch": arch, "secure": job.is_secure},
        failable=deliverable.failable,
        quick=True,
    )


def check(job: InstallableJob) -> None:
    """Write the report of a complete medium. Raise ComposeError naming all that is missing from it."""
    from composelib.actions import installable

    installable.check(job)
