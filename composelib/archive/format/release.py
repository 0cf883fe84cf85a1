"""The Release file of an apt archive as a value (Debian's repository format)."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from composelib.errors import TrustError

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DATE = re.compile(
    rf"(?:[A-Z][a-z]{{2}}, )?(?P<day>\d{{1,2}}) (?P<month>{'|'.join(MONTHS)}) (?P<year>\d{{4}}) "
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d) (?:UTC|GMT|Z|[+-]0000)"
)
LISTED = re.compile(r"(?P<sha256>[0-9a-f]{64})[ \t]+(?P<size>\d{1,18})[ \t]+(?P<name>[!-~]+)")
NAME = re.compile(r"[A-Za-z0-9-]+")
COMPRESSIONS = (".xz", ".zst", ".bz2", ".gz", ".lz4", "")
"""What indices are compressed with, the smallest first."""


@dataclass(frozen=True)
class Listed:
    """What a Release file says of a file: its size in bytes and its SHA256 in hex."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Release:
    """A Release file: times are seconds since 1970, `valid_until` is None when it never expires."""

    date: int
    valid_until: int | None = None
    origin: str = ""
    label: str = ""
    suite: str = ""
    codename: str = ""
    components: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    acquire_by_hash: bool = False
    no_support_for_architecture_all: bool = False
    """Packages of architecture `all` are in every architecture's index, whether or not `all` has its own."""
    priority: int = 500
    """What apt makes of its versions when nobody says otherwise: a suite that is not automatic has less."""
    snapshots: str = ""
    """The URI of the archive's snapshots, `@SNAPSHOTID@` standing for one; `no` for none."""
    files: Mapping[str, Listed] = field(default_factory=dict)
    """By the name relative to the Release file."""


def parse(content: bytes, place: str) -> Release:
    """Read the text of a Release file whose signature was verified; `place` is its URL, for messages.

    Raise TrustError when it is not a Release file, has no Date or lists no SHA256 sums.
    """
    fields = parse_fields(content, place)
    if "Date" not in fields:
        raise TrustError(f"{place}: no Date")
    if "SHA256" not in fields:
        raise TrustError(f"{place}: lists no SHA256 sums; weaker ones are not trusted")
    expiry = fields.get("Valid-Until")
    return Release(
        date=parse_date(fields["Date"], f"{place}: Date"),
        valid_until=parse_date(expiry, f"{place}: Valid-Until") if expiry is not None else None,
        origin=fields.get("Origin", ""),
        label=fields.get("Label", ""),
        suite=fields.get("Suite", ""),
        codename=fields.get("Codename", ""),
        components=tuple(fields.get("Components", "").split()),
        architectures=tuple(fields.get("Architectures", "").split()),
        acquire_by_hash=fields.get("Acquire-By-Hash", "").lower() == "yes",
        no_support_for_architecture_all="Packages" in fields.get("No-Support-for-Architecture-all", "").split(),
        priority=default_priority(fields),
        snapshots=fields.get("Snapshots", ""),
        files=parse_files(fields["SHA256"], place),
    )


def default_priority(fields: Mapping[str, str]) -> int:
    """Return the priority that a Release file itself asks for (apt_preferences(5), on default priorities)."""
    if fields.get("NotAutomatic", "").lower() != "yes":
        return 500
    return 100 if fields.get("ButAutomaticUpgrades", "").lower() == "yes" else 1


def parse_fields(content: bytes, place: str) -> dict[str, str]:
    """Read the one stanza of a Release file, its field names in the usual spelling."""
    try:
        lines = content.decode().strip("\n").split("\n")
    except UnicodeDecodeError as error:
        raise TrustError(f"{place}: not UTF-8 at byte {error.start}") from None
    fields: dict[str, list[str]] = {}
    value: list[str] | None = None
    for number, line in enumerate(lines, 1):
        if line.startswith((" ", "\t")) and value is not None:
            value.append(line.strip())
            continue
        name, colon, first = line.partition(":")
        if not colon or not NAME.fullmatch(name):
            raise TrustError(f"{place}: line {number} is not a field of a Release file: {line[:60]!r}")
        if name in fields:
            raise TrustError(f"{place}: line {number} repeats the field {name}")
        value = fields[name] = [first.strip()]
    return {name: "\n".join(value).strip() for name, value in fields.items()}


