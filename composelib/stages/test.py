"""Test that images are complete, valid and not too large, and, if configured, that they start in QEMU."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import IsoImage, LiveImage, NetbootImage, OstreeInstallerImage
from composelib.model.image_traits import ALWAYS, BootableImage, Image, SecureImage
from composelib.task import Task
from composelib.tools import qemu
from composelib.tools.qemu import LOGIN, Firmware

BESIDE = (".jigdo", ".template")  # suffixes of files beside an ISO that are not images


@dataclass(frozen=True)
class ImageTestJob:
    """An image to test."""

    arch: str
    bootable: bool
    """Whether an ISO image must have boot loaders."""
    max_size: int
    """Bytes; 0 for no limit."""
    line: str
    """The line that it must print on its serial console when it is started; empty if it is not started."""
    firmwares: tuple[Firmware, ...]
    """What it is started by."""
    files: tuple[Path, ...]
    further: Path | None
    """The list of the discs after the first, if the image is a set."""
    root: Path
    """The folder that the paths in `further` are relative to."""
    evidence: Path
    """The path, without a suffix, of the serial console's log and of the picture of the screen."""
    work: Path
    report: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each image whose kind is tested, and each arch it is made for."""
    return tuple(
        plan_test(compose, deliverable) for deliverable in compose.deliverables(Image) if deliverable.image.is_tested
    )


def plan_test(compose: Compose, deliverable: Deliverable[Image]) -> Task:
    """Return the task of one image and arch."""
    image = deliverable.image
    job = plan_job(compose, deliverable)
    emulated = bool(job.line) and job.arch in qemu.PROGRAMS
    return Task(
        name=deliverable.name,
        doc=f"test {deliverable.variant.name}'s image {image.name} for {job.arch}"
        + (", starting it" if job.line else ""),
        run=partial(examine, job),
        inputs=(*job.files, *((job.further,) if job.further else ())),
        scratch=(job.work,),
        outputs=(job.report,),
        uses={
            "kind": image.kind,
            "boot": job.line,
            "firmwares": list(job.firmwares),
            "max-size": job.max_size,
            "bootable": job.bootable,
        },
        tools=(qemu.PROGRAMS[job.arch],) if emulated else (),
        failable=deliverable.failable,
        pool="qemu" if job.line else "",
    )


def plan_job(compose: Compose, deliverable: Deliverable[Image]) -> ImageTestJob:
    """Return the job that tests one image on one arch."""
    variant, arch, image, paths = deliverable.variant, deliverable.arch, deliverable.image, compose.paths
    boot = image.boot if isinstance(image, BootableImage) else ""
    is_set = isinstance(image, IsoImage) and image.split
    report = paths.work("test", variant.name, f"{arch}-{image.name}.json")
    return ImageTestJob(
        arch=arch,
        bootable=isinstance(image, (LiveImage, NetbootImage, OstreeInstallerImage))
        or (isinstance(image, IsoImage) and image.installer),
        max_size=image.max_size,
        line=LOGIN if boot == "true" else boot,
        firmwares=list_firmwares(arch, image) if boot else (),
        files=tuple(path for path in paths.image_files(variant.name, arch, image) if path.suffix not in BESIDE),
        further=paths.further_discs(variant.name, arch, image.name) if is_set else None,
        root=paths.root,
        evidence=paths.log("test", f"{deliverable.name}-boot").with_suffix(""),
        work=report.with_suffix(".work"),
        report=report,
    )


def list_firmwares(arch: str, image: Image) -> tuple[Firmware, ...]:
    """Return what an image is started by: each firmware of its arch, UEFI with Secure Boot on if the image always has that."""
    is_secure = isinstance(image, SecureImage) and image.secure_boot == ALWAYS
    firmwares = qemu.FIRMWARES.get(arch, ())
    return tuple("secure" if is_secure and firmware == "uefi" else firmware for firmware in firmwares)


def examine(job: ImageTestJob) -> None:
    """Test an image and write a report. Raise BadImageError, BootError, MachineError."""
    from composelib.actions import test

    test.examine(job)
