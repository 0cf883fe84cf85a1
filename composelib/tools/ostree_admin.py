"""ostree admin: commands on a machine's deployments, in a folder that becomes its disk (ostree-admin(1))."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from composelib.tools.ostree import ostree, set_option

MUTABLE = {"OSTREE_SYSROOT_DEBUG": "mutable-deployments"}
"""Environment in which a deployment's folder is not made immutable, as it could not be removed then."""
SETTINGS = {"sysroot.bootloader": "syslinux", "sysroot.bootprefix": "true", "sysroot.readonly": "true"}
"""The configuration of a machine's repository. ostree lists deployments in a syslinux.cfg, which GRUB reads as well."""


def init(root: Path) -> list[str]:
    """Return the command that makes a folder the root of a machine's disk."""
    return ["ostree", "admin", "init-fs", "--modern", str(root)]


def init_os(root: Path, name: str) -> list[str]:
    """Return the command that makes the folders of an operating system: its deployments and its /var."""
    return ["ostree", "admin", "os-init", f"--sysroot={root}", name]


def configure(root: Path, key: str, value: str) -> list[str]:
    """Return the command that sets a key of the configuration of a machine's repository."""
    return set_option(repository(root), key, value)


def add_remote(root: Path, remote: str, key: Path) -> list[str]:
    """Return the command that adds a remote whose commits a key signs; its address does not matter."""
    return ostree(repository(root), "remote", "add", f"--gpg-import={key}", remote, "file:///")


def delete_remote(root: Path, remote: str) -> list[str]:
    """Return the command that deletes a remote: the deployed system has its own configuration of it."""
    return ostree(repository(root), "remote", "delete", remote)


def pull(root: Path, source: Path, remote: str, commit: str) -> list[str]:
    """Return the command that copies a commit from another repository.

    Its signature is checked with the remote's key, and the checksum of each object.
    """
    words = (f"--remote={remote}", "--gpg-verify", "--untrusted")
    return ostree(repository(root), "pull-local", *words, str(source), commit)


def set_ref(root: Path, refspec: str, commit: str) -> list[str]:
    """Return the command that points `REMOTE:REF` at a commit."""
    return ostree(repository(root), "refs", "--force", f"--create={refspec}", commit)


def spare_machine(deploying: Sequence[str]) -> list[str]:
    """Return a command that deploys, without the right to freeze file systems.

    root's ostree would freeze that of the whole build host for a moment, and fail if that takes half a minute.
    """
    return ["setpriv", "--bounding-set=-sys_admin", *deploying]


def deploy(root: Path, os: str, refspec: str, arguments: Sequence[str]) -> list[str]:
    """Return the command that deploys the commit of `REMOTE:REF`, to be booted with these kernel arguments."""
    words = [f"--karg-append={argument}" for argument in arguments]
    return ["ostree", "admin", "deploy", f"--sysroot={root}", f"--os={os}", *words, refspec]


def repository(root: Path) -> Path:
    """Return the path of a machine's repository."""
    return root / "ostree" / "repo"
