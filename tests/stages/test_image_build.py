"""Raw disks of root file systems, and that these boot in the formats they are delivered in.

Also covers: composelib.actions.image_build, composelib.image.media.raw_disk.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from composelib.engine.child_process import describe_failure
from composelib.errors import ComposeError, MachineError
from composelib.image.root.tar import CAPABILITY
from composelib.model.compose import Compose
from composelib.model.image import DiskImage, RootImage
from composelib.model.image_traits import ALWAYS, Image
from composelib.model.partition import DiskPartition
from composelib.stages import image_build, image_format
from composelib.task import Task
from composelib.tools.qemu import Drive, Firmware, Machine
from composelib.tools.serial_console import start_machine
from tests.kit.altered_disk import write_altered
from tests.kit.plain_user import has_plain_user, open_plain_user
from tests.kit.root_tars import (
    CAP_NET_RAW,
    NOWHERE,
    make_compose,
    make_debian_root,
    member,
    write_epoch,
    write_tiny_root,
)
from tests.kit.small_disk import leave_free, logging_to, small_disk

CLOUD = DiskImage("cloud", NOWHERE, ("amd64",), formats=("raw", "qcow2", "raw.zst", "tar.xz"))
PARTITIONS = (
    DiskPartition("/"),
    DiskPartition("/home", "btrfs", 128 << 20, options=("nodev",), subvolumes=("/home/ada",)),
    DiskPartition("/var/cache", "xfs"),
    DiskPartition("/srv/exchange", "vfat", 64 << 20),
    DiskPartition("", "swap", 64 << 20),
)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="owners of files need root")


def make_task(compose: Compose, root: Path | None = None) -> Task:
    """Return the one task of a compose, its inputs made."""
    write_epoch(compose)
    (task,) = image_build.tasks(compose)
    (tar,) = task.inputs
    if root is None:
        write_tiny_root(tar)
    else:
        tar.parent.mkdir(parents=True, exist_ok=True)
        tar.symlink_to(root)
    return task


def write_owned_root(path: Path) -> Path:
    """Write the tar of a root that has a file of a user's, one with capabilities, and a device."""
    write_tiny_root(path)
    with tarfile.open(path, "a") as tar:
        owned = member("./etc/owned", tarfile.REGTYPE, 0o640)
        owned.uid, owned.gid = 1000, 33
        capable = member("./etc/capable", tarfile.REGTYPE, 0o755)
        capable.pax_headers = {CAPABILITY: CAP_NET_RAW}
        device = member("./dev/null", tarfile.CHRTYPE, 0o666)
        device.devmajor, device.devminor = 1, 3
        for info in (owned, capable, member("./dev", tarfile.DIRTYPE, 0o755), device):
            tar.addfile(info)
    return path


def test_a_disk_is_made_once_whatever_it_is_delivered_as(tmp_path: Path) -> None:
    (task,) = image_build.tasks(make_compose(tmp_path, CLOUD))
    (other,) = image_build.tasks(make_compose(tmp_path, replace(CLOUD, formats=("ova",))))
    assert repr(task) == repr(other)
    assert "mke2fs" in task.tools


@pytest.mark.parametrize("image", [RootImage("base", NOWHERE, ("amd64",)), replace(CLOUD, formats=("tar.xz", "wsl"))])
def test_no_disk_is_made_for_formats_of_a_root_alone(tmp_path: Path, image: Image) -> None:
    assert image_build.tasks(make_compose(tmp_path, image)) == ()


def test_the_programs_of_each_file_system_are_needed(tmp_path: Path) -> None:
    (task,) = image_build.tasks(make_compose(tmp_path, CLOUD))
    assert "mkswap" not in task.tools
    (task,) = image_build.tasks(make_compose(tmp_path, replace(CLOUD, partitions=PARTITIONS)))
    assert "mkswap" in task.tools


def test_a_partition_that_grows_has_to(tmp_path: Path) -> None:
    partitions = (DiskPartition("/"), DiskPartition("/data", grow=True))
    (task,) = image_build.tasks(make_compose(tmp_path, replace(CLOUD, partitions=partitions)))
    assert f"'{ALWAYS}'" in str(task.uses["options"])


def test_disks_of_commits_are_not_made_here(tmp_path: Path) -> None:
    assert image_build.tasks(make_compose(tmp_path, replace(CLOUD, source_image="commit"))) == ()


@needs_root
def test_a_disk_that_is_too_small_says_what_would_do(tmp_path: Path) -> None:
    task = make_task(make_compose(tmp_path, replace(CLOUD, size=68 << 20)))
    big = {"boot/vmlinuz-1": b"k" * (4 << 20), "boot/initrd.img-1": b"i"}
    write_tiny_root(task.inputs[0], big, {})
    with pytest.raises(ComposeError, match="too small") as caught:
        task.run()
    assert "size: " in caught.value.hint
    assert not any(path.exists() for path in task.outputs)


@needs_root
def test_cloud_init_that_is_asked_for_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ComposeError, match="cloud-init"):
        make_task(make_compose(tmp_path, replace(CLOUD, cloud_init=True))).run()


