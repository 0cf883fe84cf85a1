"""The Release file of an apt archive as a value (Debian's repository format)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from composelib.archive.format.release_date import parse_release_date
from composelib.archive.format.stanza import decode_value
from composelib.errors import TrustError

CHECKSUM_LINE = re.compile(r"(?P<digest>[0-9a-f]+)[ \t]+(?P<size>\d{1,18})[ \t]+(?P<name>[!-~]+)")
LEADING_COMMENTS = re.compile(r"\A(?:\n|#.*\n)+")
NAME = re.compile(r"[!-9;-~]+")
TRUSTED_SUMS = {"SHA256": 64, "SHA512": 128}
"""The fields whose sums are trusted, with the length of a sum in hex; the first that a Release file has is used."""
COMPRESSIONS = (".xz", ".zst", ".bz2", ".gz", ".lz4", "")
"""Suffixes of compressed indices, the smallest first."""


@dataclass(frozen=True)
class ListedFile:
    """A file that a Release file lists: its size in bytes, and its SHA256 or, if that is not listed, its SHA512 in hex."""

    size: int
    digest: str


@dataclass(frozen=True)
class ReleaseFile:
    """A Release file; times are in seconds since 1970, `valid_until` is None if it never expires."""

    date: int
    valid_until: int | None = None
    origin: str = ""
    label: str = ""
    suite: str = ""
    codename: str = ""
    version: str = ""
    components: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    acquire_by_hash: bool = False
    no_support_for_architecture_all: bool = False
    """Whether packages of architecture `all` are in every architecture's index, even if `all` has an index of its own."""
    priority: int = 500
    """The default priority of its versions in apt: lower for a suite that is not automatic."""
    snapshots: str = ""
    """The URI of the archive's snapshots, `@SNAPSHOTID@` standing for one; `no` for none."""
    files: Mapping[str, ListedFile] = field(default_factory=dict)
    """By the path relative to the Release file."""


def parse_release(content: bytes, url: str) -> ReleaseFile:
    """Parse the text of a Release file whose signature was verified; `url` is for messages.

    Raise TrustError if it is not a Release file, has no Date or lists neither SHA256 nor SHA512 sums.
    """
    fields = parse_release_fields(content, url)
    if "date" not in fields:
        raise TrustError(f"{url}: it has no Date")
    expiry = fields.get("valid-until", "")
    return ReleaseFile(
        date=parse_release_date(fields["date"], f"{url}: Date"),
        valid_until=parse_release_date(expiry, f"{url}: Valid-Until") if expiry else None,
        origin=fields.get("origin", ""),
        label=fields.get("label", ""),
        suite=fields.get("suite", ""),
        codename=fields.get("codename", ""),
        version=fields.get("version", ""),
        components=tuple(fields.get("components", "").split()),
        architectures=tuple(fields.get("architectures", "").split()),
        acquire_by_hash=fields.get("acquire-by-hash", "").lower() == "yes",
        no_support_for_architecture_all="Packages" in fields.get("no-support-for-architecture-all", "").split(),
        priority=get_default_priority(fields),
        snapshots=fields.get("snapshots", ""),
        files=parse_checksums(fields, url),
    )


def get_default_priority(fields: Mapping[str, str]) -> int:
    """Return the priority that a Release file asks for (apt_preferences(5), on default priorities)."""
    if fields.get("notautomatic", "").lower() != "yes":
        return 500
    return 100 if fields.get("butautomaticupgrades", "").lower() == "yes" else 1


def parse_release_fields(content: bytes, url: str) -> dict[str, str]:
    """Parse the first stanza of a Release file; return its values by field name in lower case. Comments may stand before it.

    Bytes that are not UTF-8, in a name of its maker for instance, are kept as surrogate escapes.
    """
    lines = LEADING_COMMENTS.sub("", decode_value(content)).strip("\n").partition("\n\n")[0].split("\n")
    fields: dict[str, list[str]] = {}
    value: list[str] | None = None
    for number, line in enumerate(lines, 1):
        if line.startswith((" ", "\t")) and value is not None:
            value.append(line.strip())
            continue
        name, colon, first = line.partition(":")
        if not colon or not NAME.fullmatch(name):
            raise TrustError(f"{url}: line {number} is not a field of a Release file: {line[:60]!r}")
        if name.lower() in fields:
            raise TrustError(f"{url}: line {number} repeats the field {name}")
        value = fields[name.lower()] = [first.strip()]
    return {name: "\n".join(value).strip() for name, value in fields.items()}


