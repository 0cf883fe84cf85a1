"""Every kind of image, of real packages: nothing is made twice, and all is the same elsewhere, to the bit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
BOOTABLE = "systemd-sysv, udev, dbus, login, passwd, usr-is-merged, linux-image-cloud-amd64"
CONFIG = f"""\
release: {{name: All Kinds, short: all, version: "1", codename: bookworm}}
type: test
arches: [amd64]
archives:
  debian:
    uri: host
    suites: [bookworm]
    components: [main]
    signed-by: /usr/share/keyrings/debian-archive-keyring.gpg
variants:
  V:
    packages: [?essential, apt, usr-is-merged]
    images:
      packages: {{kind: iso, jigdo: true}}
      live: {{kind: live, packages: [{BOOTABLE}, initramfs-tools, live-boot]}}
      disk: {{kind: disk, packages: [{BOOTABLE}, initramfs-tools], formats: [qcow2, raw.xz, vmdk, vdi, vhd]}}
      root: {{kind: root, packages: [usr-is-merged]}}
      tool: {{kind: container, packages: [busybox, usr-is-merged]}}
      edge: {{kind: ostree, packages: [{BOOTABLE}, kmod, ostree, ostree-boot, dracut, zstd, fdisk, e2fsprogs, iproute2]}}
      edgedisk: {{kind: disk, from: edge, formats: [raw.zst]}}
      edgeoci: {{kind: container, from: edge}}
      edgesetup: {{kind: ostree-installer, from: edge}}
"""


def doit(folder: Path, *words: str) -> str:
    """Run doit on the compose; return what it printed."""
    command = [sys.executable, "-m", "doit", *words, f"compose={folder}/all.yaml", f"build={folder}/build"]
    environment = {**os.environ, "TMPDIR": str(folder)}
    ran = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False, env=environment)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.longest
@pytest.mark.skipif(os.geteuid() != 0, reason="disks and commits need root")
def test_every_kind_of_image_is_made_once_and_is_the_same_elsewhere_to_the_bit(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(CONFIG)
    doit(tmp_path)
    objects = [path for path in (tmp_path / "build/all/compose/ostree/repo").rglob("*") if path.is_file()]
    before = [path.lstat() for path in objects]
    again = doit(tmp_path)
    assert "fresh in" in again
    assert " done" not in again
    assert [path.lstat() for path in objects] == before
    doit(tmp_path, "reproduce")
