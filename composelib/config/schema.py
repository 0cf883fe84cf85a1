"""The config's keys, each declared once: from here come reading, defaults, the JSON schema and the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from composelib.config.arches import ARCHES
from composelib.config.kinds import (
    NAME,
    Choice,
    FilePath,
    Flag,
    ListOf,
    MapOf,
    Number,
    Schema,
    Size,
    Text,
    TrueOr,
    wrong,
)
from composelib.config.nodes import Node, Scalar, Word
from composelib.config.problems import Problems, did_you_mean
from composelib.config.records import Key, Record
from composelib.config.seeds import Entry

PLACEHOLDERS = ("short", "version", "codename", "variant", "arch", "image")
KINDS = ("iso", "live", "disk", "ostree", "container", "ostree-installer", "netboot", "root")
ROOTED = ("live", "disk", "ostree", "container", "root")  # kinds whose packages are installed in a root file system
BOOTED = ("iso", "live", "disk", "ostree", "ostree-installer", "netboot")
SAFE = r"[A-Za-z0-9][A-Za-z0-9.+_]{0,31}"  # has no `-`, which parts what a compose ID is made of
BELOW = r"(?!.*(?:^|/)\.\.(?:/|$))"  # does not lead upwards


@dataclass(frozen=True)
class Arch:
    """The name of an architecture."""

    want: str = "an architecture"

    def read(self, node: Node, path: str, problems: Problems) -> Any:
        """Give the name as a Word."""
        if isinstance(node, Scalar) and node.text in ARCHES:
            return Word(node.text, node.origin)
        common = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "i686": "i386", "ppc64le": "ppc64el"}
        text = node.text if isinstance(node, Scalar) else ""
        near = f"did you mean {common[text]!r}?" if text in common else did_you_mean(text, ARCHES)
        return wrong(self, node, path, problems, near if text else "")

    def schema(self) -> Schema:
        """Give all names."""
        return {"enum": sorted(ARCHES)}


def name_of(what: str) -> Text:
    """Give the kind of a name that refers to something else of the config."""
    return Text(f"the name of {what}", NAME.pattern)


SHORT = Text("letters, digits and . + _, at most 32", SAFE, "no '-': it parts what a compose ID is made of")
URL = Text("a URL", r"(?:https?)://[^\s/@]+(?:/[^\s]*)?", "http://… or https://…, without a password", environment=True)
GIT = Text("a git URL", r"(?:(?:https?|ssh|git|file)://[^\s]+|[^\s-][^\s]*)", environment=True)
GIT_REF = Text("a branch, tag or commit", r"[A-Za-z0-9][A-Za-z0-9./_+-]{0,254}")
PACKAGES = ListOf(Entry(), "packages", some=False)
AWAY = ListOf(Entry(away=True), "packages", some=False)
ARCH_LIST = ListOf(Arch(), "arches")
VOLUME_ID = Text("a volume ID", r"[A-Za-z0-9][A-Za-z0-9 ._+-]{0,31}", "at most 32 letters, digits, spaces and . _ + -")

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
            Number(-32768, 32767),
            "Of two versions that of the higher priority is taken: apt's meaning.",
            500,
        ),
        Key("debug", DEBUG, "Where the -dbgsym packages are."),
        Key("debs", FilePath("folder"), "A folder of .deb files."),
        Key("build", ListOf(BUILD, "source packages"), "Packages that this compose builds itself.", stage="build"),
    ),
)

EXTRA_FILE = Record(
    "extra-file",
    "A file put into a tree or medium: exactly one of `file`, `git`, `url` and `deb`.",
    (
        Key("file", FilePath("file"), "A file."),
        Key("git", GIT, "A git repository; the commit it is taken at is recorded."),
        Key("ref", GIT_REF, "With `git`: a branch, tag or commit.", default="HEAD"),
        Key("url", URL, "A file to fetch; needs `sha256`."),
        Key("sha256", Text("64 hexadecimal digits", r"[0-9a-f]{64}"), "With `url`: what the file must hash to."),
        Key("deb", Text("the name of a package", r"[a-z0-9][a-z0-9+.-]+"), "A package of the variant; needs `path`."),
        Key(
            "path",
            Text("a relative path", BELOW + r"[^/\s][^\0]*", "without a leading '/' and without '..'"),
            "With `git` or `deb`: the file or folder in it.",
        ),
        Key(
            "to",
            Text("an absolute path", BELOW + r"/.*", "begins with '/', has no '..'"),
            "The folder it goes to.",
            "/",
        ),
    ),
)
FILES = ListOf(EXTRA_FILE, "files")

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

IMAGE = Record(
    "image",
    "A deliverable that is not a repository.",
    (
        Key("kind", Choice(KINDS), "What it is.", required=True),
        Key("arches", ARCH_LIST, "The arches it is made for; all of its variant's by default."),
        Key("failable", TrueOr(ARCH_LIST), "May fail, on all or on these arches, without dooming the compose.", False),
        Key("max-size", Size(), "Larger is an error."),
        Key("packages", PACKAGES, "What is installed in it; the variant's packages by default.", only=ROOTED),
        Key("recommends", Flag(), "Install what these packages recommend.", default=False, only=ROOTED),
        Key("exclude", AWAY, "Never installed in it.", only=ROOTED),
        Key("scripts", ListOf(FilePath("file"), "scripts"), "Run in the root file system, in this order.", only=ROOTED),
        Key("files", FILES, "Files put into it."),
        Key("customize", CUSTOMIZE, "Users, host name, services and the like.", only=ROOTED),
        Key(
            "boot",
            TrueOr(Text("a line to wait for", r"\S.*")),
            "Boot it as a test and wait for `login:`, or for this line.",
            default=False,
            only=BOOTED,
        ),
        Key("installer", Flag(), "Debian's installer is on it.", default=False, only=("iso",), stage="buildinstall"),
        Key("preseed", FilePath("file"), "Answers for the installer.", only=("iso", "netboot")),
        Key("split", Flag(), "As many media as `max-size` makes of it.", default=False, only=("iso",)),
        Key("jigdo", Flag(), "A .jigdo and .template beside it.", default=False, only=("iso",)),
        Key("extra-variants", ListOf(name_of("a variant"), "variants"), "Further variants on it.", only=("iso",)),
        Key("source", Flag(), "A medium of source packages.", default=False, only=("iso",)),
        Key(
            "volume-id",
            VOLUME_ID,
            "The volume ID; made of the release's, variant's and arch's names by default.",
            only=("iso", "live", "ostree-installer", "netboot"),
        ),
        Key(
            "builder", Choice(("native", "mkosi", "kiwi", "osbuild")), "What makes the disk.", "native", only=("disk",)
        ),
        Key(
            "formats",
            ListOf(
                Text(
                    "a disk format",
                    r"(?:raw|qcow2|vmdk|vdi|vhd|tar)(?:\.(?:gz|xz|zst))?",
                    "raw, qcow2, vmdk, vdi, vhd or tar; .gz, .xz or .zst after it compresses",
                ),
                "disk formats",
            ),
            "The formats it is made in.",
            default=("qcow2",),
            only=("disk",),
        ),
        Key("size", Size(), "The disk's size.", only=("disk",)),
        Key("cloud-init", Flag(), "Set up by cloud-init at its first boot.", default=False, only=("disk",)),
        Key(
            "ref",
            Text("a ref such as demo/{version}/{arch}/edge", r"[A-Za-z0-9{][A-Za-z0-9._/{}-]*", longest=200),
            "The ref that the commit is put on; {placeholders} are filled in.",
            only=("ostree",),
        ),
        Key("deltas", Flag(), "Static deltas from the commit before.", default=True, only=("ostree",)),
        Key(
            "from",
            name_of("an image"),
            "The image of this variant that it is made of.",
            only=("disk", "container", "ostree-installer"),
        ),
        Key("bootc", Flag(), "Labelled for bootc: the container boots.", default=False, only=("container",)),
        Key(
            "push",
            Text(
                "a registry's name for it",
                r"[A-Za-z0-9{][^\s@]*",
                "HOST/NAME:TAG, without a password",
                environment=True,
            ),
            "Where it is pushed to; {placeholders} are filled in.",
            only=("container",),
        ),
    ),
)

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
        Key("pinned", AWAY, "In it whatever `exclude` says.", default=()),
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
        Key("addons", MapOf(ADDON, "addon"), "Components beside `main`.", default={}),
        Key("images", MapOf(IMAGE, "image"), "What is made of it, by name.", default={}),
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
    COMPOSE, RELEASE, BASE, SIGN, ARCHIVE, DEBUG, BUILD, VARIANT, MULTIARCH, ADDON, IMAGE, CUSTOMIZE, USER, EXTRA_FILE,
)  # fmt: skip