def parse_date(text: str, place: str) -> int:
    """Read a date as RFC 5322 writes it, in UTC; gives seconds since 1970."""
    found = DATE.fullmatch(text)
    if not found:
        raise TrustError(f"{place}: not a date in UTC: {text[:60]!r}")
    month = MONTHS.index(found["month"]) + 1
    numbers = (int(found[name]) for name in ("day", "hour", "minute", "second"))
    day, hour, minute, second = numbers
    return calendar.timegm((int(found["year"]), month, day, hour, minute, second, 0, 0, 0))


def parse_files(listing: str, place: str) -> dict[str, Listed]:
    """Read the list of the field SHA256."""
    files: dict[str, Listed] = {}
    for line in filter(None, listing.split("\n")):
        found = LISTED.fullmatch(line)
        if not found or not safe(found["name"]):
            raise TrustError(f"{place}: SHA256 lists what is not a hash, a size and a name: {line[:120]!r}")
        listed = Listed(int(found["size"]), found["sha256"])
        if files.setdefault(found["name"], listed) != listed:
            raise TrustError(f"{place}: SHA256 lists {found['name']} twice, differently")
    return files


def safe(name: str) -> bool:
    """Return whether a name leads to a place below where it starts, and has one spelling only."""
    return not {"", ".", ".."} & set(name.removeprefix("./").split("/"))


def index_name(component: str, arch: str) -> str:
    """Return the name of an index as a Release file lists it, without compression; no component in a flat repository.

    `arch` is an architecture, `source`, or an architecture with `-udeb` for what debian-installer is made of.
    """
    base = f"{component}/" if component else ""
    if arch == "source":
        return f"{base}source/Sources" if component else "Sources"
    installer = "debian-installer/" if arch.endswith("-udeb") else ""
    folder = f"{installer}binary-{arch.removesuffix('-udeb')}/" if component else ""
    return f"{base}{folder}Packages"


def forms(release: Release, name: str) -> Iterator[tuple[str, Listed]]:
    """Return an index's compressed and plain forms that a Release file lists, the smallest kind of compression first."""
    for suffix in COMPRESSIONS:
        for spelling in (name + suffix, f"./{name}{suffix}"):
            if spelling in release.files:
                yield spelling, release.files[spelling]
                break


def has_index(release: Release, name: str) -> bool:
    """Return whether a Release file lists an index in any form."""
    return next(forms(release, name), None) is not None


def has_own_all(release: Release) -> bool:
    """Return whether the packages of architecture `all` have to be read from an index of their own."""
    return "all" in release.architectures and not release.no_support_for_architecture_all


def component_of(release: Release, asked: str) -> str | None:
    """Return a component's name as the Release file spells it (`main` may be `updates/main`), or None if it has none."""
    known = release.components or indexed_components(release)
    if asked in known or has_index(release, index_name(asked, "all")):
        return asked
    return next((name for name in known if name.endswith(f"/{asked}")), None)


def indexed_components(release: Release) -> tuple[str, ...]:
    """Return the components that have an index, sorted: for a Release file that does not name its components."""
    found = {name.rpartition("/binary-")[0] for name in release.files if "/binary-" in name}
    return tuple(sorted(component for component in found if not component.endswith("/debian-installer")))


def indexed_arches(release: Release, component: str) -> tuple[str, ...]:
    """Return the architectures (and `source`) of which a component has an index, sorted."""
    start = f"{component}/binary-"
    found = {name.removeprefix(start).partition("/")[0] for name in release.files if name.startswith(start)}
    source = ("source",) if has_index(release, index_name(component, "source")) else ()
    return (*sorted(found), *source)


def answers_to(release: Release, asked: str) -> bool:
    """Return whether a Release file is of the suite asked for; one that names neither suite nor codename is of any."""
    own = {name for name in (release.suite, release.codename) if name}
    return not own or asked in own or any(asked.startswith(f"{name}/") for name in own)
