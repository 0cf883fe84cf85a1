"""arch-test: whether this machine runs programs of an architecture, itself or through qemu-user."""

from __future__ import annotations

CURE = (
    "apt-get install qemu-user-static binfmt-support; if they are installed, mount binfmt_misc on /proc/sys/fs/binfmt_misc "
    "and run update-binfmts --enable, on the host if this is a container"
)


def print_native_arch() -> list[str]:
    """Return the command that prints this machine's own architecture (dpkg(1))."""
    return ["dpkg", "--print-architecture"]


def test_arch(arch: str) -> list[str]:
    """Return the command that exits with 0 if programs of `arch` run on this machine (arch-test(1))."""
    return ["arch-test", arch]
