"""KIWI NG: its description of a system, and the command that makes a root file system from it (kiwi-ng(1), version 9.24)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from shlex import quote
from xml.sax.saxutils import quoteattr

from composelib.dataclass import dataclass

PROGRAM = "kiwi-ng"
CACHE = Path("/var/cache/kiwi")  # KIWI's own, which the root has at the same path
MOUNT_POINT = Path("/mnt")  # where KIWI sees its folder, as it takes no path with a blank
TEMPORARY = Path("/tmp")  # noqa: S108 - it has one of its own; programs within the root have no other
SPACE = "space"  # below its folder: what it sees as TEMPORARY
ROOT = "made"  # below its folder: the root that it makes
KEY = "key.asc"  # below its folder: the key of the repositories
PREFERENCES = "apt-get/preferences.d/compose.pref"  # below the cache
KEYS = "gnupg"  # below the cache, as a path to gpg's sockets must be short
DEBOOTSTRAP = Path("/usr/share/debootstrap/scripts")
COMMON = "debian-common"  # the script of debootstrap that all suites of Debian share
LEFTOVERS = ("./image", "./.kconfig", "./.profile", "./.buildenv", f".{CACHE}")
"""Files that KIWI leaves in a root for its own later steps."""


@dataclass(frozen=True)
class KiwiRepository:
    """A repository on this machine."""

    path: Path
    suite: str
    components: tuple[str, ...]
    first: bool
    """Whether the first packages are installed from it."""


def render_description(repositories: Iterable[KiwiRepository], packages: Iterable[str]) -> str:
    """Return a description (config.xml) of a system of these packages; signatures are checked with KEY."""
    return "\n".join(
        [
            '<?xml version="1.0" encoding="utf-8"?>',
            '<image schemaversion="7.4" name="root">',
            '<description type="system">',
            "<author>-</author><contact>-</contact><specification>-</specification>",
            "</description>",
            "<preferences>",
            '<type image="tbz"/><version>1.0.0</version><packagemanager>apt</packagemanager>',
            "<rpm-check-signatures>true</rpm-check-signatures>",
            "</preferences>",
            *(render_repository(number, repository) for number, repository in enumerate(repositories)),
            '<packages type="bootstrap"><package name="apt"/></packages>',
            '<packages type="image">',
            *(f"<package name={quoteattr(name)}/>" for name in packages),
            "</packages>",
            "</image>\n",
        ]
    )


def render_repository(number: int, repository: KiwiRepository) -> str:
    """Return the element of a description for a repository."""
    keys = {
        "type": "apt-deb",
        "alias": f"compose{number}",
        "distribution": repository.suite,
        "components": " ".join(repository.components),
        "repository_gpgcheck": "true",
        **({"use_for_bootstrap": "true"} if repository.first else {}),
    }
    words = " ".join(f"{name}={quoteattr(value)}" for name, value in keys.items())
    return f"<repository {words}><source path={quoteattr(f'dir://{repository.path}')}/></repository>"


def render_debootstrap_script(packages: Iterable[str]) -> str:
    """Return debootstrap's script for a suite, by which it chooses from these packages alone.

    It installs those of priority required, apt, and their dependencies among the packages. So every suite has a script.
    """
    return f"""\
mirror_style release
download_style apt
finddebs_style from-indices
variants - minbase
. "$DEBOOTSTRAP_DIR/scripts/{COMMON}"
there=' {" ".join(packages)} '
kept () {{
	for package in $*; do
		case "$there" in *" $package "*) printf '%s ' "$package" ;; esac
	done
}}
work_out_debs () {{
	required=$(kept $(resolve_deps $(kept $(get_debs Priority: required))))
	base=$(without "$(kept $(resolve_deps apt))" "$required")
	RESOLVE_DEPS=false
}}
"""


def prepare(folder: Path, bound: Iterable[tuple[Path, Path]]) -> list[str]:
    """Return the command that makes the root MADE from the description in the same folder; run it through `isolate`.

    KIWI sees the folder at MOUNT_POINT; `bound` are further paths, each with its mount point. The folder has the
    repositories' armored KEY, SPACE, and an empty config.yml, which replaces the machine's and the user's configuration.
    """
    options = ["--config", f"{MOUNT_POINT}/config.yml", "--temp-dir", f"{TEMPORARY}", "--logfile", "stdout"]
    folders = ["--description", f"{MOUNT_POINT}", "--root", f"{MOUNT_POINT}/{ROOT}"]
    key = ["--signing-key", f"{MOUNT_POINT}/{KEY}"]
    mounts = [
        f"mkdir -p {quote(str(point))}; mount --bind {quote(str(path))} {quote(str(point))}"
        for path, point in (*bound, (folder, MOUNT_POINT), (MOUNT_POINT / SPACE, TEMPORARY))
    ]
    script = "\n".join(["hostname localhost", *mounts, "unset TMPDIR", "export HOME=/root", 'exec "$@"'])
    return ["sh", "-euc", script, "sh", PROGRAM, *options, "system", "prepare", *folders, *key]
