"""Live media: what is on them, and that they boot.

Also covers: composelib.actions.live_media, composelib.tools.squashfs.
"""

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
from composelib.tools.serial_console import start_machine
from tests.kit.iso_files import extract_iso, list_iso
from tests.kit.root_tars import FILES, NOWHERE, make_compose, make_debian_root, write_epoch, write_tiny_root

LIVE = LiveImage("live", NOWHERE, ("amd64",))


def make_medium(compose: Compose, root: Path | None = None) -> Path:
    """Make the live medium of a compose and return its path."""
    write_epoch(compose)
    tar = compose.paths.rootfs("Server", "amd64", "live")
    if root is None:
        write_tiny_root(tar)
    else:
        tar.parent.mkdir(parents=True, exist_ok=True)
        tar.symlink_to(root)
    (task,) = live_media.tasks(compose)
    task.run()
    return task.outputs[0]


def test_a_task_depends_on_the_root_and_not_on_the_variant(tmp_path: Path) -> None:
    (task,) = live_media.tasks(make_compose(tmp_path, LIVE))
    assert task.name == "Server:amd64:live"
    assert [path.name for path in task.inputs] == ["amd64-live.tar"]
    assert task.outputs[0].name == "tiny-1.10-Server-live-amd64.iso"


def test_images_of_other_kinds_make_no_live_task(tmp_path: Path) -> None:
    assert live_media.tasks(make_compose(tmp_path, IsoImage("dvd", NOWHERE, ("amd64",)))) == ()


def test_a_root_without_live_boot_says_what_to_add(tmp_path: Path) -> None:
    compose = make_compose(tmp_path, LIVE)
    write_epoch(compose)
    files = {name: content for name, content in FILES.items() if "hooks" not in name}
    write_tiny_root(compose.paths.rootfs("Server", "amd64", "live"), files)
    (task,) = live_media.tasks(compose)
    with pytest.raises(ComposeError) as caught:
        task.run()
    assert "live-boot" in caught.value.hint
    assert not list(tmp_path.rglob("*.iso*"))


@pytest.mark.slow
def test_a_medium_has_all_it_starts_from(tmp_path: Path) -> None:
    names = list_iso(make_medium(make_compose(tmp_path, LIVE)))
    for name in ("live/filesystem.squashfs", "live/vmlinuz", "live/initrd.img", "boot/grub/efi.img", ".disk/info"):
        assert f"'/{name}'" in names


@pytest.mark.slow
def test_the_same_medium_comes_out_elsewhere_and_with_another_umask(tmp_path: Path) -> None:
    first = make_medium(make_compose(tmp_path / "one", LIVE))
    mask = os.umask(0o077)
    try:
        second = make_medium(make_compose(tmp_path / "other" / "place", LIVE))
    finally:
        os.umask(mask)
    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (first, second)]
    assert sums[0] == sums[1]


@pytest.mark.slow
def test_the_checksums_on_a_medium_are_right(tmp_path: Path) -> None:
    iso = make_medium(make_compose(tmp_path, LIVE))
    tree = tmp_path / "tree"
    extract_iso(iso, tree)
    subprocess.run(["sha256sum", "--check", "--strict", "sha256sum.txt"], cwd=tree, check=True)


@pytest.mark.slow
def test_a_live_medium_boots_to_a_login(tmp_path: Path) -> None:
    root = make_debian_root(tmp_path / "root.tar", "live-boot")
    iso = make_medium(make_compose(tmp_path, LIVE), root)
    with start_machine(Machine("amd64", (Drive(iso, cd=True),)), tmp_path / "serial.log") as console:
        console.wait("Tiny 1.10 Server", 60)
        console.wait("login:", 400)
        console.log_in("root", "root")
        assert "squashfs" in console.ask("findmnt -n -o OPTIONS /")
