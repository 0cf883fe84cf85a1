"""Swap space."""

from __future__ import annotations

from pathlib import Path

from composelib.image.filesystems.volume import Volume
from composelib.image.media.sparse import lay_part
from composelib.tools import mkfs
from composelib.tools.run import run


def write_swap(volume: Volume, raw: Path, folder: Path) -> None:
    """Make swap space in its partition of a disk."""
    image = folder / "partition"
    image.touch(mode=0o600)
    with image.open("wb") as stream:
        stream.truncate(volume.partition.size)
    run(mkfs.swap(image, volume.uuid, volume.label))
    lay_part(image, raw, volume.partition.start)
