"""Whole systems of other arches, made on this machine by emulation: a disk, a commit, a disk of it, each started to a login."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from composelib.tools.qemu import Drive, Machine
from composelib.tools.serial_console import start_machine
from tests.kit.demo_compose import CHECKOUT
from tests.kit.foreign_arch import BOOT, needs_emulation, needs_machine

CONFIG = """\
release: {{name: Far, short: far, version: "13", codename: trixie}}
arches: [{arch}]
archives:
  debian: {{uri: host, suites: [trixie], signed-by: /usr/share/keyrings/debian-archive-keyring.gpg}}
groups:
  base: [usr-is-merged, systemd-sysv, udev, login, passwd, zstd, linux-image-{kernel}, grub-efi-{arch}-bin]
variants:
  Base:
    packages: [?essential]
    images:
      disk: {{kind: disk, packages: ["@base", initramfs-tools], customize: {{hostname: far}}}}
      edge: {{kind: ostree, packages: ["@base", dracut, ostree, ostree-boot], customize: {{hostname: edge}}}}
      edgedisk: {{kind: disk, from: edge}}
"""
KERNELS = {"arm64": "cloud-arm64", "riscv64": "riscv64"}
STAGES = ("image_build", "ostree_disk", "ostree_refs")
TIME = 4 * 3600


@pytest.mark.longest
@needs_emulation
@pytest.mark.parametrize("arch", [pytest.param(arch, marks=needs_machine(arch)) for arch in KERNELS])
def test_a_disk_and_a_commit_of_another_arch_are_made_here_and_start_to_a_login(arch: str, tmp_path: Path) -> None:
    config = tmp_path / "far.yaml"
    config.write_text(CONFIG.format(arch=arch, kernel=KERNELS[arch]))
    command = [sys.executable, "-m", "doit", f"compose={config}", f"build={tmp_path / 'build'}", "-n2", *STAGES]
    subprocess.run(command, check=True, cwd=CHECKOUT, timeout=TIME)
    tree = tmp_path / "build/far/compose"
    subprocess.run(["ostree", "fsck", f"--repo={tree / 'ostree/repo'}"], check=True)
    for image, name in (("disk", "far"), ("edgedisk", "edge")):
        (disk,) = tree.glob(f"**/*-{image}-{arch}.raw")
        with start_machine(Machine(arch, (Drive(disk),), "uefi"), tmp_path / f"{image}.log") as console:
            console.wait(f"{name} login:", BOOT)
