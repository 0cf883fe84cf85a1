"""Checks of a disk's partitions: among themselves, and against the other keys of the disk."""

from __future__ import annotations

from collections.abc import Sequence

from composelib.config.keys.settings import Settings
from composelib.config.yaml.problems import Problems
from composelib.image.filesystems.traits import TRAITS
from composelib.image.media.disk_layout import ESP_SIZE, TABLES
from composelib.image.media.mount_points import find_mount
from composelib.model.partition import SWAP

SYSTEM = ("/bin", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/run", "/sbin", "/sys", "/tmp")  # noqa: S108 - a mount point
"""Folders that a system needs before it mounts anything, or that it mounts itself."""
ESP = "/boot/efi"
BOOT = "/boot"


def check_partitions(image: Settings, problems: Problems) -> None:
    """Add a problem for all that is wrong with the partitions of a disk."""
    partitions: Sequence[Settings] = image["partitions"]
    if not partitions:
        return
    if all(partition["mount"] != "/" for partition in partitions) and not any(
        partition.has("mount") and partition["mount"] is None for partition in partitions
    ):
        message = "none of the partitions is mounted at '/'"
        problems.add(image.origin_of("partitions"), image.path_of("partitions"), message, "add {mount: /}")
    mounts = [str(partition["mount"]) for partition in partitions if partition["mount"]]
    for partition in partitions:
        check_mount(partition, problems)
        check_file_system(partition, problems)
        check_subvolumes(partition, mounts, problems)
    note_twins(partitions, "mount", problems)
    note_twins(partitions, "label", problems)
    check_growth(image, partitions, problems)
    check_sum(image, partitions, problems)


def check_mount(partition: Settings, problems: Problems) -> None:
    """Add a problem for a mount point that is missing, is not a partition's, or that swap space has."""
    mount, path = partition["mount"], partition.path_of("mount")
    if partition["fs"] == SWAP:
        if partition.has("mount"):
            problems.add(partition.origin_of("mount"), path, "swap space is mounted nowhere", "remove it")
    elif not partition.has("mount"):
        problems.add(partition.origin, partition.path, "the key 'mount' is missing", "say where it is mounted")
    elif mount == ESP:
        message = f"the ESP, of {ESP_SIZE >> 20} MiB, is there always"
        problems.add(partition.origin_of("mount"), path, message, "leave this partition out")
    elif mount and (mount in SYSTEM or mount.startswith(tuple(f"{folder}/" for folder in SYSTEM))):
        message = (
            f"{str(mount)!r} cannot lie on a partition: the system needs it before it mounts any, or mounts it itself"
        )
        problems.add(partition.origin_of("mount"), path, message, "leave this partition out")


def check_file_system(partition: Settings, problems: Problems) -> None:
    """Add a problem for what a partition's file system cannot do."""
    fs, mount, label = str(partition["fs"]), partition["mount"], partition["label"]
    if fs not in TRAITS:
        return
    traits = TRAITS[fs]

    def note(name: str, message: str, hint: str) -> None:
        problems.add(partition.origin_of(name), partition.path_of(name), message, hint)

    if mount in {"/", BOOT} and not traits.starts:
        note("fs", f"no system starts from {fs}", f"use {' or '.join(name for name in TRAITS if TRAITS[name].starts)}")
    if partition["grow"] and not traits.grows:
        note("grow", f"{fs} cannot grow while it is in use", "use ext4 or btrfs, or let another partition grow")
    if label and len(label) > traits.label_length:
        note("label", f"a label of {fs} has at most {traits.label_length} characters, this one has {len(label)}", "")
    elif label and fs == "vfat" and label != label.upper():
        note("label", "a label of vfat has no small letters", f"write {label.upper()}")
    if fs == SWAP and not partition.has("size"):
        problems.add(partition.origin, partition.path, "swap space needs a 'size'", "add one such as 'size: 1GB'")
    if 0 < (partition["size"] or 0) < traits.minimum:
        minimum = f"{fs} needs {traits.minimum >> 20} MiB"
        note(
            "size", f"{partition['size']} bytes are too small: {minimum}", f"write '{traits.minimum >> 20}MiB' or more"
        )


def check_subvolumes(partition: Settings, mounts: Sequence[str], problems: Problems) -> None:
    """Add a problem for subvolumes of other file systems than btrfs, and for those that lie on another partition."""
    if partition["subvolumes"] and partition["fs"] != "btrfs":
        message = f"{partition['fs']} has no subvolumes"
        problems.add(partition.origin_of("subvolumes"), partition.path_of("subvolumes"), message, "use 'fs: btrfs'")
        return
    for path in partition["subvolumes"]:
        if path in mounts or (partition["mount"] in mounts and find_mount(path, ["/", *mounts]) != partition["mount"]):
            message = f"{str(path)!r} is not below {str(partition['mount'])!r}, on this partition"
            problems.add(
                path.origin, partition.path_of("subvolumes"), message, "move it to the partition that it is on"
            )


def note_twins(partitions: Sequence[Settings], name: str, problems: Problems) -> None:
    """Add a problem for each partition that has the mount point or label of an earlier one."""
    lines: dict[str, int] = {}
    for partition in partitions:
        value, origin = partition[name], partition.origin_of(name)
        if value and value in lines:
            message = f"{str(value)!r} is that of the partition on line {lines[value]}, too"
            problems.add(origin, partition.path_of(name), message, "give each its own")
        lines.setdefault(value, origin.line)


def check_growth(image: Settings, partitions: Sequence[Settings], problems: Problems) -> None:
    """Add a problem for a second partition that grows, and for one on a disk that does not."""
    growing = [partition for partition in partitions if partition["grow"]]
    for partition in growing[1:]:
        message = "another partition grows already: only the last of a disk can"
        problems.add(partition.origin_of("grow"), partition.path_of("grow"), message, "remove it")
    if growing and image.has("grow") and not image["grow"]:
        message = "contradicts 'grow: false' of the disk"
        problems.add(growing[0].origin_of("grow"), growing[0].path_of("grow"), message, "remove one of the two")


def check_sum(image: Settings, partitions: Sequence[Settings], problems: Problems) -> None:
    """Add a problem for partitions that have no room on a disk of the configured size."""
    total = sum(partition["size"] or 0 for partition in partitions) + ESP_SIZE + TABLES
    if image["size"] and total > image["size"]:
        message = f"its partitions have {total} bytes, with the ESP and the tables, and the disk {image['size']}"
        problems.add(
            image.origin_of("size"), image.path_of("size"), message, f"write '{total / 1e9 + 0.05:.1f}GB' or more"
        )