@pytest.mark.slow
@pytest.mark.skipif(not has_plain_user(), reason="needs root, and the package uidmap")
@pytest.mark.parametrize("fs", ["ext4", "btrfs"])
def test_a_user_makes_the_disk_that_root_makes(tmp_path: Path, fs: str) -> None:
    image = replace(CLOUD, formats=("raw",), partitions=(DiskPartition("/", fs),))
    ours = make_task(make_compose(tmp_path, image), write_owned_root(tmp_path / "root.tar"))
    ours.run()
    with open_plain_user() as user:
        theirs = make_task(make_compose(user.folder / "build", image))
        shutil.copyfile(tmp_path / "root.tar", theirs.inputs[0])
        user.call(theirs.run)
        assert list(theirs.scratch[0].parent.iterdir()) == list(theirs.outputs)
        for path, other in zip(ours.outputs, theirs.outputs, strict=True):
            assert path.read_bytes() == other.read_bytes()


@needs_root
@pytest.mark.slow
@pytest.mark.parametrize("spare", [0, 300_000, 3_000_000])
def test_a_disk_that_fills_up_is_the_machines_fault_and_leaves_nothing(tmp_path: Path, spare: int) -> None:
    compose = make_compose(tmp_path / "build", CLOUD)
    task = make_task(compose)
    with small_disk(compose.build), logging_to(compose.build / "log"):
        leave_free(compose.build, spare)
        with pytest.raises((MachineError, OSError)) as caught:
            task.run()
        failure = describe_failure(caught.value)
        assert (failure.status, "No space left on device" in failure.message) == (3, True)
        assert not any(path.exists() for path in task.outputs)


@needs_root
@pytest.mark.slow
def test_a_disks_file_systems_are_sound(tmp_path: Path) -> None:
    task = make_task(make_compose(tmp_path, CLOUD))
    task.run()
    raw = task.outputs[0]
    assert (
        "No problems found" in subprocess.run(["sgdisk", "-v", raw], capture_output=True, text=True, check=True).stdout
    )
    subprocess.run(["e2fsck", "-f", "-n", f"{raw}?offset={66 << 20}"], check=True)
    listed = subprocess.run(["mdir", "-b", "-i", f"{raw}@@2M", "::/EFI/BOOT"], capture_output=True, check=True).stdout
    assert b"BOOTX64.EFI" in listed


@needs_root
@pytest.mark.slow
def test_a_disk_boots_to_a_login_by_bios_and_with_secure_boot_on(tmp_path: Path) -> None:
    root = make_debian_root(tmp_path / "root.tar", "shim-signed", "grub-efi-amd64-signed")
    cloud = replace(CLOUD, formats=("raw", "qcow2"), secure_boot=ALWAYS, partitions=PARTITIONS)
    compose = make_compose(tmp_path, cloud)
    make_task(compose, root).run()
    for task in image_format.tasks(compose):
        task.run()
    raw, qcow2 = (compose.paths.image("Server", "amd64", "cloud", suffix) for suffix in (".raw", ".qcow2"))
    size = raw.stat().st_size
    subprocess.run(["qemu-img", "resize", "-q", "-f", "qcow2", qcow2, "+1G"], check=True)
    firmwares: tuple[Firmware, ...] = ("bios", "secure")
    for firmware, image, form in zip(firmwares, (raw, qcow2), ("raw", "qcow2"), strict=True):
        with start_machine(Machine("amd64", (Drive(image, format=form),), firmware), tmp_path / firmware) as console:
            console.wait("login:", 300)
            console.log_in("root", "root")
            length = re.search(r"ext4 +(\d+)", console.ask("findmnt -n -b -o FSTYPE,SIZE /"))
            assert length
            assert (int(length[1]) > size) is (form == "qcow2")  # the one on a larger disk has grown
            mounts = dict(
                re.findall(r"(/\S*) +(btrfs|xfs|vfat) ", console.ask("findmnt -n -l -o TARGET,FSTYPE,OPTIONS"))
            )
            mounts.pop("/boot/efi", None)  # it is mounted when it is needed
            assert mounts == {"/home": "btrfs", "/var/cache": "xfs", "/srv/exchange": "vfat"}
            assert re.search(r"partition +64M", console.ask("swapon --show"))
            assert "running" in console.ask("systemctl is-system-running --wait", 120)
            if firmware == "secure":
                assert "secureboot: Secure boot enabled" in console.ask("dmesg | grep -i 'secure boot'")
    refuse_altered(raw, tmp_path)


def refuse_altered(raw: Path, folder: Path) -> None:
    """Change a byte of the signed GRUB on a disk, start it with Secure Boot on, and see that it is refused."""
    command = ["mtype", "-i", f"{raw}@@2M", "::/EFI/BOOT/grubx64.efi"]
    loader = subprocess.run(command, capture_output=True, check=True).stdout
    altered = write_altered(raw, loader, folder / "altered.raw")
    with start_machine(Machine("amd64", (Drive(altered),), "secure"), folder / "altered") as console:
        console.wait("Security Violation|Access Denied|Verification failed", 300)
