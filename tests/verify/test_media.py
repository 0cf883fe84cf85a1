"""Media without packages are checked by their own lists of sums.

Also covers: composelib.verify.medium_reader.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from composelib.actions.netboot import make_iso
from composelib.model.image import LiveImage
from composelib.stages import live_media
from composelib.stages.netboot import NetbootJob
from composelib.verify.inventory import Inventory
from composelib.verify.iso9660 import list_disc_files
from composelib.verify.media import plan_medium
from composelib.verify.medium_reader import read_medium
from composelib.verify.signatures import SignatureChecker
from tests.kit.resealed_tree import flip_bit
from tests.kit.root_tars import NOWHERE, make_compose, write_epoch, write_tiny_root


def read_problems(iso: Path) -> tuple[str, list[str]]:
    inventory = Inventory(iso.parent)
    plan = plan_medium(inventory, SignatureChecker(iso, iso.parent), iso)
    return read_medium(inventory.root, plan, iso)


def test_what_is_on_a_live_medium_has_the_sums_that_it_lists(tmp_path: Path) -> None:
    compose = make_compose(tmp_path / "build", LiveImage("live", NOWHERE, ("amd64",)))
    write_epoch(compose)
    write_tiny_root(compose.paths.rootfs("Server", "amd64", "live"))
    (task,) = live_media.tasks(compose)
    task.run()
    (iso,) = task.outputs
    assert read_problems(iso) == (hashlib.sha256(iso.read_bytes()).hexdigest(), [])
    with iso.open("rb") as disc:
        start = next(file.extents[0][0] for file in list_disc_files(disc.fileno()) if file.path.endswith("squashfs"))
    flip_bit(iso, start + 200)
    assert read_problems(iso)[1] == ["live/filesystem.squashfs: its content does not match its checksum on the medium"]


def test_a_kernel_that_is_not_the_one_that_a_netboot_medium_was_made_with_is_named(tmp_path: Path) -> None:
    for name in ("kernel", "initrd"):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "epoch").write_text("1700000000\n")
    iso = tmp_path / "netboot.iso"
    make_iso(
        NetbootJob(
            arch="amd64", title="Demo", volume="DEMO", kernel=tmp_path / "kernel", initrd=tmp_path / "initrd", listing=tmp_path / "list",
            preseed=None, secure_boot="", epoch=tmp_path / "epoch", work=tmp_path / "work", iso=iso,
        )
    )  # fmt: skip
    assert read_problems(iso)[1] == []
    with iso.open("rb") as disc:
        start = next(file.extents[0][0] for file in list_disc_files(disc.fileno()) if file.path.endswith("vmlinuz"))
    flip_bit(iso, start)
    assert read_problems(iso)[1] == ["install/vmlinuz: its content does not match its checksum on the medium"]
