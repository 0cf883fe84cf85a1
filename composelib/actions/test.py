"""Test images: their bytes, the tables of their formats, and whether they start."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.errors import MachineError
from composelib.files import scratch_folder, sha256_of
from composelib.image.media.boot_drive import choose_drive
from composelib.image.media.image_check import check_image, require
from composelib.text.json_file import write_json
from composelib.tools import compress, qemu, qemu_img
from composelib.tools.qemu import LOGIN
from composelib.tools.run import run
from composelib.tools.serial_console import start_machine
from composelib.verify import oci

if TYPE_CHECKING:
    from composelib.stages.test import ImageTestJob

PATIENCE = 1200  # seconds that a start by emulation may take
KVM = "COMPOSE_KVM"
"""The environment variable by which images are started with KVM. It is not used by default: on a machine that is itself
virtual, a guest may hang although the device exists."""
VERSION = 1


def examine(job: ImageTestJob) -> None:
    """Test an image and write a report. Raise BadImageError, BootError, MachineError."""
    discs = [job.root / line for line in job.further.read_text().splitlines()] if job.further else []
    rows = [
        *(inspect(path, job.max_size, bootable=job.bootable) for path in job.files),
        *(inspect(path, job.max_size, bootable=False) for path in discs),
    ]
    firmwares = start(job) if job.line else []
    for row in rows:
        print(json.dumps(row, sort_keys=True))
    write_json(job.report, {"version": VERSION, "files": rows, "starts": firmwares})


def inspect(path: Path, max_size: int, *, bootable: bool) -> dict[str, object]:
    """Test one file of an image; return its row of the report. Raise BadImageError, ToolError."""
    size = path.stat().st_size
    require(size, path, "empty")
    require(not max_size or size <= max_size, path, f"{size} bytes, more than its max-size {max_size}")
    seen = check_image(path, bootable=bootable)
    if path.name.endswith(oci.SUFFIX):
        _, faults = oci.read_oci_archive(path)
        require(not faults, path, "; ".join(faults))
    check_format(path, path.suffix.removeprefix("."))
    return {"name": path.name, "size": size, "sha256": sha256_of(path), "seen": seen}


def check_format(path: Path, form: str) -> None:
    """Check an image by the program of its format; qemu-img has no check for VHD. Raise ToolError."""
    if form in qemu_img.FORMATS and form != "vhd":
        run(qemu_img.check(path, form))
    elif form in compress.COMMANDS:
        run(compress.check(form, path))


def start(job: ImageTestJob) -> list[str]:
    """Start an image on each firmware until it prints its line; return the firmwares."""
    if job.arch not in qemu.PROGRAMS:
        raise MachineError(
            f"images for {job.arch} cannot be started on this machine", "set `boot: false` for the image"
        )
    pattern = f"{LOGIN} ?$" if job.line == LOGIN else job.line
    machine = qemu.Machine(job.arch, screen=True, accelerator="kvm" if os.environ.get(KVM) else "tcg")
    with scratch_folder(job.work) as folder:
        machine = replace(machine, drives=(choose_drive(job.files, folder),))
        for firmware in job.firmwares:
            evidence = job.evidence.with_name(f"{job.evidence.name}-{firmware}")
            with start_machine(replace(machine, firmware=firmware), evidence.with_suffix(".serial")) as console:
                console.wait(pattern, PATIENCE)
                console.take_screenshot(evidence.with_suffix(".png"))
            print(f"started by {firmware}: {evidence.with_suffix('.serial')}", flush=True)
    return list(job.firmwares)
