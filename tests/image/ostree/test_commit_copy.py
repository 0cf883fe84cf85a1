from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from composelib.image.ostree.commit_copy import copy_commit
from composelib.tools import ostree
from composelib.tools.run import ToolError
from tests.kit.committed_image import run_ostree

NAMES = ("plain", "with space", "a\nline", "-00644 0 0 1 " + "ab" * 32)


def make_repository(folder: Path) -> tuple[Path, str]:
    """Make a repository; return it and the commit in it, which has files of odd names, a link and detached metadata."""
    tree, repository = folder / "tree", folder / "repo"
    tree.mkdir()
    (tree / "link").symlink_to("plain")
    for name in NAMES:
        (tree / name).write_text(name)
    subprocess.run(ostree.init(repository), check=True)
    words = ("commit", "--orphan", "--subject=x", "--add-detached-metadata-string=a=b", f"--tree=dir={tree}")
    return repository, run_ostree(*words, repository=repository).strip()


def test_a_copy_has_all_of_the_commit_and_the_source_is_untouched(tmp_path: Path) -> None:
    source, commit = make_repository(tmp_path)
    objects = [path for path in (source / "objects").rglob("*") if path.is_file()]
    before = [path.lstat() for path in objects]
    target = tmp_path / "copy" / "repo"
    copy_commit(source, target, commit)
    copied = {path.relative_to(target): path.read_bytes() for path in (target / "objects").rglob("*") if path.is_file()}
    assert copied == {path.relative_to(source): path.read_bytes() for path in objects}
    assert [status[:5] + status[9:] for status in before] == [path.lstat()[:5] + path.lstat()[9:] for path in objects]


def test_a_damaged_object_is_not_copied_onward(tmp_path: Path) -> None:
    source, commit = make_repository(tmp_path)
    victim = next((source / "objects").rglob("*.dirtree"))
    content = bytearray(victim.read_bytes())
    content[-40] ^= 1
    victim.write_bytes(content)
    with pytest.raises((ToolError, FileNotFoundError)):
        copy_commit(source, tmp_path / "copy", commit)
