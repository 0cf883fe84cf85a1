"""The keys of archives."""

from __future__ import annotations

from composelib.config.keys.common import ARCH_LIST, BELOW, GIT, GIT_REF
from composelib.config.keys.containers import ListOf
from composelib.config.keys.record import Key, Record
from composelib.config.keys.types import FilePath, Flag, Number, Text

URI = Key(
    "uri",
    Text(
        "`host`, http(s)://… or file:/…",
        r"host|https?://[^\s/@]+(?:/\S*)?|file:(?://)?/\S*",
        "passwords belong into apt's auth.conf",
        environment=True,
    ),
    "Where an apt archive is: `host` for the mirror this machine's apt uses for the suite, `http(s)://…` or `file:/…`.",
)
SUITES = Key(
    "suites",
    ListOf(Text("a suite", BELOW + r"(?:[A-Za-z0-9][A-Za-z0-9.+_~/-]{0,127}|\./|/)"), "suites"),
    "Suites of an apt archive; one that ends in `/` is the folder of a flat repository.",
)
COMPONENTS = Key(
    "components",
    ListOf(Text("a component", BELOW + r"[A-Za-z0-9][A-Za-z0-9.+_/-]{0,63}"), "components"),
    "Components; a flat repository has none.",
    default=("main",),
)
DEBUG = Record(
    "debug-archive",
    "Where the -dbgsym packages of an archive are.",
    (
        URI,
        SUITES,
        Key("components", COMPONENTS.kind, "Components; the archive's own by default."),
        Key("signed-by", FilePath("file"), "Keyring; the archive's own by default."),
    ),
)
BUILD = Record(
    "build-source",
    "A source package that this compose builds: exactly one of `dsc`, `dir` and `git`.",
    (
        Key("dsc", Text("the name of a source package", r"[a-z0-9][a-z0-9+.-]+"), "A source package of an archive."),
        Key("dir", FilePath("folder"), "An unpacked source tree."),
        Key("git", GIT, "A git repository that has an unpacked source tree."),
        Key("ref", GIT_REF, "With `git`: a branch, tag or commit.", default="HEAD"),
        Key("profiles", ListOf(Text("a build profile", r"[a-z0-9][a-z0-9+.-]*"), "build profiles"), "Build profiles."),
    ),
)
ARCHIVE = Record(
    "archive",
    "A place packages come from: exactly one of `uri`, `debs` and `build`.",
    (
        URI,
        SUITES,
        COMPONENTS,
        Key("arches", ARCH_LIST, "The arches it has packages for; needed where it lacks one of the compose's."),
        Key(
            "signed-by",
            FilePath("file"),
            "Keyring that alone may sign; needed with `uri`, or `trusted: true` in so many words.",
        ),
        Key("trusted", Flag(), "Take the archive without any signature.", default=False),
        Key("allow-expired", Flag(), "Take Release files past their Valid-Until, as an old snapshot's.", default=False),
        Key(
            "snapshot",
            Text("a time such as 20261101T000000Z", r"\d{8}T\d{6}Z"),
            "Pin to this time, for archives that have snapshots.",
        ),
        Key("lookaside", Flag(), "Its packages satisfy dependencies and are never copied.", default=False),
        Key(
            "priority",
            Number(1, 32767),
            "Of two versions that of the higher priority is taken: apt's meaning, and its default for each suite.",
        ),
        Key("debug", DEBUG, "Where the -dbgsym packages are."),
        Key("debs", FilePath("folder"), "A folder of .deb files."),
        Key("build", ListOf(BUILD, "source packages"), "Packages that this compose builds itself.", stage="build"),
    ),
)
