from __future__ import annotations

from pathlib import Path

from composelib.tools import qemu
from composelib.tools.qemu import Drive, Machine


def test_a_machine_is_of_its_arch() -> None:
    command = qemu.system(Machine("arm64", (Drive(Path("a,b.raw")),), "uefi"), variables=Path("variables"))
    assert command[0] == "qemu-system-aarch64"
    assert any("file=a,,b.raw" in word for word in command)
    assert any("AAVMF_CODE" in word for word in command)


def test_what_the_guest_writes_is_dropped_unless_it_is_to_be_kept() -> None:
    dropped, stored = (qemu.system(Machine("amd64", (Drive(Path("disk"), writable=flag),))) for flag in (False, True))
    assert any("snapshot=on" in word for word in dropped)
    assert any("snapshot=off" in word for word in stored)


def test_drives_are_booted_in_their_order() -> None:
    command = qemu.system(Machine("amd64", (Drive(Path("a"), cd=True), Drive(Path("b"), usb=True), Drive(Path("c")))))
    assert [word for word in command if "bootindex" in word] == [
        "scsi-cd,drive=drive0,bus=scsi0.0,bootindex=0",
        "usb-storage,drive=drive1,bus=usb1.0,bootindex=1",
        "virtio-blk-pci,drive=drive2,bootindex=2",
    ]


def test_a_riscv64_machine_starts_by_u_boot_which_keeps_no_variables() -> None:
    command = qemu.system(Machine("riscv64", (Drive(Path("disk")),), "uefi"), variables=Path("variables"))
    assert command[command.index("-cpu") + 1] == "rv64"
    assert command[command.index("-kernel") + 1].endswith("/uboot.elf")
    assert not any("pflash" in word for word in command)
