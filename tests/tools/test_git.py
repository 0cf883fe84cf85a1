from __future__ import annotations

import io
import shlex
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from composelib.tools import git
from composelib.tools.run import run


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """Return a repository of one commit with a tag."""
    folder = tmp_path / "origin"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs/a").write_text("a")
    (folder / "b").write_text("b")
    for words in (
        ["init", "--quiet"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "first"],
        ["tag", "v1"],
    ):
        subprocess.run(["git", "-C", folder, *words], check=True)
    return folder


@pytest.mark.parametrize("fetch_all", [False, True])
def test_a_folder_at_a_tag_is_fetched_without_a_working_tree(origin: Path, tmp_path: Path, fetch_all: bool) -> None:
    printed = run(git.ls_remote(f"file://{origin}", "v1"), env=git.QUIET, capture=True).stdout.decode()
    commit, name = printed.split()
    assert name == "refs/tags/v1"
    copy = tmp_path / "copy"
    run(git.init(copy), env=git.QUIET)
    command = git.fetch_all(copy, f"file://{origin}") if fetch_all else git.fetch(copy, f"file://{origin}", commit)
    run(command, env=git.QUIET)
    packed = run(git.archive(copy, commit, "docs"), env=git.QUIET, capture=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        assert [member.name for member in archive if member.isfile()] == ["docs/a"]


@pytest.mark.skipif(not shutil.which("ssh"), reason="ssh is not installed")
def test_ssh_asks_nothing_on_a_terminal(tmp_path: Path) -> None:
    command = [*shlex.split(git.find_login()["GIT_SSH_COMMAND"]), "-F", str(tmp_path / "none"), "-G", "host"]
    (tmp_path / "none").touch()
    assert "batchmode yes" in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
