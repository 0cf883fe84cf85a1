"""Archives: where packages come from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from composelib.dataclass import dataclass
from composelib.model.arch import SOURCE, UDEB
from composelib.model.build_limits import BuildLimits
from composelib.model.build_source import BuildSource
from composelib.model.keys.common import ARCHES, BELOW, PACKAGE_NAME, VERSION
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import (
    Choice,
    Duration,
    FilePath,
    Flag,
    ListOf,
    Number,
    RecordOf,
    Text,
    TextMap,
    TrueOr,
)
from composelib.model.origin import Origin

URI_DOC = "Where an apt archive is: `host` for the mirror that this machine's apt uses for the suite, `http(s)://…` or `file:/…`."
URI = Text(
    "`host`, http(s)://… or file:/…",
    r"host|https?://[^\s/@]+(?:/\S*)?|file:(?://)?/\S*",
    "logins belong in apt's auth.conf",
    environment=True,
)
SUITES_DOC = "Suites of an apt archive; one that ends in `/` is the folder of a flat repository."
SUITES = ListOf(Text("a suite", BELOW + r"(?:[A-Za-z0-9][A-Za-z0-9.+_~/-]{0,127}|\./|/)"), "suites")
COMPONENTS = ListOf(Text("a component", BELOW + r"[A-Za-z0-9][A-Za-z0-9.+_/-]{0,63}"), "components")

AWAITED = PACKAGE_NAME + r"(?: ?\((?:<<|<=|=|>=|>>) ?" + VERSION + r"\))?"
FIELD = TextMap(
    "suite",
    r"\S+",
    Text("the value of a field of a Release file, `(none)` for one without it", r"\S(?:.*\S)?"),
    alone=True,
)
SuiteTexts = tuple[tuple[str, str], ...]
"""Texts by suite; the one of an empty name is for all others."""


def find_text(texts: SuiteTexts, suite: str) -> str:
    """Return the text for a suite; empty if there is none."""
    by_suite = dict(texts)
    return by_suite.get(suite, by_suite.get("", ""))


def is_flat(suite: str) -> bool:
    """Return whether a suite is the folder of a flat repository."""
    return suite.endswith("/")


@dataclass(frozen=True)
class ClientCertificate:
    """What an archive's server wants to see of its clients, by TLS."""

    origin: Origin
    cert: Path = key("The certificate, in PEM.", FilePath("file"), required=True)
    key_file: Path = key(
        "Its key, in PEM, without a passphrase; readable by its owner and group alone.",
        FilePath("file"),
        name="key",
        required=True,
    )


@dataclass(frozen=True)
class AwaitedPackages:
    """Packages that an archive is asked for again and again until it has them."""

    origin: Origin
    packages: tuple[str, ...] = key(
        "Packages, each with or without a version: `hello (>= 2.10-3)`. All have to be there for every arch.",
        ListOf(Text("a package, with or without a version", AWAITED), "packages"),
        required=True,
    )
    timeout: int = key("How long to wait: `90s`, `30m`, `2h`.", Duration(), default=1800)


@dataclass(frozen=True)
class ArchiveAccess:
    """How an archive's servers are reached: as this machine's apt does, or with a client certificate of its own."""

    host: bool = False
    certificate: ClientCertificate | None = None


@dataclass(frozen=True)
class DebugArchive:
    """Where the -dbgsym packages of an archive are."""

    origin: Origin
    uri: str = key(URI_DOC, URI, required=True)
    suites: tuple[str, ...] = key(SUITES_DOC, SUITES, required=True)
    components: tuple[str, ...] = key("Components; the archive's own by default.", COMPONENTS)
    signed_by: Path | None = key("Keyring; the archive's own by default.", FilePath("file"))


def make_debug_archive(debug: DebugArchive) -> Archive:
    """Return a debug archive as an archive without a name, with no values but its own; `complete` adds the rest."""
    return Archive("", debug.origin, debug.uri, debug.suites, debug.components, debug.signed_by)


