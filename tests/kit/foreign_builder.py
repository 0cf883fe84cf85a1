"""A compose of real packages with a solved disk image, for tests of the builders kiwi and mkosi."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from composelib.model.compose import Compose
from composelib.model.customize import Customize, User
from composelib.model.image import DiskImage
from composelib.model.image_traits import Image
from composelib.model.origin import Seed
from composelib.stages import solve
from composelib.tools.qemu import Drive, Machine
from composelib.tools.serial_console import Console, start_machine
from tests.kit.gathered_variant import run_stages
from tests.kit.real_packages import add_real_packages, fill_store
from tests.kit.root_tars import EPOCH, NOWHERE, make_compose
from tests.kit.tiny_archive import Key, TinyArchive, gpg

PACKAGES = (
    *("linux-image-cloud-amd64", "initramfs-tools", "systemd-sysv", "udev", "dbus", "login", "passwd", "kmod"),
    *("apt", "usr-is-merged", "iputils-ping", "libcap2-bin"),
)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="the builder needs root")


def make_disk_image(builder: str, packages: Iterable[str] = PACKAGES, **keys: object) -> DiskImage:
    """Return a disk image for a builder to make."""
    seeds = tuple(Seed(name, NOWHERE) for name in packages)
    settings: dict[str, object] = {"builder": builder, "packages": seeds, "formats": ("raw",), **keys}
    return DiskImage("cloud", NOWHERE, ("amd64",), **settings)  # type: ignore[arg-type]


def make_solved_compose(build: Path, key: Key, cache: Path, *images: Image, suite: str = "bookworm") -> Compose:
    """Return a compose whose repository has real packages and whose images are solved."""
    compose = make_compose(build, *images)
    compose = replace(compose, release=replace(compose.release, codename=suite))
    repository = TinyArchive(compose.paths.repository("Server"), key, suite=suite, end="\n")
    add_real_packages(repository, PACKAGES, cache)
    repository.publish(date=EPOCH)
    fill_store(compose, repository)
    compose.paths.archive_key.write_bytes(gpg(key.home, "--armor", "--export", key.fingerprint))
    compose.paths.epoch.parent.mkdir(parents=True)
    compose.paths.epoch.write_text(f"{EPOCH}\n")
    run_stages(compose, solve)
    return compose


def make_customization() -> Customize:
    """Return the host name and root's password, `root`, that `check_boot` expects."""
    command = ["openssl", "passwd", "-6", "-salt", "it", "root"]
    password = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    return Customize(hostname="foreign", users=(User("root", password),), kernel_append="compose.seen=1")


def check_boot(raw: Path, firmware: Literal["bios", "uefi"], log: Path) -> None:
    """Start a disk, log in and check the system."""
    machine = Machine("amd64", (Drive(raw),), firmware)
    with start_machine(machine, log) as console:
        console.wait("foreign login:", 600)
        console.log_in("root", "root")
        check_system(console)


def check_system(console: Console) -> None:
    """Check that the system behind a console is complete."""
    assert "ext4" in console.ask("findmnt -n -o FSTYPE /")
    assert "running" in console.ask("systemctl is-system-running --wait", 120)
    assert "cap_net_raw=ep" in console.ask("getcap /bin/ping")
    assert "compose.seen=1" in console.ask("cat /proc/cmdline")
