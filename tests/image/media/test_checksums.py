from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from composelib.archive.format.repository import PoolFile
from composelib.image.media.checksums import list_files, make_sum_files, sum_tree


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b", "a/c", "a b"):
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).write_text(name)
    return tmp_path / "tree"


def test_files_come_in_the_order_of_their_paths(tree: Path) -> None:
    assert list(map(str, list_files(tree))) == ["a b", "a/c", "b"]


def test_sha256sum_agrees_with_the_sums_of_a_tree(tree: Path) -> None:
    lines = sum_tree(tree, "sha256", without="b")
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict"], input=lines, cwd=tree, capture_output=True, text=True, check=True
    )
    assert checked.stdout == "./a b: OK\n./a/c: OK\n"


def test_package_files_are_read_only_where_their_index_has_no_md5(tree: Path) -> None:
    index = f"Package: a\nFilename: pool/a.deb\nMD5sum: {'1' * 32}\n\nPackage: b\nFilename: pool/b.deb\n".encode()
    pool = [PoolFile("pool/a.deb", "2" * 64, 1), PoolFile("pool/b.deb", "3" * 64, 1)]
    located = {"pool/a.deb": tree / "does-not-exist", "pool/b.deb": tree / "b"}
    sums = make_sum_files({"README": "text"}, {"x": tree / "b", "boot": tree / "none"}, pool, [index], located, "boot")
    md5 = {name: hashlib.md5(name.encode()).hexdigest() for name in ("b", "text")}  # noqa: S324 - media have MD5 sums
    assert sums["md5sum.txt"] == (
        f"{md5['text']}  ./README\n{'1' * 32}  ./pool/a.deb\n{md5['b']}  ./pool/b.deb\n{md5['b']}  ./x\n"
    )
    assert f"{'2' * 64}  ./pool/a.deb\n{'3' * 64}  ./pool/b.deb\n" in sums["sha256sum.txt"]
