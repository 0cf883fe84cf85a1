"""The config's keys, each declared once: from here come reading, defaults, the JSON schema and the reference.

The keys of the larger records stand in files of their own: archive_keys, variant_keys, image_keys and so on.
"""

from __future__ import annotations

from composelib.config.keys.archive import ARCHIVE, BUILD, DEBUG
from composelib.config.keys.common import ARCH_LIST, PACKAGES, SHORT, URL
from composelib.config.keys.containers import ListOf, MapOf
from composelib.config.keys.customize import CUSTOMIZE, USER
from composelib.config.keys.extra_file import EXTRA_FILE
from composelib.config.keys.image import IMAGE
from composelib.config.keys.import_entry import IMPORT
from composelib.config.keys.record import Key, Record
from composelib.config.keys.types import NAME, Choice, FilePath, Text
from composelib.config.keys.variant import ADDON, MULTIARCH, VARIANT

BASE = Record(
    "base",
    "The product that a layered product builds on.",
    (
        Key("short", SHORT, "Its short name.", required=True),
        Key("version", SHORT, "Its version.", required=True),
    ),
)
RELEASE = Record(
    "release",
    "What is released.",
    (
        Key("name", Text("a name", r"\S(?:.*\S)?", longest=128), "The name people read.", required=True),
        Key("short", SHORT, "The name in the compose ID and in file names.", required=True),
        Key("version", SHORT, "The version, as written: `1.10` stays `1.10`.", required=True),
        Key(
            "codename",
            Text("letters, digits and . + _ -, at most 64", NAME.pattern),
            "Codename and Suite of our repositories: the folder in `dists/`.",
            required=True,
        ),
        Key("base", BASE, "For a layered product: what it builds on. It goes into the compose ID."),
    ),
)
SIGN = Record(
    "sign",
    "The key that signs.",
    (
        Key(
            "key",
            Text(
                "a fingerprint", r"(?:0x)?(?:[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})", "all 40 digits: gpg --list-secret-keys"
            ),
            "Fingerprint of a key in GNUPGHOME.",
            required=True,
        ),
    ),
)

COMPOSE = Record(
    "compose",
    "A compose.",
    (
        Key(
            "include",
            ListOf(Text("a file", r"[^\0]+"), "files"),
            "Config files laid below this one, the later over the earlier; relative to it.",
        ),
        Key("release", RELEASE, "What is released.", required=True),
        Key(
            "type",
            Choice(("production", "nightly", "test", "ci", "development")),
            "What the compose is for.",
            "development",
        ),
        Key(
            "label",
            Text("a label such as RC-1.0", r"(?:EA|Alpha|Beta|Snapshot|RC|GA|Update|SecurityFix)-\d{1,4}\.\d{1,4}"),
            "EA, Alpha, Beta, Snapshot, RC, GA, Update or SecurityFix with a number; production needs one.",
        ),
        Key("arches", ARCH_LIST, "The arches.", required=True),
        Key("sign", SIGN, "The key that signs; without it a key of the checkout's own, made on first use."),
        Key("archives", MapOf(ARCHIVE, "archive"), "Where packages come from, by name.", required=True),
        Key("groups", MapOf(PACKAGES, "group", some=False), "Lists of packages that `@NAME` stands for.", default={}),
        Key("variants", MapOf(VARIANT, "variant"), "The parts of the release, by name.", required=True),
        Key("notify", ListOf(FilePath("file"), "programs"), "Called with an event's name, JSON on standard input."),
        Key("gate", Choice(("off", "no-worse")), "`no-worse`: fail when what could be installed no longer can.", "off"),
        Key("base-url", URL, "Where the compose will be offered; goes into its metadata."),
    ),
)
RECORDS = (
    COMPOSE, RELEASE, BASE, SIGN, ARCHIVE, DEBUG, BUILD, VARIANT, MULTIARCH, ADDON, IMPORT, IMAGE, CUSTOMIZE, USER,
    EXTRA_FILE,
)  # fmt: skip
