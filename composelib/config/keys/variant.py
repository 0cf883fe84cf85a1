"""The keys of variants."""

from __future__ import annotations

from composelib.config.keys.common import ARCH_LIST, AWAY, PACKAGES, name_of
from composelib.config.keys.containers import ListOf, MapOf
from composelib.config.keys.extra_file import FILES
from composelib.config.keys.image import IMAGE
from composelib.config.keys.record import Key, Record
from composelib.config.keys.types import Choice, Flag

MULTIARCH = Record(
    "multiarch",
    "Packages of foreign arches in a variant.",
    (
        Key("foreign", ARCH_LIST, "The foreign arches.", required=True),
        Key(
            "sets",
            ListOf(Choice(("runtime", "devel")), "sets"),
            "Which packages: libraries, their -dev packages.",
            ("runtime",),
        ),
        Key("include", PACKAGES, "Further ones."),
        Key("exclude", AWAY, "Less these."),
    ),
)
ADDON = Record(
    "addon",
    "A component of its variant's repository, chosen on top of the variant.",
    (
        Key("packages", PACKAGES, "What it is to have.", required=True),
        Key("exclude", AWAY, "Never in it."),
    ),
)
VARIANT = Record(
    "variant",
    "A part of the release with a repository of its own.",
    (
        Key("extends", name_of("a variant"), "Start from this variant's keys."),
        Key("arches", ARCH_LIST, "Its arches; all of the compose's by default."),
        Key("packages", PACKAGES, "What it is to have, besides all that is needed for it.", default=()),
        Key("exclude", AWAY, "Never in it: names, globs, `name:arch`, patterns.", default=()),
        Key("pinned", PACKAGES, "In it whatever `exclude` says.", default=()),
        Key("recommends", Flag(), "Follow Recommends too.", default=False),
        Key("method", Choice(("deps", "nodeps")), "`nodeps`: the named packages and nothing more.", "deps"),
        Key(
            "alternatives",
            Choice(("first", "all", "same-source")),
            "Which alternatives of a dependency are taken.",
            "first",
        ),
        Key("fulltree", Flag(), "Every binary package of each source package in it.", default=False),
        Key("selfhosting", Flag(), "What its source packages need to be built, too.", default=False),
        Key("multiarch", MULTIARCH, "Packages of foreign arches."),
        Key(
            "lookaside",
            ListOf(name_of("a variant"), "variants"),
            "Variants it builds on: what they have is not repeated.",
        ),
        Key("sources", Flag(), "Source packages too.", default=False),
        Key("debug", Flag(), "-dbgsym packages too.", default=False),
        Key("strict", Choice(("off", "lenient", "fatal")), "What a package that cannot be installed does.", "fatal"),
        Key("extra-files", FILES, "Files put into its tree.", stage="extra_files"),
        Key("optional", PACKAGES, "At hand in the component `optional`, on no medium by default.", default=()),
        Key("addons", MapOf(ADDON, "addon"), "Components beside `main`.", default={}),
        Key("images", MapOf(IMAGE, "image"), "What is made of it, by name.", default={}),
    ),
)
