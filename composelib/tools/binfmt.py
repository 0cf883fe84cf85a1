"""Running programs of other arches through qemu-user, by a handler in a private binfmt_misc or by the machine's own."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from composelib.errors import MachineError
from composelib.tools import private_binfmt
from composelib.tools.run import run

HANDLERS = Path("/usr/lib/binfmt.d")
"""Where qemu-user's packages have files of binfmt.d(5)."""
EMULATORS = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "armel": "arm",
    "armhf": "arm",
    "i386": "i386",
    "loong64": "loongarch64",
    "mips64el": "mips64el",
    "mipsel": "mipsel",
    "ppc64": "ppc64",
    "ppc64el": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
}
"""QEMU's names of Debian's arches."""
PRIVATE_SINCE = (6, 7)
"""The first version of Linux in which a user namespace may have a binfmt_misc of its own."""
NO_EMULATOR = "apt-get install qemu-user-static"
OLD_KERNEL = (
    "use Linux 6.7 or later; with an older one, `apt-get install qemu-user-static binfmt-support` lets the whole machine "
    "run them, on the host if this is a container"
)
NO_NAMESPACE = (
    "a user other than root needs the package uidmap, and a line in /etc/subuid and in /etc/subgid; in a container, "
    "`apt-get install qemu-user-static binfmt-support` on the host lets it run them, too"
)


def print_native_arch() -> list[str]:
    """Return the command that prints this machine's own architecture (dpkg(1))."""
    return ["dpkg", "--print-architecture"]


def test_arch(arch: str, *options: str) -> list[str]:
    """Return the command that exits with 0 if programs of `arch` run on this machine (arch-test(1))."""
    return ["arch-test", *options, arch]


def emulate(arch: str, command: Sequence[str]) -> list[str]:
    """Return the command that runs another one in which programs of an arch run, too; nothing is registered on the machine."""
    return [sys.executable, "-I", private_binfmt.__file__, str(find_handler(arch)), *command]


def find_handler(arch: str) -> Path:
    """Return the file that describes the handler of an arch's programs."""
    return HANDLERS / f"qemu-{EMULATORS.get(arch, arch)}.conf"


def admit_arch(arch: str, command: Sequence[str]) -> list[str]:
    """Return a command, wrapped if programs of an arch run on this machine only in that way. Raise MachineError if in none."""
    if arch == read_native_arch() or succeeds(test_arch(arch, "-n")):
        return list(command)
    if find_handler(arch).is_file() and succeeds(emulate(arch, test_arch(arch))):
        return emulate(arch, command)
    if succeeds(test_arch(arch)):
        return list(command)
    raise MachineError(f"programs of {arch} do not run on this machine", find_cure(arch))


def read_native_arch() -> str:
    """Return this machine's own architecture."""
    return run(print_native_arch(), capture=True).stdout.decode().strip()


def succeeds(command: Sequence[str]) -> bool:
    """Return whether a command ends with exit status 0."""
    return run(command, capture=True, errors=True, ok=tuple(range(256))).returncode == 0


def find_cure(arch: str) -> str:
    """Return the advice for a machine on which programs of an arch do not run."""
    if not find_handler(arch).is_file():
        return NO_EMULATOR
    major, minor = os.uname().release.split(".")[:2]
    is_old = (int(major), int("".join(filter(str.isdigit, minor)) or 0)) < PRIVATE_SINCE
    return OLD_KERNEL if is_old else NO_NAMESPACE
