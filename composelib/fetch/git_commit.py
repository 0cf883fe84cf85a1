"""Commits of git repositories: the one that a ref stands for now, fetched without a working tree."""

from __future__ import annotations

import re
from pathlib import Path

from composelib.errors import ComposeError
from composelib.tools import git
from composelib.tools.run import ToolError, run

COMMIT = re.compile(r"[0-9a-f]{40}")


def find_commit(url: str, ref: str) -> str:
    """Return the commit that a ref of a git repository stands for now; a commit's own name stands for itself.

    Raise ComposeError if the repository cannot be reached or has no such ref.
    """
    if COMMIT.fullmatch(ref):
        return ref
    try:
        printed = run(git.ls_remote(url, ref), env=git.find_login(), timeout=120, capture=True)
    except ToolError as error:
        raise ComposeError(f"{url}: git cannot read it", "the log has git's own message") from error
    rows = (line.partition("\t") for line in printed.stdout.decode(errors="surrogateescape").split("\n"))
    by_name = {name: commit for commit, _, name in rows}
    for name in (f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}", f"refs/heads/{ref}", ref, f"{ref}^{{}}"):
        if name in by_name:
            return by_name[name]
    raise ComposeError(f"{url}: has no branch or tag {ref}", "use a branch, a tag, or all 40 digits of a commit")


def fetch_commit(folder: Path, url: str, commit: str) -> None:
    """Fetch a commit, without its history where the server permits, into a new bare repository."""
    run(git.init(folder), env=git.QUIET)
    try:
        run(git.fetch(folder, url, commit), env=git.find_login())
    except ToolError:
        run(git.fetch_all(folder, url), env=git.find_login())
