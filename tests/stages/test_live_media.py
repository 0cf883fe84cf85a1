from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from composelib.errors import ComposeError
from composelib.model.compose import Compose
from composelib.model.image import IsoImage, LiveImage
from composelib.stages import live_media
from composelib.tools.qemu import Drive, Machine
from composelib.tools.serial_console import booted
from tests.kit.root_tars import FILES, NOWHERE, compose_of, debian_root, epoch_file, tiny_root

LIVE = LiveImage("live", NOWHERE, ("amd64",))


def made(compose: Compose, root: Path | None = None) -> Path:
    """Make the live medium of a compose and give its path."""
    epoch_file(compose)
    tar = compose.paths.rootfs("Server", "amd64", "live")
    if root is None:
        tiny_root(tar)
    else:
        tar.parent.mkdir(parents=True, exist_ok=True)
        tar.symlink_to(root)
    (task,) = live_media.tasks(compose)
    task.run()
    return task.outputs[0]


def listing(iso: Path) -> str:
    """List an ISO's files."""
    return subprocess.run(
        ["xorriso", "-indev", iso, "-find", "/", "-type", "f"], capture_output=True, text=True, check=True
    ).stdout


def test_a_task_depends_on_the_root_and_not_on_the_variant(tmp_path: Path) -> None:
    (task,) = live_media.tasks(compose_of(tmp_path, LIVE))
    assert task.name == "Server:amd64:live"
    assert [path.name for path in task.inputs] == ["amd64-live.tar"]
    assert task.outputs[0].name == "tiny-1.10-Server-live-amd64.iso"


def test_images_of_other_kinds_make_no_live_task(tmp_path: Path) -> None:
    assert live_media.tasks(compose_of(tmp_path, IsoImage("dvd", NOWHERE, ("amd64",)))) == ()


def test_a_root_without_live_boot_says_what_to_add(tmp_path: Path) -> None:
    compose = compose_of(tmp_path, LIVE)
    epoch_file(compose)
    files = {name: content for name, content in FILES.items() if "hooks" not in name}
    tiny_root(compose.paths.rootfs("Server", "amd64", "live"), files)
    (task,) = live_media.tasks(compose)
    with pytest.raises(ComposeError) as caught:
        task.run()
    assert "live-boot" in caught.value.hint
    assert not list(tmp_path.rglob("*.iso*"))


@pytest.mark.slow
def test_a_medium_has_all_it_starts_from(tmp_path: Path) -> None:
    found = listing(made(compose_of(tmp_path, LIVE)))
    for name in ("live/filesystem.squashfs", "live/vmlinuz", "live/initrd.img", "boot/grub/efi.img", ".disk/info"):
        assert f"'/{name}'" in found


@pytest.mark.slow
def test_the_same_medium_comes_out_elsewhere_and_with_another_umask(tmp_path: Path) -> None:
    first = made(compose_of(tmp_path / "one", LIVE))
    before = os.umask(0o077)
    try:
        second = made(compose_of(tmp_path / "other" / "place", LIVE))
    finally:
        os.umask(before)
    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (first, second)]
    assert sums[0] == sums[1]


@pytest.mark.slow
def test_the_checksums_on_a_medium_are_right(tmp_path: Path) -> None:
    iso = made(compose_of(tmp_path, LIVE))
    tree = tmp_path / "tree"
    subprocess.run(["xorriso", "-osirrox", "on", "-indev", iso, "-extract", "/", tree], check=True)
    subprocess.run(["sha256sum", "--check", "--strict", "sha256sum.txt"], cwd=tree, check=True)


@pytest.mark.slow
def test_a_live_medium_boots_to_a_login(tmp_path: Path) -> None:
    root = debian_root(tmp_path / "root.tar", "live-boot")
    iso = made(compose_of(tmp_path, LIVE), root)
    with booted(Machine("amd64", (Drive(iso, cd=True),)), tmp_path / "serial.log") as console:
        console.wait("Tiny 1.10 Server", 60)
        console.wait("login:", 400)
        console.log_in("root", "root")
        assert "squashfs" in console.ask("findmnt -n -o OPTIONS /")
