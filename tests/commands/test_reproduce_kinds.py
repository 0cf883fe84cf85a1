"""Every kind of image, of real packages: nothing is made twice, and all is the same elsewhere, to the bit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.tiny_archive import deb

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


LEAKY = """\
#!/bin/sh
mkdir -p /var/lib/leaky
cd /var/lib/leaky
{ printf '\\060\\056\\002\\001\\000\\060\\005\\006\\003\\053\\145\\160\\004\\042\\004\\040'; head -c 32 /dev/urandom; } >key
head -c 32 /dev/urandom >noise
cat /proc/sys/kernel/random/uuid >number
date +%F >day
"""
"""A script that makes a DER key (Ed25519, PKCS 8), random bytes, a UUID and today's date."""
LEAKY_CONFIG = """\
release: {name: Leaky, short: leaky, version: "1", codename: bookworm}
type: test
arches: [amd64]
archives:
  debian:
    uri: host
    suites: [bookworm]
    components: [main]
    signed-by: /usr/share/keyrings/debian-archive-keyring.gpg
  ours: {debs: debs}
variants:
  V:
    packages: [?essential, apt, usr-is-merged, leaky]
    images:
      root: {kind: root, packages: [usr-is-merged, leaky], keep: [/var/lib/leaky/*]}
"""


def doit(folder: Path, *words: str, status: int = 0) -> str:
    """Run doit on the compose; return what it printed."""
    command = [sys.executable, "-m", "doit", *words, f"compose={folder}/all.yaml", f"build={folder}/build"]
    environment = {**os.environ, "TMPDIR": str(folder)}
    ran = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False, env=environment)
    assert ran.returncode == status, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.longest
@pytest.mark.skipif(os.geteuid() != 0, reason="disks and commits need root")
def test_every_kind_of_image_is_made_once_and_is_the_same_elsewhere_to_the_bit(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(CONFIG)
    doit(tmp_path)
    tree = tmp_path / "build/all/compose"
    objects = [path for path in (tree / "ostree/repo").rglob("*") if path.is_file()]
    before = [path.lstat() for path in objects]
    images = [path for folder in ("iso", "images") for path in (tree / "V/amd64" / folder).iterdir()]
    assert {path.stat().st_nlink for path in (*objects, *images)} == {1}
    again = doit(tmp_path)
    assert "fresh in" in again
    assert " done" not in again
    assert [path.lstat() for path in objects] == before
    doit(tmp_path, "reproduce")


@pytest.mark.longest
@pytest.mark.skipif(os.geteuid() != 0, reason="the programs in the root run at a later date only as root")
def test_what_a_packages_script_makes_up_is_named(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(LEAKY_CONFIG)
    (tmp_path / "debs").mkdir()
    control = "Package: leaky\nVersion: 1\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: leaks\n"
    (tmp_path / "debs/leaky_1_all.deb").write_bytes(deb(control, {}, {"postinst": LEAKY.encode()}))
    doit(tmp_path)
    printed = doit(tmp_path, "reproduce", "root", status=1)
    assert "at the present date" not in printed, printed
    for name in ("key", "noise", "number", "day"):
        assert f"  ./var/lib/leaky/{name}: " in printed, printed
    assert len([line for line in printed.splitlines() if line.startswith("  ./")]) == len("kndn")
