"""Disks of other arches than this machine's, and machines of QEMU that start from them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from composelib.image.media import raw_disk
from composelib.image.media.disk_layout import DiskOptions
from composelib.tools.qemu import Drive, Machine
from composelib.tools.serial_console import start_machine
from tests.kit.foreign_arch import BOOT, needs_machine
from tests.kit.foreign_root import LINE, make_foreign_root
from tests.kit.root_tars import EPOCH

SYSTEMS = {
    "arm64": ("bookworm", "linux-image-cloud-arm64", "aarch64", "ttyAMA0"),
    "riscv64": ("trixie", "linux-image-riscv64", "riscv64", "ttyS0"),
}
"""By arch: a suite, the package of its kernel, the arch's name there, its serial line."""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="owners of files need root")


def make_disk(root: Path, arch: str, folder: Path, append: str) -> Path:
    """Make a raw disk of a root in a new folder; return its path."""
    options = DiskOptions(f"tiny-{arch}", arch, "Tiny", 0, append, cloud_init=False, secure_boot="if-signed")
    (folder / "work").mkdir(parents=True)
    raw_disk.make_raw(options, root, folder / "work", folder / "disk.raw", EPOCH)
    return folder / "disk.raw"


@pytest.mark.slow
@pytest.mark.parametrize(
    "arch",
    [
        pytest.param("arm64", marks=needs_machine("arm64")),
        pytest.param("riscv64", marks=[needs_machine("riscv64"), pytest.mark.longest]),
    ],
)
def test_a_disk_is_the_same_twice_and_starts_by_the_grub_of_its_own_root_on_the_console_of_the_config(
    arch: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    suite, kernel, machine, console = SYSTEMS[arch]
    root = make_foreign_root(tmp_path / "root.tar", request.config.cache.mkdir("debs"), arch, suite, kernel)
    disk, again = (make_disk(root, arch, tmp_path / name, f"console={console}") for name in ("first", "second"))
    assert disk.read_bytes() == again.read_bytes()
    with start_machine(Machine(arch, (Drive(disk),), "uefi", memory=1024), tmp_path / "serial.log") as started:
        started.wait(f"{LINE}{machine}", BOOT)
        started.wait_for_end(BOOT)
