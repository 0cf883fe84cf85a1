from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from composelib.image.media.cpio import CpioEntry, CpioError, follow_links, read_cpio, write_cpio


def test_what_is_written_is_read_again_with_the_folders_it_is_in() -> None:
    link = CpioEntry("etc/link", stat.S_IFLNK | 0o777, b"preseed.cfg")
    file = CpioEntry("etc/preseed.cfg", stat.S_IFREG | 0o644, b"d-i\n")
    entries = list(read_cpio(write_cpio([file, link], 1_700_000_000)))
    assert entries == [CpioEntry("etc", stat.S_IFDIR | 0o755), link, file]


def test_bytes_depend_on_no_order() -> None:
    entries = [CpioEntry(name, stat.S_IFREG | 0o644, name.encode()) for name in ("b", "a", "c/d")]
    assert write_cpio(entries, 0) == write_cpio(reversed(entries), 0)


def test_cpio_reads_it(tmp_path: Path) -> None:
    data = write_cpio([CpioEntry("a/b", stat.S_IFREG | 0o755, b"content")], 1_700_000_000)
    subprocess.run(["cpio", "--extract", "--make-directories", "--quiet"], input=data, cwd=tmp_path, check=True)
    assert (tmp_path / "a/b").read_bytes() == b"content"
    assert (tmp_path / "a/b").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("lib/modules/6.1/a.ko", "usr/lib/modules/6.1/a.ko"),
        ("usr/lib64/a", "usr/lib/a"),
        ("a/b/c", "usr/lib/d/c"),
        ("lib", "lib"),
        ("library/a", "library/a"),
    ],
)
def test_a_file_goes_where_links_to_folders_lead(name: str, path: str) -> None:
    links = {"lib": "usr/lib", "usr/lib64": "lib", "a": "/lib", "usr/lib/b": "d"}
    assert follow_links(name, links) == path


def test_what_is_cut_off_is_refused() -> None:
    whole = write_cpio([CpioEntry("a", stat.S_IFREG | 0o644, b"content")], 0)
    with pytest.raises(CpioError, match="byte"):
        list(read_cpio(whole[:200]))
