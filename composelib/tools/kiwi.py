"""KIWI NG: its description of a system, and the command that makes a root file system of that (kiwi-ng(1), version 9.24)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from xml.sax.saxutils import quoteattr

PROGRAM = "kiwi-ng"
PACKAGE = "kiwi"
CACHE = Path("/var/cache/kiwi")  # KIWI's own, seen at the same place within the root
PLACE = Path("/mnt")  # where it sees the folder it is given, as it takes no path with a blank
TEMPORARY = Path("/tmp")  # noqa: S108 - it has one of its own; programs within the root have no other
SPACE = "space"  # below that folder: what it sees there,
MADE = "made"  # what it makes
KEY = "key.asc"  # and whose signatures it trusts
PREFERENCES = "apt-get/preferences.d/compose.pref"  # below the cache
KEYS = "gnupg"  # below the cache, as a path to gpg's sockets must be short
DEBOOTSTRAP = Path("/usr/share/debootstrap/scripts")
COMMON = "debian-common"  # of debootstrap's scripts, has what all of Debian's suites share
LEFT = ("./image", "./.kconfig", "./.profile", "./.buildenv", f".{CACHE}")
"""What KIWI leaves in a root for its own later steps."""


@dataclass(frozen=True)
class Repository:
    """A repository on this machine; KIWI lets one install the first packages."""

    place: Path
    suite: str
    components: tuple[str, ...]
    first: bool


def description(repositories: Iterable[Repository], packages: Iterable[str]) -> str:
    """Give a description (config.xml) of a system of these packages; signatures are checked with the key given later."""
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
            *(repository(number, one) for number, one in enumerate(repositories)),
            '<packages type="bootstrap"><package name="apt"/></packages>',
            '<packages type="image">',
            *(f"<package name={quoteattr(name)}/>" for name in packages),
            "</packages>",
            "</image>\n",
        ]
    )


def repository(number: int, one: Repository) -> str:
    """Give a repository's part of a description."""
    keys = {
        "type": "apt-deb",
        "alias": f"compose{number}",
        "distribution": one.suite,
        "components": " ".join(one.components),
        "repository_gpgcheck": "true",
        **({"use_for_bootstrap": "true"} if one.first else {}),
    }
    words = " ".join(f"{name}={quoteattr(value)}" for name, value in keys.items())
    return f"<repository {words}><source path={quoteattr(f'dir://{one.place}')}/></repository>"


def first_packages(packages: Iterable[str]) -> str:
    """Give debootstrap's script of a suite by which nothing but these packages is there to choose from.

    It takes those that are required, apt, and what of the packages these depend on. So every suite has a script.
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
    """Give the command that makes the root MADE below a folder, of the description there; to be run with mounts of its own.

    `bound` are further paths and where KIWI is to see them; it sees the folder at PLACE. The folder has the repositories'
    armored KEY, an empty config.yml, in place of the machine's and the user's configurations of KIWI, and SPACE.
    """
    own = ["--config", f"{PLACE}/config.yml", "--temp-dir", f"{TEMPORARY}", "--logfile", "stdout"]
    asked = ["--description", f"{PLACE}", "--root", f"{PLACE}/{MADE}", "--signing-key", f"{PLACE}/{KEY}"]
    mounts = [
        f"mkdir -p {quote(str(at))}; mount --bind {quote(str(what))} {quote(str(at))}"
        for what, at in (*bound, (folder, PLACE), (PLACE / SPACE, TEMPORARY))
    ]
    script = "\n".join(["hostname localhost", *mounts, "unset TMPDIR", "export HOME=/root", 'exec "$@"'])
    return ["sh", "-euc", script, "sh", PROGRAM, *own, "system", "prepare", *asked]
