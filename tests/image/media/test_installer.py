from __future__ import annotations

import gzip

import pytest

from composelib.errors import ComposeError
from composelib.image.media import cpio, installer

STATUS = """\
Package: anna
Status: install ok unpacked
Provides: loader

Package: download-installer
Status: install ok unpacked
Installer-Menu-Item: 2300

Package: choose-mirror
Status: install ok unpacked
Installer-Menu-Item: 2300
"""


def index(*packages: tuple[str, str]) -> dict[str, installer.Udeb]:
    """Return udebs with what they depend on."""
    text = "\n".join(f"Package: {name}\nVersion: 1\nDepends: {depends}\n" for name, depends in packages)
    return installer.read_udebs(text.encode())


def test_what_a_medium_needs_is_the_loader_drivers_and_what_these_depend_on() -> None:
    available = index(("load-cdrom", "anna, cdrom-retriever (>= 1)"), ("cdrom-retriever", "cdrom-detect"))
    available |= index(("cdrom-detect", ""), ("cdrom-core-modules-6.1-di", "loader"), ("unneeded", ""))
    added = installer.choose_udebs(available, installer.read_udebs(STATUS.encode()), "6.1")
    assert [udeb.name for udeb in added] == [
        "cdrom-core-modules-6.1-di",
        "cdrom-detect",
        "cdrom-retriever",
        "load-cdrom",
    ]


def test_drivers_of_other_kernels_are_not_taken() -> None:
    available = index(("load-cdrom", ""), ("cdrom-core-modules-6.1-di", ""), ("isofs-modules-6.12-di", ""))
    added = installer.choose_udebs(available, {}, "6.12")
    assert [udeb.name for udeb in added] == ["isofs-modules-6.12-di", "load-cdrom"]


def test_drivers_of_other_kernels_alone_are_refused() -> None:
    available = index(("load-cdrom", ""), ("cdrom-core-modules-6.1.0-9-amd64-di", ""))
    with pytest.raises(ComposeError, match=r"kernel is 6\.12, but the udebs only have drivers for 6\.1\.0-9-amd64"):
        installer.choose_udebs(available, {}, "6.12")


def test_without_the_loader_it_says_what_to_add() -> None:
    with pytest.raises(ComposeError, match="load-cdrom") as caught:
        installer.choose_udebs({}, {}, "6.1")
    assert "main/debian-installer" in caught.value.hint


def test_the_steps_that_ask_the_network_leave_the_menu_and_new_udebs_are_unpacked() -> None:
    text = installer.add_to_status(STATUS, index(("load-cdrom", "anna")).values())
    assert "Installer-Menu-Item" not in text
    assert "Package: load-cdrom\nStatus: install ok unpacked\nVersion: 1\nDepends: anna\n" in text
    assert len(installer.read_udebs(text.encode())) == 4


def test_a_file_is_added_behind_what_is_there() -> None:
    initramfs = gzip.compress(b"initramfs")
    extended = installer.add_files(initramfs, [installer.make_plain_file("preseed.cfg", b"d-i\n")], 0)
    assert extended.startswith(initramfs)
    (entry,) = cpio.read_cpio(gzip.decompress(extended[len(initramfs) :]))
    assert (entry.name, entry.content) == ("preseed.cfg", b"d-i\n")


def test_an_initramfs_without_modules_is_not_the_installers() -> None:
    with pytest.raises(ComposeError, match="no kernel modules"):
        installer.read_kernel_version(["bin/sh"])
