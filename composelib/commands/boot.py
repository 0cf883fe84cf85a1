"""`doit boot`: starts an image in QEMU, with its console on this terminal."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from composelib.actions.test import KVM
from composelib.commands.shared.command_line import format_call, load_current_compose
from composelib.commands.shared.named_image import find_deliverable
from composelib.commands.shared.question import Question
from composelib.dataclass import dataclass
from composelib.engine.doit_commands import Options
from composelib.errors import ConfigError
from composelib.image.media.boot_drive import choose_drive
from composelib.image.media.image_check import find_arch
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import IsoImage, OstreeImage, OstreeInstallerImage
from composelib.model.image_traits import BootableImage, Image, InstallerImage
from composelib.preflight import silence
from composelib.program import PROGRAM
from composelib.tools import qemu, qemu_img
from composelib.tools.binfmt import read_native_arch
from composelib.tools.run import hand_over, run
from composelib.tools.serial_console import copy_firmware

DISK_SIZE = 16 << 30
"""Bytes of the empty disk that an installer finds."""
STARTABLE = (".iso", ".raw", *(f".{form}" for form in qemu_img.FORMATS))
"""The suffixes of files that can be started without being unpacked."""


@dataclass(frozen=True)
class Subject:
    """What is started."""

    arch: str
    files: tuple[Path, ...]
    installs: bool = False
    """Whether it installs a system, and so needs an empty disk."""


class BootCommand(Question):
    """Starts an image."""

    name = "boot"
    doc_purpose = "start an image in QEMU, with its console on this terminal"
    doc_usage = "[--uefi|--secure-boot] [--kvm] [--memory=MiB] [--disk=FILE] IMAGE|VARIANT:ARCH:IMAGE|FILE"
    doc_description = (
        "The image stays as it is: what the machine writes is dropped when it ends. Ctrl-A X ends the machine, Ctrl-A H "
        "lists what else the keyboard can do. An installer finds an empty disk, and its machine ends when it reboots."
    )
    cmd_options = (
        {
            "name": "uefi",
            "long": "uefi",
            "type": bool,
            "default": False,
            "help": "start by UEFI [default: BIOS on amd64]",
        },
        {
            "name": "secure",
            "long": "secure-boot",
            "type": bool,
            "default": False,
            "help": "start by UEFI with Secure Boot on",
        },
        {"name": "kvm", "long": "kvm", "type": bool, "default": False, "help": f"use KVM, as with {KVM}=1"},
        {"name": "memory", "long": "memory", "type": int, "default": 2048, "help": "its memory, in MiB"},
        {
            "name": "disk",
            "long": "disk",
            "type": str,
            "default": "",
            "help": "a further disk, which keeps what is written to it; made, as qcow2 of 16 GiB, if it is not there",
        },
    )

    def answer(self, options: Options, words: list[str]) -> int:
        """Start the machine and wait for its end; return the exit status."""
        if len(words) != 1:
            raise ConfigError(f"{PROGRAM} boot: it takes one image", f"`{PROGRAM} help boot`")
        subject = find_subject(load_current_compose(), words[0])
        machine = qemu.Machine(
            subject.arch,
            firmware=choose_firmware(subject.arch, options),
            memory=options["memory"],
            network=True,
            accelerator="kvm" if options["kvm"] or os.environ.get(KVM) else "tcg",
            reboots=not subject.installs,
            escape_keys=True,
        )
        with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
            return boot_here(machine, subject, Path(options["disk"]) if options["disk"] else None, Path(folder))


def choose_firmware(arch: str, options: Options) -> qemu.Firmware:
    """Return the firmware that the options ask for, or else an arch's first. Raise ConfigError if its machines have none such."""
    if options["secure"]:
        if (arch, "secure") not in qemu.UEFI:
            raise ConfigError(f"{PROGRAM} boot --secure-boot: there is no Secure Boot on {arch}", "leave it out")
        return "secure"
    return "uefi" if options["uefi"] else qemu.FIRMWARES[arch][0]


