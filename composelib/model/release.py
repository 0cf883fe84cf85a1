"""What is released."""

from __future__ import annotations

from composelib.dataclass import dataclass
from composelib.model.keys.common import SHORT, URL
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import NAME, Choice, Flag, RecordOf, Text

UNITS = {"h": 3600, "d": 86400, "w": 7 * 86400}


def count_seconds(text: str) -> int:
    """Return the seconds of a time such as `7d`; 0 of none."""
    return int(text[:-1]) * UNITS[text[-1]] if text else 0


@dataclass(frozen=True)
class Base:
    """The product that a layered product builds on."""

    short: str = key("Its short name.", SHORT, required=True)
    version: str = key("Its version.", SHORT, required=True)


@dataclass(frozen=True)
class Urls:
    """The pages that a system names to its users (os-release(5))."""

    home: str = key("The product's home page: HOME_URL.", URL)
    support: str = key("Where users get help: SUPPORT_URL.", URL)
    bugs: str = key("Where bugs are reported: BUG_REPORT_URL.", URL)


@dataclass(frozen=True)
class Release:
    """What is released."""

    name: str = key("The name for people to read.", Text("a name", r"\S(?:.*\S)?", longest=128), required=True)
    short: str = key("The name in the compose ID and in file names.", SHORT, required=True)
    version: str = key("The version, as written: `1.10` stays `1.10`.", SHORT, required=True)
    codename: str = key(
        "Codename and Suite of our repositories: the folder in `dists/`.",
        Text("letters, digits and . + _ -, at most 64", NAME),
        required=True,
    )
    base: Base | None = key("For a layered product: what it builds on. It goes into the compose ID.", RecordOf(Base))
    identity: str = key(
        "How the systems in images name themselves, in os-release and at a login: as this release, or as their packages say.",
        Choice(("release", "debian")),
        default="release",
    )
    id: str = key(
        "ID in os-release; made of `short` by default.",
        Text("lower-case letters, digits and . _ -", r"[a-z0-9][a-z0-9._-]{0,31}"),
    )
    urls: Urls = key("Pages that os-release names.", RecordOf(Urls), empty=Urls())
    suite: str = key(
        "Suite of our repositories, where it is not the codename: `stable`.",
        Text("letters, digits and . + _ -, at most 64", NAME),
    )
    description: str = key(
        "Description of our repositories, before the variant's name; name and version by default.",
        Text("a line", r"\S(?:.*\S)?", longest=256),
    )
    valid_until: int = key(
        "How long our repositories are valid once signed, `7d` or `12h`: apt then refuses them. A run in the last third signs again.",
        Text("a time such as 7d or 12h", r"[1-9][0-9]{0,3}[hdw]"),
        convert=count_seconds,
    )
    """In seconds; 0 for ever."""
    changelogs: str = key(
        "Where `apt changelog` finds changelogs: a URL with `@CHANGEPATH@`.",
        Text("a URL with @CHANGEPATH@", r"https?://[^\s@]+@CHANGEPATH@[^\s@]*"),
    )
    not_automatic: bool = key(
        "apt installs packages of our repositories only where it is told to (priority 1).", Flag(), default=False
    )
    but_automatic_upgrades: bool = key(
        "With `not-automatic`: apt upgrades what is installed of them (priority 100).",
        Flag(),
        default=False,
        only_with=("not-automatic",),
    )
    keyring_package: bool = key(
        "Make `SHORT-archive-keyring.deb`, which brings the public key to users' systems, and `SHORT.sources` for their apt.",
        Flag(),
        default=False,
    )
    signed_by: bool = key(
        "Name the signing keys in the Release files, as `Signed-By`: apt takes no later one by other keys.",
        Flag(),
        default=False,
    )
