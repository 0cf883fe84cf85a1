"""Commits of git repositories."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from composelib.errors import ComposeError
from composelib.fetch.git_commit import find_commit

AUTHOR = {f"GIT_{role}_{name}": "a@example.org" for role in ("AUTHOR", "COMMITTER") for name in ("NAME", "EMAIL")}


def git(folder: Path, *words: str | bytes) -> str:
    done = subprocess.run(["git", *words], cwd=folder, env=os.environ | AUTHOR, capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_a_branch_whose_name_is_not_utf_8_is_in_nobodys_way(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "first")
    git(tmp_path, "update-ref", b"refs/heads/\xff\x85/main", "HEAD")
    url = f"file://{tmp_path}"
    assert find_commit(url, "main") == git(tmp_path, "rev-parse", "main")
    with pytest.raises(ComposeError, match="has no branch or tag other"):
        find_commit(url, "other")
