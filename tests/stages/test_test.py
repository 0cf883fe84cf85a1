"""Images that are damaged, too large or do not start.

Also covers: composelib.actions.test.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from composelib.actions import test as test_action
from composelib.errors import ComposeError
from composelib.image.media.image_check import BadImageError
from composelib.model.compose import Compose
from composelib.model.image import IMAGE_KINDS, DiskImage, LiveImage, OstreeImage
from composelib.model.image_traits import Image
from composelib.stages import image_build, image_format, live_media, test
from composelib.tools.serial_console import BootError
from tests.kit.root_tars import NOWHERE, make_compose, make_debian_root, write_epoch, write_tiny_root

LIVE = LiveImage("live", NOWHERE, ("amd64",))
DISK = DiskImage(
    "cloud",
    NOWHERE,
    ("amd64",),
    formats=("raw", "qcow2", "vmdk", "vdi", "vhd", "raw.zst", "tar.xz", "azure.vhd", "ova", "vhdx", "vagrant.box"),
)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="owners of files need root")


def make_image(build: Path, image: Image, root: Path | None = None) -> Compose:
    """Return a compose whose image exists."""
    compose = make_compose(build, image)
    write_epoch(compose)
    tar = compose.paths.rootfs("Server", "amd64", image.name)
    if root is None:
        write_tiny_root(tar)
    else:
        tar.parent.mkdir(parents=True)
        tar.symlink_to(root)
    for stage in (live_media, image_build, image_format):
        for task in stage.tasks(compose):
            task.run()
    return compose


def run_test(compose: Compose) -> dict[str, list[Any]]:
    """Run the test of a compose's image, and return its report."""
    (task,) = test.tasks(compose)
    task.run()
    report: dict[str, list[Any]] = json.loads(task.outputs[0].read_text())
    return report


def spoil(path: Path, offset: int, content: bytes = b"\xff\xfe\xfd\xfc") -> None:
    """Overwrite a few bytes of a file."""
    with path.open("rb+") as stream:
        stream.seek(offset)
        stream.write(content)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Compose:
    """Return a compose with a live medium, which tests do not change."""
    return make_image(tmp_path_factory.mktemp("live"), LIVE)


def copy(compose: Compose, build: Path) -> Path:
    """Copy the live medium to another compose and return it."""
    target = make_compose(build, LIVE).paths.iso("Server", "amd64", "live")
    target.parent.mkdir(parents=True)
    target.write_bytes(compose.paths.iso("Server", "amd64", "live").read_bytes())
    return target


def test_a_sound_medium_passes_and_is_described(live: Compose) -> None:
    (row,) = run_test(live)["files"]
    assert row["name"] == "tiny-1.10-Server-live-amd64.iso"
    assert {"El Torito for BIOS", "El Torito for UEFI"} <= set(row["seen"])


@pytest.mark.parametrize(
    ("offset", "message"),
    [
        (32769, "no ISO 9660 volume descriptor"),
        (34816 + 7, "no El Torito boot record"),
        (510, "no boot record"),
        (512, "no GPT"),
        (512 + 40, "the GPT's checksum is wrong"),
        (1024 + 4, "the checksum of the GPT's entries is wrong"),
    ],
)
def test_damage_of_a_medium_is_named(live: Compose, tmp_path: Path, offset: int, message: str) -> None:
    spoil(copy(live, tmp_path), offset)
    with pytest.raises(BadImageError, match=message):
        run_test(make_compose(tmp_path, LIVE))


def test_a_medium_that_is_cut_off_is_refused(live: Compose, tmp_path: Path) -> None:
    os.truncate(copy(live, tmp_path), 1_000_000)
    with pytest.raises(BadImageError, match="cut off"):
        run_test(make_compose(tmp_path, LIVE))


def test_an_image_larger_than_its_max_size_is_refused(live: Compose, tmp_path: Path) -> None:
    copy(live, tmp_path)
    with pytest.raises(BadImageError, match="more than its max-size 1000"):
        run_test(make_compose(tmp_path, replace(LIVE, max_size=1000)))


@pytest.mark.parametrize("kind", IMAGE_KINDS)
def test_every_kind_but_commits_is_tested(kind: type[Image], tmp_path: Path) -> None:
    tasks = test.tasks(make_compose(tmp_path, kind("it", NOWHERE, ("amd64",))))
    assert [task.name for task in tasks] == ([] if kind is OstreeImage else ["Server:amd64:it"])


def test_whatever_boots_is_a_task_of_the_emulators_pool(tmp_path: Path) -> None:
    booting, resting = test.tasks(make_compose(tmp_path, replace(LIVE, boot="true"), replace(LIVE, name="other")))
    assert (booting.pool, booting.tools) == ("qemu", ("qemu-system-x86_64",))
    assert (resting.pool, resting.tools) == ("", ())


@needs_root
@pytest.mark.slow
def test_every_format_of_a_disk_is_checked(tmp_path: Path) -> None:
    compose = make_image(tmp_path, DISK)
    rows = run_test(compose)["files"]
    assert [str(row["name"]).partition("amd64")[2] for row in rows] == [f".{form}" for form in DISK.formats]
    assert rows[0]["seen"] == ["GPT with bios, esp, root", "ESP", "ext4 root"]
    spoil(compose.paths.image("Server", "amd64", "cloud", ".raw.zst"), 5000)
    with pytest.raises(ComposeError, match="zstd"):
        run_test(compose)


@needs_root
@pytest.mark.slow
def test_an_image_is_started_and_what_it_printed_is_kept(tmp_path: Path) -> None:
    image = DiskImage("cloud", NOWHERE, ("amd64",), formats=("raw.zst",), boot="true")
    compose = make_image(tmp_path, image, make_debian_root(tmp_path / "root.tar"))
    assert run_test(compose)["starts"] == ["bios", "uefi"]
    for firmware in ("bios", "uefi"):
        evidence = compose.paths.log("test", f"Server:amd64:cloud-boot-{firmware}")
        assert b"login:" in evidence.with_suffix(".serial").read_bytes()
        assert evidence.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


@needs_root
@pytest.mark.slow
def test_an_image_that_does_not_start_is_an_error_that_quotes_what_it_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_action, "PATIENCE", 20)
    with pytest.raises(BootError, match="waiting for"):
        run_test(make_image(tmp_path, replace(DISK, formats=("qcow2",), boot="true")))
