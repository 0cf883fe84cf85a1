"""Test images: that each is whole and of the right make and size, and, if asked for, that it starts in QEMU."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from composelib.errors import ComposeError, MachineError
from composelib.files import scratch, write
from composelib.image.media.check import check_for, need
from composelib.model.compose import Compose
from composelib.model.image import Image
from composelib.model.variant import Variant
from composelib.task import Task
from composelib.tools import compress, qemu, qemu_img
from composelib.tools.run import run
from composelib.tools.serial_console import LOGIN, booted

KINDS = ("iso", "live", "disk", "netboot", "ostree-installer", "root")
PATIENCE = 1200  # seconds that a start by emulation may take
KVM = "COMPOSE_KVM"
"""Set in the environment, lets images start by the processor's own virtualisation: where that is nested, a guest may
hang however well the device is there, so it is not used unasked."""
VERSION = 1


@dataclass(frozen=True)
class Subject:
    """An image to be tested."""

    arch: str
    kind: str
    bootable: bool
    max_size: int
    line: str
    """What it has to print on its serial line when it is started; empty for no start."""
    files: tuple[Path, ...]
    evidence: Path
    """Where the serial line's log and a picture of the screen are kept: a path without its suffix."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each medium or disk and each arch it is made for."""
    return tuple(
        make_task(compose, variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        if image.kind in KINDS
        for arch in image.targets
    )


def make_task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task of one image and arch."""
    name = f"{variant.name}:{arch}:{image.name}"
    line = LOGIN if image.boot == "true" else image.boot
    files = tuple(
        path for path in compose.paths.image_files(variant.name, arch, image) if path.suffix in suffixes(image)
    )
    subject = Subject(
        arch,
        image.kind,
        image.kind in {"live", "netboot", "ostree-installer"} or image.installer,
        image.max_size,
        line,
        files,
        compose.paths.log("test", f"{name}-boot").with_suffix(""),
    )
    report = compose.paths.work("test", variant.name, f"{arch}-{image.name}.json")
    further = compose.paths.further_discs(variant.name, arch, image.name) if image.split else None
    return Task(
        name=name,
        doc=f"test {variant.name}'s image {image.name} for {arch}" + (", starting it" if line else ""),
        run=partial(examine, subject, report, compose.paths.root, further),
        inputs=(*files, *((further,) if further else ())),
        outputs=(report,),
        uses={"kind": image.kind, "boot": line, "max-size": image.max_size, "bootable": subject.bootable},
        tools=(qemu.PROGRAMS[arch],) if line and arch in qemu.PROGRAMS else (),
        failable=image.may_fail(arch),
        pool="qemu" if line else "",
    )


def suffixes(image: Image) -> set[str]:
    """Give the ends of the names of those files of an image that are images themselves."""
    return (
        {".iso"}
        if image.kind not in {"disk", "root"}
        else {f".{form.rpartition('.')[2] or form}" for form in forms(image)}
    )


def forms(image: Image) -> tuple[str, ...]:
    """Give the formats of a disk or root image."""
    return image.formats or ("raw" if image.kind == "disk" else "tar",)


def examine(subject: Subject, report: Path, root: Path, further: Path | None) -> None:
    """Test an image and write what was seen; `further` lists the discs of its set after the first, below `root`.

    Raises BadImageError, BootError, MachineError.
    """
    rows = [inspected(subject, path) for path in subject.files]
    discs = [root / line for line in further.read_text().splitlines()] if further else []
    rows += [inspected(replace(subject, bootable=False), path) for path in discs]
    starts = start(subject, report.with_suffix(".work")) if subject.line else []
    for row in rows:
        print(json.dumps(row, sort_keys=True))
    write(report, json.dumps({"version": VERSION, "files": rows, "starts": starts}, indent=1, sort_keys=True) + "\n")


def inspected(subject: Subject, path: Path) -> dict[str, object]:
    """Test one file of an image, and give its row of the report."""
    size = path.stat().st_size
    need(size, path, "empty")
    need(
        not subject.max_size or size <= subject.max_size,
        path,
        f"{size} bytes, more than its max-size {subject.max_size}",
    )
    seen = check_for(path, bootable=subject.bootable)()
    form = path.suffix.removeprefix(".")
    if form in qemu_img.FORMATS:
        check_format(path, form)
    elif form in compress.COMMANDS:
        run(compress.whole(form, path))
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"name": path.name, "size": size, "sha256": digest, "seen": seen}


def check_format(path: Path, form: str) -> None:
    """Let qemu-img look through an image of one of its formats; it cannot do so for VHD."""
    if form != "vhd":
        run(qemu_img.check(path, form))


def start(subject: Subject, work: Path) -> list[str]:
    """Start an image on each firmware of its arch until it prints its line; gives the firmwares."""
    if subject.arch not in qemu.PROGRAMS:
        raise MachineError(f"images for {subject.arch} cannot be started here", "boot: false")
    firmwares = ("bios", "uefi") if subject.arch == "amd64" else ("uefi",)
    with scratch(work) as folder:
        drive = drive_of(subject, folder)
        for firmware in firmwares:
            machine = qemu.Machine(
                subject.arch,
                (drive,),
                "bios" if firmware == "bios" else "uefi",
                screen=True,
                accelerator="kvm" if os.environ.get(KVM) else "tcg",
            )
            evidence = subject.evidence.with_name(f"{subject.evidence.name}-{firmware}")
            with booted(machine, evidence.with_suffix(".serial")) as console:
                console.wait(subject.line if subject.line != LOGIN else f"{LOGIN} ?$", PATIENCE)
                console.picture(evidence.with_suffix(".png"))
            print(f"started by {firmware}: {evidence.with_suffix('.serial')}", flush=True)
    return list(firmwares)


def drive_of(subject: Subject, folder: Path) -> qemu.Drive:
    """Give an image as a drive; a compressed one is unpacked. Raises ComposeError if none of its formats can start."""
    for path in subject.files:
        form = path.suffix.removeprefix(".")
        if form in {"iso", "raw"}:
            return qemu.Drive(path, cd=form == "iso")
        if form in qemu_img.FORMATS:
            return qemu.Drive(path, format=qemu_img.FORMATS[form][0])
    for path in subject.files:
        form = path.suffix.removeprefix(".")
        if form in compress.COMMANDS and path.name.endswith(f".raw.{form}"):
            raw = folder / "disk.raw"
            with path.open("rb") as source, raw.open("wb") as target:
                run(compress.unpack(form), stdin=source, stdout=target)
            return qemu.Drive(raw)
    raise ComposeError("none of this image's formats can be started", "add raw or qcow2 to its formats, or boot: false")
