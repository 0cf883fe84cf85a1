"""What the settings of an image need of its packages: told when these are known, hours before a step in the root fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from composelib.dataclass import dataclass
from composelib.model.customize import Customize
from composelib.model.image_traits import RootedImage

BASE_GROUPS = frozenset(
    (
        *("root", "daemon", "bin", "sys", "adm", "tty", "disk", "lp", "mail", "news"),
        *("uucp", "man", "proxy", "kmem", "dialout", "fax", "voice", "cdrom", "floppy", "tape"),
        *("sudo", "audio", "dip", "www-data", "backup", "operator", "list", "irc", "src", "shadow"),
        *("utmp", "video", "sasl", "plugdev", "staff", "games", "users", "nogroup"),
    )
)
"""The groups of base-passwd, which is in every root."""
UNIT_FOLDERS = ("usr/lib/systemd/system", "lib/systemd/system", "etc/systemd/system")
SUFFIXES = {
    ".service",
    ".socket",
    ".timer",
    ".path",
    ".target",
    ".mount",
    ".automount",
    ".swap",
    ".slice",
    ".scope",
    ".device",
}


@dataclass(frozen=True)
class Needs:
    """The settings of an image that need something of its packages."""

    timezone: str
    locale: str
    keyboard: bool
    sudo: tuple[str, ...]
    """The users who have sudo."""
    groups: tuple[tuple[str, str], ...]
    """The user and the group, of those groups that the packages have to make."""
    units: tuple[tuple[str, str], ...]
    """The key, `enable` or `disable`, and the unit."""
    brought: tuple[str, ...]
    """Names of files that the config puts into the root, among which units may be."""
    boot_loaders: tuple[str, ...]
    """The packages of which it needs one, for a disk that is made of it; none if it needs none."""
    signed_loaders: tuple[str, ...]
    """The packages of which it needs all, for an image that must start with Secure Boot on."""


class Fault(NamedTuple):
    """A setting that the packages of an image do not allow."""

    key: str
    """Below the image's key."""
    message: str
    cure: str


ListFiles = Callable[[str], set[str]]
"""Returns the paths of the files in the packages whose names match a pattern of re."""
MakesGroup = Callable[[str], bool]
"""Returns whether a package may make a group when it is installed."""


def collect_needs(image: RootedImage, boot_loaders: tuple[str, ...], signed_loaders: tuple[str, ...]) -> Needs:
    """Return what an image's settings need; units that files from git or packages may bring are not among it."""
    settings = image.customize
    opaque = any(file.git or file.deb for file in image.files)
    switched = [("enable", unit) for unit in settings.enable] + [("disable", unit) for unit in settings.disable]
    return Needs(
        timezone=settings.timezone,
        locale=settings.generated_locale,
        keyboard=settings.keyboard is not None,
        sudo=tuple(user.name for user in settings.users if user.sudo != "no"),
        groups=tuple(list_foreign_groups(settings)),
        units=() if opaque else tuple(switched),
        brought=tuple(file.file.name if file.file else file.url.rpartition("/")[2] for file in image.files),
        boot_loaders=boot_loaders,
        signed_loaders=signed_loaders,
    )


def list_foreign_groups(settings: Customize) -> Iterator[tuple[str, str]]:
    """Yield users with those of their groups that neither the config nor base-passwd makes."""
    existing = {*BASE_GROUPS, *(group.name for group in settings.groups), *(user.name for user in settings.users)}
    for user in settings.users:
        yield from ((user.name, group) for group in user.groups if group not in existing)


def find_faults(needs: Needs, packages: set[str], find_files: ListFiles, makes_group: MakesGroup) -> Iterator[Fault]:
    """Yield what the packages lack."""
    yield from find_missing_packages(needs, packages)
    for user, group in needs.groups:
        if not makes_group(group):
            yield Fault(
                f"customize.users.{user}.groups",
                f"no package of the image makes the group {group}",
                "correct it, or write it in `groups` of `customize`, too",
            )
    if needs.timezone and "tzdata" in packages and f"usr/share/zoneinfo/{needs.timezone}" not in find_files("tzdata.*"):
        yield Fault(
            "customize.timezone",
            f"tzdata has no time zone {needs.timezone}",
            "correct it; older names are in tzdata-legacy",
        )
    if needs.locale and "locales" in packages and not list_locale_files(needs.locale) <= find_files("locales"):
        yield Fault(
            "customize.locale", f"the package locales has no locale {needs.locale}", "correct it: `de_DE.UTF-8`"
        )
    if needs.units and "systemd" in packages:
        names = {PurePosixPath(path).name for path in find_files(".*") if is_unit(path)} | set(needs.brought)
        for key, unit in needs.units:
            if not names & set(list_unit_names(unit)):
                yield Fault(
                    f"customize.{key}",
                    f"no package of the image has the unit {unit}",
                    "correct it, or add the package that has it",
                )


def list_locale_files(name: str) -> set[str]:
    """Return the files that a locale is generated from: its own, and that of its character set if it names one."""
    charset = name.partition(".")[2].partition("@")[0]
    paths = {f"usr/share/i18n/locales/{re.sub(r'[.][^@]*', '', name)}"}
    return paths | ({f"usr/share/i18n/charmaps/{charset}.gz"} if charset else set())


def find_missing_packages(needs: Needs, packages: set[str]) -> Iterator[Fault]:
    """Yield the settings that need a package which is not there."""
    needed = [
        ("timezone", "tzdata", bool(needs.timezone)),
        ("locale", "locales", bool(needs.locale)),
        ("keyboard", "keyboard-configuration", needs.keyboard),
        ("users", "sudo", bool(needs.sudo)),
        *((key, "systemd", True) for key, _ in needs.units[:1]),
    ]
    for key, package, is_set in needed:
        if is_set and package not in packages:
            yield Fault(f"customize.{key}", f"needs the package {package}", f"add {package} to the image's packages")
    if needs.boot_loaders and packages.isdisjoint(needs.boot_loaders):
        message = f"a disk of it needs {' or '.join(needs.boot_loaders)}"
        yield Fault("packages", message, f"add {needs.boot_loaders[0]}")
    missing = " and ".join(package for package in needs.signed_loaders if package not in packages)
    if missing:
        yield Fault("packages", f"Secure Boot needs {missing}", f"add {missing}, or set `secure-boot: false`")


def is_unit(path: str) -> bool:
    """Return whether a file is a unit of systemd, or a script of init that systemd takes for one."""
    folder, _, _ = path.rpartition("/")
    return folder in UNIT_FOLDERS or folder == "etc/init.d"


def list_unit_names(unit: str) -> Iterator[str]:
    """Yield the names of the files that a unit can come from: its own, its template's, its init script's."""
    name = unit if PurePosixPath(unit).suffix in SUFFIXES else f"{unit}.service"
    yield name
    stem, suffix = name.rpartition(".")[::2]
    if "@" in stem:
        yield f"{stem.partition('@')[0]}@.{suffix}"
    if suffix == "service":
        yield stem
