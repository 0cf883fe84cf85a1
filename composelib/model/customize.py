"""Settings of the system in an image, whichever builder makes it."""

from __future__ import annotations

from composelib.dataclass import dataclass
from composelib.model.keys.common import BELOW
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import Choice, Flag, ListOf, MapOf, Number, RecordOf, Text

USER_NAME = r"[a-z_][a-z0-9_-]{0,31}"
SERVICES = ListOf(Text("a systemd unit", r"[A-Za-z0-9@:_.\\-]{1,255}"), "systemd units")
ID = Number(1, 65533)
WORDS = r"[a-z0-9_,:()+-]{1,64}"
IN_LIBC = ("", "C", "POSIX")
"""Locales that libc has itself, and none."""


@dataclass(frozen=True)
class Group:
    """A group of users of an image."""

    name: str
    gid: int = key("Its ID; the next free one by default.", ID, empty=0)
    system: bool = key("A group of the system's, not of people.", Flag(), default=False)


@dataclass(frozen=True)
class Keyboard:
    """A keyboard's layout (keyboard(5)); the words are those of XKB."""

    layout: str = key("The layout or layouts: `de`, `us,ru`.", Text("a layout such as de", WORDS), required=True)
    model: str = key("The model.", Text("a model such as pc105", WORDS), default="pc105")
    variant: str = key("The layout's variant.", Text("a variant such as nodeadkeys", WORDS))
    options: str = key("Further options.", Text("options such as compose:menu", WORDS))


@dataclass(frozen=True)
class User:
    """A user of an image."""

    name: str
    password: str = key(
        "Hash of the password; none by default, so that no password fits.",
        Text(
            "a crypt(5) hash",
            r"[!*]|\$[A-Za-z0-9]+\$[A-Za-z0-9./$=,-]+",
            "mkpasswd makes one; never the password",
            secret=True,
        ),
    )
    groups: tuple[str, ...] = key("Further groups.", ListOf(Text("a group of users", USER_NAME), "groups of users"))
    ssh_keys: tuple[str, ...] = key(
        "Keys that may log in.", ListOf(Text("a line of authorized_keys", r"\S+ .+"), "ssh keys")
    )
    shell: str = key("The login shell.", Text("an absolute path", r"/\S+"), default="/bin/bash")
    uid: int = key("The user's ID, and that of the group of the same name; the next free one by default.", ID, empty=0)
    system: bool = key(
        "A user of the system's, for a service: without a home unless `home` is given.", Flag(), default=False
    )
    home: str = key("The home; /home/NAME by default.", Text("an absolute path", r"/\S+"))
    sudo: str = key(
        "Whether the user may do everything by sudo, with the own password or without.",
        Choice(("no", "password", "no-password")),
        default="no",
    )


@dataclass(frozen=True)
class Customize:
    """Settings of the system in an image, whichever builder makes it."""

    hostname: str = key("The host name.", Text("a host name", r"[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?"))
    locale: str = key("The locale.", Text("a locale such as C.UTF-8", r"[A-Za-z0-9_.@-]+"))
    timezone: str = key(
        "The time zone.", Text("a time zone such as Europe/Oslo", BELOW + r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")
    )
    users: tuple[User, ...] = key("Users, by their names.", MapOf(RecordOf(User), "user", name=USER_NAME))
    enable: tuple[str, ...] = key("systemd units to enable.", SERVICES)
    disable: tuple[str, ...] = key("systemd units to disable.", SERVICES)
    keyboard: Keyboard | None = key("The keyboard's layout, on the console and in X.", RecordOf(Keyboard))
    groups: tuple[Group, ...] = key("Groups of users, by their names.", MapOf(RecordOf(Group), "group", name=USER_NAME))
    presets: tuple[str, ...] = key(
        "Lines of systemd.preset(5), the first that fits a unit counts; all units are switched by them, before `enable`.",
        ListOf(
            Text("enable or disable, and a pattern", r"(?:enable|disable) [A-Za-z0-9@:_.*?\[\]\\-]{1,255}"), "presets"
        ),
    )
    exclude_paths: tuple[str, ...] = key(
        "Files of packages that are not in it, nor installed with later upgrades: `docs`, `man`, `locales`, patterns of dpkg(1).",
        ListOf(Text("docs, man, locales or an absolute path with * and ?", r"docs|man|locales|/[^\s'\"]+"), "paths"),
    )
    first_boot_wizard: bool = key(
        "systemd-firstboot asks at the first boot for what is not set here: locale, time zone, root's password.",
        Flag(),
        default=False,
    )
    kernel_append: str = key(
        "Further arguments of the kernel, after all others: a `console=` is the system's console.",
        Text("kernel arguments", r"[^\0\n]+"),
    )

    @property
    def generated_locale(self) -> str:
        """The locale if the package locales has to generate it; empty if libc has it."""
        return "" if self.locale.partition(".")[0] in IN_LIBC else self.locale
