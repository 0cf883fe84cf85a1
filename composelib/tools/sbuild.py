"""sbuild: builds a source package in a clean root (sbuild(1))."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from composelib.tools import unshare

REACHED = Path("/run/sbuild")
"""Where sbuild finds, as root, the folder that it works in."""
LEND = f"""set -e
mount -t proc proc /proc
mount -t tmpfs -o mode=755 none /run
mkdir {REACHED}
mount --bind "$1" {REACHED}
echo "root:$2:$3" > /run/users
mount --bind /run/users /etc/subuid
mount --bind /run/users /etc/subgid
shift 3
exec "$@"
"""


def build_source(
    dsc: Path, *, arch: str, chroot: Path, path: str, packages: Path, everything: bool, profiles: Iterable[str]
) -> list[str]:
    """Return the command that builds a source package into the working folder, without asking any archive.

    `chroot` is a tar, `path` the folder in it where the source is unpacked; `packages` has the build dependencies.
    """
    return [
        "sbuild",
        "--chroot-mode=unshare",
        f"--chroot={chroot}",
        f"--arch={arch}",
        "--dist=unstable",
        f"--build-path={path}",
        "--arch-any",
        "--arch-all" if everything else "--no-arch-all",
        "--no-source",
        f"--profiles={','.join(profiles)}",
        f"--extra-package={packages}",
        "--no-apt-update",
        "--no-apt-upgrade",
        "--no-apt-distupgrade",
        "--no-run-lintian",
        "--no-run-piuparts",
        "--no-run-autopkgtest",
        "--no-clean-source",
        "--nolog",
        str(dsc),
    ]


def lend_users(command: Iterable[str], folder: Path, first: int, number: int) -> list[str]:
    """Return the command that runs sbuild as root, who has no subordinate users: it sees a subuid(5) in which root has some.

    These reach `folder`, wherever it is, as REACHED. However it ends, none of its processes and none of its mounts remains.
    """
    return unshare.isolate(["sh", "-c", LEND, "sh", str(folder.absolute()), str(first), str(number), *command])


def format_sbuild_conf(variables: Mapping[str, str], folder: Path) -> str:
    """Return an sbuild.conf(5) with the variables of the build and a folder for its roots, and nothing of the user's."""
    rows = "".join(f"    '{name}' => '{value}',\n" for name, value in variables.items())
    template = f"$unshare_tmpdir_template = '{folder}/root.XXXXXXXXXX';\n"
    return f"$build_environment = {{\n{rows}}};\n$external_commands = {{}};\n{template}1;\n"
