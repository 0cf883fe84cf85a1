"""qemu-system: a machine that boots an image, with its serial line on standard input and output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from composelib.dataclass import dataclass

PROGRAMS = {"amd64": "qemu-system-x86_64", "arm64": "qemu-system-aarch64", "riscv64": "qemu-system-riscv64"}
Firmware = Literal["bios", "uefi", "secure"]
"""What starts a machine: BIOS, UEFI, or UEFI with Secure Boot on, which takes what Microsoft's keys have signed, Debian's shim too."""
UEFI: Mapping[tuple[str, Firmware], tuple[Path, ...]] = {
    ("amd64", "uefi"): (Path("/usr/share/OVMF/OVMF_CODE_4M.fd"), Path("/usr/share/OVMF/OVMF_VARS_4M.fd")),
    ("amd64", "secure"): (Path("/usr/share/OVMF/OVMF_CODE_4M.ms.fd"), Path("/usr/share/OVMF/OVMF_VARS_4M.ms.fd")),
    ("arm64", "uefi"): (Path("/usr/share/AAVMF/AAVMF_CODE.fd"), Path("/usr/share/AAVMF/AAVMF_VARS.fd")),
    ("arm64", "secure"): (Path("/usr/share/AAVMF/AAVMF_CODE.ms.fd"), Path("/usr/share/AAVMF/AAVMF_VARS.ms.fd")),
    ("riscv64", "uefi"): (Path("/usr/lib/u-boot/qemu-riscv64_smode/uboot.elf"),),
}
"""By arch and firmware: its code, and the store of its variables that a new machine gets a copy of; U-Boot has no such store."""
FIRMWARE_PACKAGES = {"amd64": "ovmf", "arm64": "qemu-efi-aarch64", "riscv64": "u-boot-qemu"}
FIRMWARES: Mapping[str, tuple[Firmware, ...]] = {"amd64": ("bios", "uefi"), "arm64": ("uefi",), "riscv64": ("uefi",)}
"""The firmwares that an arch's machines may have."""
LOGIN = "login:"
"""What a system prints on its serial line when a user can log in."""
MACHINES = {"amd64": "q35", "arm64": "virt", "riscv64": "virt"}
PROCESSORS = {"riscv64": "rv64"}
"""By arch: the processor, where it is not the best that QEMU has."""


@dataclass(frozen=True)
class Drive:
    """A disk of the machine, or a medium in its CD drive."""

    path: Path
    cd: bool = False
    format: str = "raw"
    writable: bool = False
    """Whether the guest's writes go to the file; else they are dropped when the machine ends."""
    usb: bool = False
    """Whether it is a USB stick instead of a disk."""


@dataclass(frozen=True)
class Machine:
    """The hardware of a virtual machine, and what it boots."""

    arch: str
    drives: tuple[Drive, ...] = ()
    firmware: Firmware = "bios"
    memory: int = 1536
    """MiB."""
    processors: int = 2
    network: bool = False
    """A network behind the host's (user mode); without it the machine has no network card."""
    screen: bool = False
    """A display adapter, of which a picture can be taken."""
    accelerator: Literal["tcg", "kvm"] = "tcg"
    kernel: Path | None = None
    initrd: Path | None = None
    append: str = ""
    escape_keys: bool = False
    """Whether Ctrl-A on standard input is QEMU's: Ctrl-A X ends it. Else every key goes to the guest."""
    reboots: bool = False
    """Whether the guest can reboot; else a reboot ends QEMU."""


def system(machine: Machine, *, variables: Path | None = None, monitor: int | None = None) -> list[str]:
    """Return the command that starts a machine (qemu-system(1)).

    `variables` is a copy of the UEFI firmware's variable store that the guest may write; `monitor` is the number of
    an open socket on which QMP is spoken.
    """
    command = [PROGRAMS[machine.arch], "-nodefaults", "-machine", MACHINES[machine.arch]]
    command += ["-accel", "kvm"] if machine.accelerator == "kvm" else ["-accel", "tcg,thread=multi"]
    command += ["-cpu", PROCESSORS.get(machine.arch, "max"), "-smp", str(machine.processors), "-m", str(machine.memory)]
    command += [
        "-display",
        "none",
        "-vga",
        "std" if machine.screen else "none",
        "-serial",
        "mon:stdio" if machine.escape_keys else "stdio",
    ]
    command += ["-device", "virtio-rng-pci"]
    command += [] if machine.reboots else ["-no-reboot"]
    if monitor is not None:
        command += ["-chardev", f"socket,id=monitor,fd={monitor}", "-mon", "chardev=monitor,mode=control"]
    if machine.network:
        command += ["-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile="]
    if list_firmware_files(machine) and variables is not None:
        command += make_firmware(machine, variables)
    if machine.kernel is not None:
        command += ["-kernel", str(machine.kernel), "-append", machine.append]
        command += ["-initrd", str(machine.initrd)] if machine.initrd else []
    return command + [word for number, drive in enumerate(machine.drives) for word in make_drive(number, drive)]


def list_firmware_files(machine: Machine) -> tuple[Path, ...]:
    """Return the files of a machine's UEFI firmware, as UEFI has them; none if it has BIOS."""
    return UEFI.get((machine.arch, machine.firmware), ())


def make_firmware(machine: Machine, variables: Path) -> list[str]:
    """Return the options that put UEFI firmware into a machine; with Secure Boot the guest cannot write its variables itself."""
    file, *stores = list_firmware_files(machine)
    code = escape(file)
    if not stores:
        return ["-kernel", str(file)]
    is_guarded = machine.firmware == "secure" and machine.arch == "amd64"
    return [
        *(("-machine", "smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on") if is_guarded else ()),
        *("-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={code}"),
        *("-drive", f"if=pflash,unit=1,format=raw,file={escape(variables)}"),
    ]


def make_drive(number: int, drive: Drive) -> Sequence[str]:
    """Return the options for a drive; the machine boots from the first.

    `cache=unsafe` skips the guest's flushes: a disk need not survive a power cut of the host.
    """
    end = "readonly=on" if drive.cd else f"snapshot={'off' if drive.writable else 'on'}"
    words = f"if=none,id=drive{number},media={'cdrom' if drive.cd else 'disk'},format={drive.format},cache=unsafe,{end}"
    device = [word for pair in list_devices(number, drive) for word in ("-device", pair)]
    return ["-drive", f"{words},file={escape(drive.path)}", *device[:-1], f"{device[-1]},bootindex={number}"]


def list_devices(number: int, drive: Drive) -> list[str]:
    """Return the devices that connect a drive, the drive's own last.

    A CD is on virtio-scsi and a disk on virtio-blk: both are fast, and Debian's cloud kernel has drivers for them.
    """
    if drive.cd:
        return [f"virtio-scsi-pci,id=scsi{number}", f"scsi-cd,drive=drive{number},bus=scsi{number}.0"]
    if drive.usb:
        return [f"qemu-xhci,id=usb{number}", f"usb-storage,drive=drive{number},bus=usb{number}.0"]
    return [f"virtio-blk-pci,drive=drive{number}"]


def escape(path: Path) -> str:
    """Return a path as a value of QEMU's option syntax, where a comma is doubled."""
    return str(path).replace(",", ",,")
