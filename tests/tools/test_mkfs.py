from __future__ import annotations

import os
import time
from pathlib import Path

from composelib.tools import mkfs
from composelib.tools.run import run


def make_file_system(folder: Path) -> bytes:
    """Make a small tree and an ext4 file system of it, and return its bytes."""
    tree = folder / "tree"
    (tree / "etc").mkdir(parents=True)
    for number in range(30):
        (tree / "etc" / str(number)).write_text("x" * number * 100)
    for path in [*tree.rglob("*"), tree]:
        os.utime(path, (1_700_000_000, 1_700_000_000))
    image, orders = folder / "image", folder / "orders"
    environment = mkfs.fake_time(1_700_000_000)
    name = "6a6e0a52-28e5-5a39-bcb5-7bb4c9a7e6a1"
    run(mkfs.ext4(image, 8 << 20, tree, name, offset=1 << 20), env=environment)
    partition = Path(f"{image}?offset={1 << 20}")
    printed = run(mkfs.header(partition), capture=True).stdout.decode()
    orders.write_text(mkfs.write_time_orders(mkfs.count_inodes(printed), 1_700_000_000))
    run(mkfs.debugfs(partition, orders), env=environment)
    run(["e2fsck", "-f", "-n", partition])
    return image.read_bytes()


def test_an_ext4_file_system_is_the_same_at_another_time_and_place(tmp_path: Path) -> None:
    first = make_file_system(tmp_path / "one")
    time.sleep(1.1)  # ext4 holds times in seconds
    assert make_file_system(tmp_path / "two") == first