def parse_checksums(fields: Mapping[str, str], url: str) -> dict[str, ListedFile]:
    """Parse the field SHA256, or SHA512 if there is no other that is trusted."""
    sums = find_trusted_sums(fields, url)
    files: dict[str, ListedFile] = {}
    for line in filter(None, fields[sums.lower()].split("\n")):
        match = CHECKSUM_LINE.fullmatch(line)
        if not match or len(match["digest"]) != TRUSTED_SUMS[sums] or not is_safe_name(match["name"]):
            raise TrustError(f"{url}: a line of {sums} is not a hash, a size and a name: {line[:120]!r}")
        entry = ListedFile(int(match["size"]), match["digest"])
        if files.setdefault(match["name"], entry) != entry:
            raise TrustError(f"{url}: {sums} lists {match['name']} twice, differently")
    return files


def find_trusted_sums(fields: Mapping[str, str], url: str) -> str:
    """Return the field of sums to read. Raise TrustError if a Release file has none, or weak ones alone."""
    for name in TRUSTED_SUMS:
        if name.lower() in fields:
            return name
    weak = " and ".join(name for name in ("SHA1", "MD5Sum") if name.lower() in fields)
    raise TrustError(
        f"{url}: it lists neither SHA256 nor SHA512 sums, but {weak or 'none'}: weaker ones are not trusted",
        "the archive's owner has to make its Release file anew, with SHA256",
    )


def is_safe_name(name: str) -> bool:
    """Return whether a name leads to a path below where it starts, and has only one spelling."""
    return not {"", ".", ".."} & set(name.removeprefix("./").split("/"))


def format_index_name(component: str, arch: str) -> str:
    """Return the path of an index as a Release file lists it, without compression; '' is the component of a flat repository.

    `arch` is an architecture, `source`, or an architecture with `-udeb` for the packages of debian-installer.
    """
    base = f"{component}/" if component else ""
    if arch == "source":
        return f"{base}source/Sources" if component else "Sources"
    installer = "debian-installer/" if arch.endswith("-udeb") else ""
    folder = f"{installer}binary-{arch.removesuffix('-udeb')}/" if component else ""
    return f"{base}{folder}Packages"


def list_index_files(release: ReleaseFile, name: str) -> Iterator[tuple[str, ListedFile]]:
    """Yield the compressed and plain forms of an index that a Release file lists, the smallest compression first."""
    for suffix in COMPRESSIONS:
        for spelling in (name + suffix, f"./{name}{suffix}"):
            if spelling in release.files:
                yield spelling, release.files[spelling]
                break


def has_index(release: ReleaseFile, name: str) -> bool:
    """Return whether a Release file lists an index in any form."""
    return next(list_index_files(release, name), None) is not None


def has_index_of_all(release: ReleaseFile) -> bool:
    """Return whether packages of architecture `all` have to be read from an index of their own."""
    return "all" in (release.architectures or ("all",)) and not release.no_support_for_architecture_all


def find_component(release: ReleaseFile, name: str) -> str | None:
    """Return a component's name as the Release file spells it (`main` may be `updates/main`), or None if it has none."""
    components = release.components or list_indexed_components(release)
    if name in components or has_index(release, format_index_name(name, "all")):
        return name
    return next((spelled for spelled in components if spelled.endswith(f"/{name}")), None)


def list_indexed_components(release: ReleaseFile) -> tuple[str, ...]:
    """Return the components that have an index, sorted, for a Release file that does not name its components."""
    components = {name.rpartition("/binary-")[0] for name in release.files if "/binary-" in name}
    return tuple(sorted(component for component in components if not component.endswith("/debian-installer")))


def list_indexed_arches(release: ReleaseFile, component: str) -> tuple[str, ...]:
    """Return the architectures (and `source`) for which a component has an index, sorted."""
    start = f"{component}/binary-"
    arches = {name.removeprefix(start).partition("/")[0] for name in release.files if name.startswith(start)}
    source = ("source",) if has_index(release, format_index_name(component, "source")) else ()
    return (*sorted(arches), *source)


def is_of_suite(release: ReleaseFile, suite: str) -> bool:
    """Return whether a Release file is that of a suite; one that names neither suite nor codename is that of any."""
    names = {name for name in (release.suite, release.codename) if name}
    return not names or suite in names or any(suite.startswith(f"{name}/") for name in names)
