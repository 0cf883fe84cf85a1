"""Settings of the system in an image, whichever builder makes it."""

from __future__ import annotations

from dataclasses import dataclass

from composelib.model.keys.common import BELOW
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import ListOf, MapOf, RecordOf, Text

USER_NAME = r"[a-z_][a-z0-9_-]{0,31}"
SERVICES = ListOf(Text("a systemd unit", r"[A-Za-z0-9@:_.\\-]{1,255}"), "systemd units")


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
    kernel_append: str = key(
        "Further arguments of the kernel, after all others: a `console=` is the system's console.",
        Text("kernel arguments", r"[^\0\n]+"),
    )
