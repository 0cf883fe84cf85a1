"""git: files of a repository at one commit, without a working tree."""

from __future__ import annotations

import os
from pathlib import Path

from composelib.tools.root_user import find_home

QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oConnectTimeout=30 -oServerAliveInterval=30",
}
"""The environment in which git never prompts, nor ssh on the terminal, and does not read the machine's configuration."""

AGENTS = ("GIT_ASKPASS", "SSH_AUTH_SOCK")
"""Variables of the user's that lead git to a login."""


def find_login() -> dict[str, str]:
    """Return `QUIET` and the environment with which git finds the user's logins: a program, an agent, `~/.netrc`.

    git does not find the last itself, as a task's HOME is not the user's.
    """
    agents = {name: os.environ[name] for name in AGENTS if name in os.environ}
    return {**QUIET, **agents, "HOME": find_home()}


def ls_remote(url: str, ref: str) -> list[str]:
    """Return the command that prints the commits that a ref of a repository stands for, `COMMIT REF` a line."""
    return ["git", "ls-remote", "--quiet", "--", url, ref, f"{ref}^{{}}"]


def init(folder: Path) -> list[str]:
    """Return the command that makes an empty repository."""
    return ["git", "init", "--quiet", "--bare", str(folder)]


def fetch(folder: Path, url: str, commit: str) -> list[str]:
    """Return the command that fetches one commit, without its history."""
    return ["git", f"--git-dir={folder}", "fetch", "--quiet", "--no-tags", "--depth=1", "--", url, commit]


def fetch_all(folder: Path, url: str) -> list[str]:
    """Return the command that fetches all branches and tags: for servers that do not serve single commits."""
    return ["git", f"--git-dir={folder}", "fetch", "--quiet", "--", url, "+refs/*:refs/*"]


def archive(folder: Path, commit: str, path: str, *, form: str = "tar", prefix: str = "") -> list[str]:
    """Return the command that prints a tar of a path, or of all, at a commit."""
    options = [f"--format={form}", *([f"--prefix={prefix}"] if prefix else [])]
    return ["git", f"--git-dir={folder}", "archive", *options, commit, *(["--", path] if path else [])]


def list_names(folder: Path, commit: str) -> list[str]:
    """Return the command that prints the names in the top folder at a commit, one a line."""
    return ["git", f"--git-dir={folder}", "ls-tree", "--name-only", commit]


def checkout_pristine_tar(name: str) -> list[str]:
    """Return the command that makes a tarball which the branch pristine-tar of the repository GIT_DIR describes."""
    return ["pristine-tar", "checkout", name]
