"""Partitions that cannot be made are refused when the config is read, at their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from composelib.config import load
from composelib.errors import ConfigError

CONFIG = """\
release: {{name: Demo, short: demo, version: "12", codename: bookworm}}
arches: [amd64]
archives: {{debian: {{uri: host, suites: [bookworm], trusted: true}}}}
variants:
  Base:
    packages: [bash, linux-image-amd64]
    images:
      edge: {{kind: ostree}}
      it: {{kind: disk, {keys}}}
"""
ROOT = "{mount: /}"
WRONG = {
    "partitions: [{mount: /srv}]": "9:24: variants.Base.images.it.partitions: none of the partitions is mounted at '/'; add {mount: /}",
    f"partitions: [{ROOT}, {{fs: ext4}}]": "9:49: variants.Base.images.it.partitions[1]: the key 'mount' is missing",
    f"partitions: [{ROOT}, {{fs: swap}}]": "9:49: variants.Base.images.it.partitions[1]: swap space needs a 'size'",
    f"partitions: [{ROOT}, {{fs: swap, size: 1GB, mount: /x}}]": "9:71: variants.Base.images.it.partitions[1].mount: swap space is mounted nowhere",
    f"partitions: [{ROOT}, {{mount: /srv}}, {{mount: /srv}}]": "'/srv' is that of the partition on line 9, too; give each its own",
    f"partitions: [{ROOT}, {ROOT}]": "9:50: variants.Base.images.it.partitions[1].mount: '/' is that of the partition",
    f"partitions: [{ROOT}, {{mount: /etc/x}}]": "'/etc/x' cannot lie on a partition: the system needs it before",
    f"partitions: [{ROOT}, {{mount: /boot/efi, fs: vfat}}]": "the ESP, of 64 MiB, is there always; leave this partition out",
    "partitions: [{mount: /, fs: vfat}]": "9:48: variants.Base.images.it.partitions[0].fs: no system starts from vfat; use ext4 or btrfs",
    f"partitions: [{ROOT}, {{mount: /x, fs: zfs}}]": "9:65: variants.Base.images.it.partitions[1].fs: expected",
    f"partitions: [{ROOT}, {{mount: /x, size: 1MB}}]": "1000000 bytes are too small: ext4 needs 16 MiB; write '16MiB' or more",
    f"partitions: [{ROOT}, {{mount: /x, fs: vfat, label: data}}]": "a label of vfat has no small letters; write DATA",
    f"partitions: [{ROOT}, {{mount: /x, fs: vfat, label: DATADATADATA}}]": "a label of vfat has at most 11 characters, this one has 12",
    f"partitions: [{ROOT}, {{mount: /x, fs: vfat, grow: true}}]": "vfat cannot grow while it is in use; use ext4 or btrfs",
    f"partitions: [{ROOT}, {{mount: /x, grow: true}}, {{mount: /y, grow: true}}]": "another partition grows already",
    f"grow: false, partitions: [{ROOT}, {{mount: /x, grow: true}}]": "contradicts 'grow: false' of the disk",
    f"size: 1GB, partitions: [{ROOT}, {{mount: /x, size: 1GB}}]": "9:24: variants.Base.images.it.size: its partitions have 1070254592 bytes, "
    "with the ESP and the tables, and the disk 1000000000; write '1.1GB' or more",
    f"partitions: [{ROOT}, {{mount: /x, subvolumes: [/x/y]}}]": "ext4 has no subvolumes; use 'fs: btrfs'",
    f"partitions: [{ROOT}, {{mount: /x, fs: btrfs, subvolumes: [/y]}}]": "9:85: variants.Base.images.it.partitions[1].subvolumes: '/y' is not below '/x', on this partition",
    f"from: edge, partitions: [{ROOT}]": "9:36: variants.Base.images.it.partitions: a disk of an OSTree commit has its root alone",
    f"formats: [tar], partitions: [{ROOT}]": "has no effect: none of the formats is a disk",
}


def load_disk(tmp_path: Path, keys: str) -> str:
    """Return the errors of a disk with these keys; empty if there are none."""
    path = tmp_path / "test.yaml"
    path.write_text(CONFIG.format(keys=keys))
    try:
        load(path)
    except ConfigError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("keys", WRONG)
def test_partitions_that_cannot_be_are_told_at_their_place(keys: str, tmp_path: Path) -> None:
    assert WRONG[keys] in load_disk(tmp_path, keys)


def test_partitions_of_all_kinds_go_together(tmp_path: Path) -> None:
    data = "{mount: /srv/data, label: data, size: 1GB, grow: true, options: [noatime, nodev]}"
    rest = "{mount: /boot, size: 500MB}, {mount: /exchange, fs: vfat, label: SHARED}, {fs: swap, size: 1GB}"
    root = "{mount: /, fs: btrfs, subvolumes: [/home, /var/log]}, {mount: /opt, fs: btrfs, subvolumes: [/opt/cache]}"
    assert load_disk(tmp_path, f"size: 8GB, partitions: [{root}, {data}, {rest}, {{fs: swap, size: 1GB}}]") == ""