@dataclass(frozen=True)
class Archive:
    """A source of packages: exactly one of `uri` (an apt archive), `debs` and `build`."""

    one_of: ClassVar[tuple[str, ...]] = ("uri", "debs", "build")

    name: str
    origin: Origin
    uri: str = key(URI_DOC, URI)
    suites: tuple[str, ...] = key(SUITES_DOC, SUITES, only_with=("uri",))
    components: tuple[str, ...] = key(
        "Components; a flat repository has none.", COMPONENTS, default=("main",), only_with=("uri",)
    )
    signed_by: Path | None = key(
        "The keyring: only its keys may sign. Needed with `uri`, unless `trusted: true` is set.",
        FilePath("file"),
        only_with=("uri",),
    )
    wait: AwaitedPackages | None = key("Packages to wait for.", RecordOf(AwaitedPackages), only_with=("uri",))
    client_certificate: ClientCertificate | None = key(
        "The certificate to show to the archive's own server; for `uri: host` apt's own settings count.",
        RecordOf(ClientCertificate),
        only_with=("uri",),
    )
    trusted: bool = key("Take the archive without any signature.", Flag(), default=False, only_with=("uri",))
    allow_expired: bool = key(
        "Take Release files past their Valid-Until, and keys that have expired since a file's Date.",
        Flag(),
        default=False,
        only_with=("uri",),
    )
    allow_empty: bool = key(
        "Take the archive, or a suite of it, when it had packages and has none any more.", Flag(), default=False
    )
    accept_codename: SuiteTexts = key(
        "Take a Release file of this Codename (or Suite) where another suite was asked for, or whose Codename was another "
        "before.",
        FIELD,
        only_with=("uri",),
    )
    accept_origin: SuiteTexts = key(
        "Take a Release file of this Origin whose Origin was another before.", FIELD, only_with=("uri",)
    )
    accept_label: SuiteTexts = key(
        "Take a Release file of this Label whose Label was another before.", FIELD, only_with=("uri",)
    )
    snapshot: str = key(
        "Pin to this time, for archives that have snapshots.",
        Text("a time such as 20261101T000000Z", r"\d{8}T\d{6}Z"),
        only_with=("uri",),
    )
    lookaside: bool = key("Its packages satisfy dependencies and are never copied.", Flag(), default=False)
    priority: int | None = key(
        "Of two versions the one of higher priority is taken, as in apt; by default apt's priority of each suite.",
        Number(1, 32767),
    )
    debug: Archive | None = key(
        "Where the -dbgsym packages are.", RecordOf(DebugArchive), only_with=("uri",), convert=make_debug_archive
    )
    debs: Path | None = key("A folder of .deb files, and of .dsc files with what belongs to them.", FilePath("folder"))
    sources: bool = key(
        "Whether it has the sources of its packages; if not, `sources` of a variant takes those that other archives have.",
        Flag(),
        default=True,
    )
    build: tuple[BuildSource, ...] = key(
        "Packages that this compose builds itself.", ListOf(RecordOf(BuildSource), "source packages"), stage="build"
    )
    builder: str = key("What builds them.", Choice(("sbuild", "native")), default="sbuild", only_with=("build",))
    limits: BuildLimits | None = key(
        "What each build may take before it is ended.", RecordOf(BuildLimits), only_with=("build",)
    )
    rebuild: str = key(
        "What is a reason to build a package again: a change of its source alone, or one of its build dependencies, too.",
        Choice(("on-source-change", "on-dependency-change")),
        default="on-source-change",
        only_with=("build",),
    )
    lint: str | None = key(
        "Check what was built with lintian; with `fatal` a tag of severity error fails the compose.",
        TrueOr(Choice(("fatal",)), true="report"),
        default=False,
        only_with=("build",),
        stage="lint",
    )
    """`report` or `fatal`; None for no check."""
    test: str | None = key(
        "Run the tests that the source packages bring (autopkgtest) on what was built; with `reverse` also those of the "
        "variants' packages that depend on it.",
        TrueOr(Choice(("reverse",)), true="built"),
        default=False,
        only_with=("build",),
        stage="autopkgtest",
    )
    """`built` or `reverse`; None for no tests."""
    test_failures: str = key(
        "What a test that fails does: it fails the compose, or stands in the report alone.",
        Choice(("fatal", "report")),
        default="fatal",
        only_with=("build",),
    )
    arches: tuple[str, ...] = key(
        "The arches it has packages for; needed where it lacks one of the compose's.", ARCHES, only_with=("uri",)
    )

    @property
    def access(self) -> ArchiveAccess:
        """How its servers are reached."""
        return ArchiveAccess(self.uri == "host", self.client_certificate)

    def has_packages_for(self, arch: str) -> bool:
        """Return whether packages are read from it for an arch, for `source`, or for an installer's `amd64-udeb`."""
        if arch == SOURCE:
            return self.sources
        return not self.arches or arch.removesuffix(UDEB) in self.arches

    @property
    def has_keyring(self) -> bool:
        """Whether it is the one that has the release's keyring package, which no config names."""
        return not (self.uri or self.debs or self.build)

    @property
    def has_descriptions(self) -> bool:
        """Whether its packages are copied, and may have descriptions in files beside the indices."""
        return bool(self.uri) and not self.lookaside

    def complete(self) -> Archive:
        """Return the archive without components if it is flat, its debug archive completed with the archive's values."""
        components = () if all(map(is_flat, self.suites)) else self.components
        if self.debug is None:
            return replace(self, components=components)
        debug = replace(
            self,
            name=f"{self.name}-debug",
            origin=self.debug.origin,
            uri=self.debug.uri,
            suites=self.debug.suites,
            components=self.debug.components or components,
            signed_by=self.debug.signed_by or self.signed_by,
            debug=None,
        )
        return replace(self, components=components, debug=debug)
