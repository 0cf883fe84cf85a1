"""ext4 file systems with the content of a folder."""

from __future__ import annotations

from pathlib import Path

from composelib.image.filesystems.volume import Volume
from composelib.image.media.written_check import check_ext4
from composelib.tools import mkfs
from composelib.tools.run import run


def write_ext4(volume: Volume, tree: Path, raw: Path, folder: Path, epoch: int) -> None:
    """Make a file system of a tree in its partition of a disk; set its files' times of access and change to the epoch."""
    environment = mkfs.fake_time(epoch)
    start, size = volume.partition.start, volume.partition.size
    partition = Path(f"{raw}?offset={start}")
    run(mkfs.ext4(raw, size, tree, volume.uuid, volume.label, offset=start), env=environment)
    printed = run(mkfs.header(partition), env=environment, capture=True).stdout.decode()
    status = tree.stat()
    orders = folder / "orders"
    orders.write_text(
        mkfs.write_time_orders(mkfs.count_inodes(printed), epoch)
        + mkfs.write_top_orders(status.st_mode, status.st_uid, status.st_gid)
    )
    with (folder / "debugfs.log").open("wb") as log:
        run(mkfs.debugfs(partition, orders), env=environment, stdout=log)
    check_ext4(partition, tree, mkfs.count_inodes(printed), environment)
