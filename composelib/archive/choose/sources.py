"""The sources that have to be published with binary packages: those they are built from, and those built into them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from composelib.archive.choose.manifest import DEBUG, INSTALLER, MAIN, ManifestRow, sort_rows
from composelib.archive.choose.need import Reason
from composelib.archive.choose.packages.index import Index
from composelib.archive.choose.packages.index_build import build_index
from composelib.archive.choose.packages.package import Package, PackageListing
from composelib.archive.choose.packages.source_package import STATIC, SourceReference, find_needed_sources, list_sources
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.selfhosting import find_source
from composelib.errors import ComposeError

COMPONENT, ARCHIVE = "Compose-Component", "Compose-Archive"
ENTRY = re.compile(r"(\S+)(?: \(= (\S+)\))?")


@dataclass(frozen=True)
class SourceRules:
    """What the config says of the sources of a variant."""

    variant: str
    origin: str
    """Where the config has the variant, for messages."""
    missing: tuple[str, ...] = ()
    """The entries of `missing-sources`."""
    without: tuple[str, ...] = ()
    """The archives that have no sources of their packages."""
    tolerant: bool = False
    """Whether a source that Static-Built-Using alone names may be absent: archives need not keep these."""


@dataclass(frozen=True)
class OmittedSource:
    """A source that no archive has, and the words of the config that let it be left out."""

    reference: SourceReference
    cause: str

    def encode(self) -> dict[str, str]:
        """Return it as a JSON object."""
        binary = self.reference.binary
        return {
            "source": self.reference.name,
            "source_version": self.reference.version,
            "package": binary.name,
            "architecture": binary.architecture,
            "archive": binary.field(ARCHIVE),
            "relation": self.reference.relation,
            "cause": self.cause,
        }


@dataclass(frozen=True)
class SourceChoice:
    """The sorted rows of the sources of chosen packages, what is left out, and warnings."""

    rows: list[ManifestRow]
    omitted: list[OmittedSource]
    warnings: list[str]


def choose_sources(rules: SourceRules, binaries: Iterable[bytes], sources: Universe) -> SourceChoice:
    """Choose the sources of the packages in `binaries`, which are lists that gather wrote.

    Raise ComposeError for all sources that no archive has and that the config does not let be left out.
    """
    packages = [package for text in binaries for package in read_packages(text, rules.variant)]
    needed = find_needed_sources(package for package in packages if package.field(ARCHIVE) not in rules.without)
    excused = find_needed_sources(package for package in packages if package.field(ARCHIVE) in rules.without)
    components = find_components(packages)
    rows: list[ManifestRow] = []
    absent: list[SourceReference] = []
    for (name, version), reference in (excused | needed).items():
        source = find_source(sources, name, version)
        if source:
            sources.check_file(source)
            reason = Reason(None, reference.binary, reference.relation)
            rows.append(ManifestRow(source, components.get((name, version), MAIN), reason))
        else:
            absent.append(reference)
    omitted = [OmittedSource(reference, explain_omission(reference, rules, needed)) for reference in absent]
    refuse_missing([source.reference for source in omitted if not source.cause], rules, sources)
    omitted.sort(key=lambda source: (source.reference.name, source.reference.version))
    warnings = [
        f"{describe_missing(source.reference, sources)}; left out by `{source.cause}`" for source in omitted
    ] + list_idle_entries(rules, absent)
    return SourceChoice(sort_rows(rows), omitted, warnings)


def explain_omission(
    reference: SourceReference, rules: SourceRules, needed: Mapping[tuple[str, str], SourceReference]
) -> str:
    """Return the words of the config that let an absent source be left out; empty if none does."""
    if (reference.name, reference.version) not in needed:
        return f"archives.{reference.binary.field(ARCHIVE)}.sources: false"
    entry = next((entry for entry in rules.missing if names_source(entry, reference)), "")
    if entry:
        return f"variants.{rules.variant}.missing-sources: [{entry}]"
    return f"variants.{rules.variant}.strict" if rules.tolerant and reference.relation == STATIC else ""


def names_source(entry: str, reference: SourceReference) -> bool:
    """Return whether an entry of `missing-sources` is for a source."""
    match = ENTRY.fullmatch(entry)
    return match is not None and match[1] == reference.name and match[2] in {None, reference.version}


def list_idle_entries(rules: SourceRules, absent: Sequence[SourceReference]) -> list[str]:
    """Return a warning for each entry of `missing-sources` whose source is not missing or not needed."""
    return [
        f"{rules.origin}: variants.{rules.variant}.missing-sources: {entry!r} is not missing, or not needed: remove it"
        for entry in rules.missing
        if not any(names_source(entry, reference) for reference in absent)
    ]


def refuse_missing(missing: Sequence[SourceReference], rules: SourceRules, sources: Universe) -> None:
    """Raise ComposeError naming all missing sources, if there are any, and the keys that leave them out."""
    if not missing:
        return
    where = f"{rules.origin}: variants.{rules.variant}.sources"
    lines = sorted(f"{where}: {describe_missing(reference, sources)}" for reference in missing)
    entries = ", ".join(sorted(f"{reference.name} (= {reference.version})" for reference in missing))
    hint = (
        f"`missing-sources: [{entries}]` of the variant leaves them out, which debs.json says; "
        f"`sources: false` of an archive says that it has no sources"
    )
    if any(reference.relation == STATIC for reference in missing):
        hint += f"; archives need not keep what {STATIC} names: with 'strict: lenient' it may be missing"
    raise ComposeError("\n".join(lines), hint)


def read_packages(text: bytes, variant: str) -> Iterator[Package]:
    """Yield the packages of a list whose sources are needed; -dbgsym packages have the source of another package."""
    index = Index(build_index(text, "", f"variant {variant}"))
    listing = PackageListing(variant, text, index)
    for row in range(index.count):
        package = Package(listing, row, index.name(row))
        if package.field(COMPONENT) != DEBUG:
            yield package


def find_components(packages: Sequence[Package]) -> dict[tuple[str, str], str]:
    """Return for each source the only component whose packages need it; sources of several components are left out."""
    components_by_source: dict[tuple[str, str], set[str]] = {}
    for package in packages:
        component = package.field(COMPONENT) or MAIN
        component = MAIN if component == INSTALLER else component
        for reference in list_sources(package):
            components_by_source.setdefault((reference.name, reference.version), set()).add(component)
    return {source: components.pop() for source, components in components_by_source.items() if len(components) == 1}


def describe_missing(reference: SourceReference, sources: Universe) -> str:
    """Describe which source is missing, and for what."""
    versions = ", ".join(source.version for source in sources.versions(reference.name))
    available = f"; available: {versions}" if versions else ""
    via = "" if reference.relation == "Source" else f" ({reference.relation})"
    return (
        f"source {reference.name} {reference.version} of {reference.binary.name}{via} is not in any archive{available}"
    )
