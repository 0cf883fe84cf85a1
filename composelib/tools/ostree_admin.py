"""ostree admin: a machine's deployments, made in a folder that becomes its disk (ostree-admin(1)). Each gives a command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from composelib.tools.ostree import ostree

MUTABLE = {"OSTREE_SYSROOT_DEBUG": "mutable-deployments"}
"""Environment in which a deployment's folder is not made immutable, as nothing could remove it then."""


def init(root: Path) -> list[str]:
    """Make a folder the root of a machine's disk."""
    return ["ostree", "admin", "init-fs", "--modern", str(root)]


def os_init(root: Path, name: str) -> list[str]:
    """Make room for an operating system, its deployments and its /var."""
    return ["ostree", "admin", "os-init", f"--sysroot={root}", name]


def settings() -> dict[str, str]:
    """Give what a machine's repository is configured with, by key.

    The boot loader is told of deployments by a syslinux.cfg, which GRUB reads as well, with paths from the root.
    """
    return {"sysroot.bootloader": "syslinux", "sysroot.bootprefix": "true", "sysroot.readonly": "true"}


def configure(root: Path, key: str, value: str) -> list[str]:
    """Set a key of the configuration of a machine's repository."""
    return ostree(repository(root), "config", "set", key, value)


def trust(root: Path, remote: str, key: Path) -> list[str]:
    """Let a key's signatures count for a remote, whose address does not matter."""
    return ostree(repository(root), "remote", "add", f"--gpg-import={key}", remote, "file:///")


def distrust(root: Path, remote: str) -> list[str]:
    """Forget a remote: the deployed system has its own word on it."""
    return ostree(repository(root), "remote", "delete", remote)


def pull(root: Path, source: Path, remote: str, commit: str) -> list[str]:
    """Take a commit out of another repository, its signature checked with the remote's key."""
    return ostree(repository(root), "pull-local", f"--remote={remote}", "--gpg-verify", str(source), commit)


def name(root: Path, refspec: str, commit: str) -> list[str]:
    """Let `REMOTE:REF` stand for a commit."""
    return ostree(repository(root), "refs", "--force", f"--create={refspec}", commit)


def deploy(root: Path, os: str, refspec: str, arguments: Sequence[str]) -> list[str]:
    """Deploy what `REMOTE:REF` stands for, started with these kernel arguments."""
    words = [f"--karg-append={argument}" for argument in arguments]
    return ["ostree", "admin", "deploy", f"--sysroot={root}", f"--os={os}", *words, refspec]


def repository(root: Path) -> Path:
    """Give the repository of a machine."""
    return root / "ostree" / "repo"