def boot_here(machine: qemu.Machine, subject: Subject, disk: Path | None, folder: Path) -> int:
    """Start a machine on this terminal and wait for its end; return QEMU's exit status."""
    with silence():
        drives = [choose_drive(subject.files, folder)]
        if disk or subject.installs:
            drives.append(prepare_disk(disk or folder / "disk.qcow2"))
    variables = folder / "variables"
    copy_firmware(machine, variables)
    command = qemu.system(replace(machine, drives=tuple(drives)), variables=variables)
    print(f"{drives[0].path} starts by {machine.firmware}; Ctrl-A X ends it", flush=True)
    return hand_over(command)


def prepare_disk(path: Path) -> qemu.Drive:
    """Return a disk that keeps what is written to it; make it if it is not there."""
    if not path.exists():
        run(qemu_img.create(path, DISK_SIZE))
    return qemu.Drive(path, format="raw" if path.suffix == ".raw" else "qcow2", writable=True)


def find_subject(compose: Compose, word: str) -> Subject:
    """Return what a word names. Raise ConfigError if it is nothing that can be started, or not made yet."""
    path = Path(word)
    deliverable = find_deliverable(compose, word)
    if deliverable is None and path.is_file() and path.suffix in STARTABLE:
        return Subject(choose_arch(path), (path,))
    if deliverable is None:
        raise ConfigError(
            f"{word}: no image of this name, and no file that can be started",
            f"there are {', '.join(item.name for item in list_bootable(compose)) or 'none that start'}",
        )
    check_bootable(compose, deliverable)
    return Subject(
        deliverable.arch,
        tuple(path for path in list_image_files(compose, deliverable) if path.is_file()),
        isinstance(deliverable.image, (InstallerImage, OstreeInstallerImage)),
    )


def choose_arch(path: Path) -> str:
    """Return the arch of the machine that starts a file: a raw disk says its own; else this machine's, if QEMU has such, or amd64."""
    if path.suffix == ".raw" and (arch := find_arch(path)):
        return arch
    with silence():
        native = read_native_arch()
    return native if native in qemu.PROGRAMS else "amd64"


def check_bootable(compose: Compose, deliverable: Deliverable[Image]) -> None:
    """Raise ConfigError if an image cannot be started, or was not made yet."""
    image = deliverable.image
    if not is_bootable(image):
        cure = "start a disk that is made `from` it" if isinstance(image, OstreeImage) else "it starts no machine"
        raise ConfigError(f"{deliverable.name}: of kind {image.kind}", cure)
    if deliverable.arch not in qemu.PROGRAMS:
        raise ConfigError(
            f"{deliverable.name}: machines of {deliverable.arch} are not known here", "start it elsewhere"
        )
    if not any(path.is_file() for path in list_image_files(compose, deliverable)):
        stages = (getattr(image, "derived_stages", ()) if deliverable.source else ()) or image.stages
        raise ConfigError(
            f"{deliverable.name}: not made yet", f"`{format_call(compose, f'{stages[-1]}:{deliverable.name}')}`"
        )


def is_bootable(image: Image) -> bool:
    """Return whether a machine starts from the files of an image."""
    carries_installer = not isinstance(image, IsoImage) or image.installer
    return isinstance(image, BootableImage) and not isinstance(image, OstreeImage) and carries_installer


def list_bootable(compose: Compose) -> Iterator[Deliverable[Image]]:
    """Yield the images that a machine starts from."""
    return (deliverable for deliverable in compose.deliverables(Image) if is_bootable(deliverable.image))


def list_image_files(compose: Compose, deliverable: Deliverable[Image]) -> tuple[Path, ...]:
    """Return the files that an image is delivered as."""
    return compose.paths.image_files(deliverable.variant.name, deliverable.arch, deliverable.image)
