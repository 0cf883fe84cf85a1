"""arch-test: whether this machine runs programs of an architecture, itself or through qemu-user."""

from __future__ import annotations

PACKAGE = "arch-test"
CURE = (
    "apt-get install qemu-user-static binfmt-support; if they are there, mount binfmt_misc on /proc/sys/fs/binfmt_misc "
    "and run update-binfmts --enable, on the host if this is a container"
)


def native() -> list[str]:
    """Give the command that prints this machine's own architecture (dpkg(1))."""
    return ["dpkg", "--print-architecture"]


def runs(arch: str) -> list[str]:
    """Give the command that ends with status 0 when programs of `arch` run here (arch-test(1))."""
    return ["arch-test", arch]
