"""Whether this machine runs programs of another arch, and whole machines."""

from __future__ import annotations

import shutil

import pytest

from composelib.preflight import silence
from composelib.tools import binfmt, qemu
from composelib.tools.qemu import Machine
from composelib.tools.run import run

BOOT = 600  # seconds for a start by emulation on a busy machine
OLD_U_BOOT = b"U-Boot 2023."
"""Debian 12's: Linux 6.12 takes the initramfs that it is given for memory in use."""


def emulates_arm64() -> bool:
    """Return whether programs of arm64 run here in a private binfmt_misc."""
    if not binfmt.find_handler("arm64").is_file():
        return False
    with silence():
        return run(binfmt.emulate("arm64", ["true"]), ok=tuple(range(256))).returncode == 0


needs_emulation = pytest.mark.skipif(
    not emulates_arm64(), reason="needs Linux 6.7 and the package qemu-user-static, to emulate arm64"
)


def needs_machine(arch: str) -> pytest.MarkDecorator:
    """Return the mark of a test that starts a machine of an arch."""
    firmware = qemu.list_firmware_files(Machine(arch, firmware="uefi"))
    lacking = not shutil.which(qemu.PROGRAMS[arch]) or not all(path.is_file() for path in firmware)
    is_old = not lacking and OLD_U_BOOT in firmware[0].read_bytes()
    reason = f"needs {qemu.PROGRAMS[arch]} and {qemu.FIRMWARE_PACKAGES[arch]}, of Debian 13 for riscv64"
    return pytest.mark.skipif(lacking or is_old, reason=reason)
