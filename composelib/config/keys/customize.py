"""The keys of what every builder can set in an image."""

from __future__ import annotations

from composelib.config.keys.common import BELOW
from composelib.config.keys.containers import ListOf, MapOf
from composelib.config.keys.record import Key, Record
from composelib.config.keys.types import Text

USER = Record(
    "user",
    "A user of an image.",
    (
        Key(
            "password",
            Text(
                "a crypt(5) hash", r"[!*]|\$[A-Za-z0-9]+\$[A-Za-z0-9./$=,-]+", "mkpasswd makes one; never the password"
            ),
            "Hash of the password; none by default, so that no password fits.",
        ),
        Key(
            "groups", ListOf(Text("a group of users", r"[a-z_][a-z0-9_-]{0,31}"), "groups of users"), "Further groups."
        ),
        Key("ssh-keys", ListOf(Text("a line of authorized_keys", r"\S+ .+"), "ssh keys"), "Keys that may log in."),
        Key("shell", Text("an absolute path", r"/\S+"), "The login shell.", "/bin/bash"),
    ),
)
UNITS = ListOf(Text("a systemd unit", r"[A-Za-z0-9@:_.\\-]{1,255}"), "systemd units")
CUSTOMIZE = Record(
    "customize",
    "What every builder can be asked to set in an image.",
    (
        Key("hostname", Text("a host name", r"[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?"), "The host name."),
        Key("locale", Text("a locale such as C.UTF-8", r"[A-Za-z0-9_.@-]+"), "The locale."),
        Key(
            "timezone",
            Text("a time zone such as Europe/Oslo", BELOW + r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*"),
            "The zone.",
        ),
        Key("users", MapOf(USER, "user", name=r"[a-z_][a-z0-9_-]{0,31}"), "Users, by their names."),
        Key("enable", UNITS, "systemd units to enable."),
        Key("disable", UNITS, "systemd units to disable."),
        Key("kernel-append", Text("kernel arguments", r"[^\0\n]+"), "Further arguments of the kernel."),
    ),
)
