"""The sources that have to be published with binary packages: those they are built from, and those built into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from composelib.archive.choose.manifest import DEBUG, INSTALLER, MAIN, ManifestRow, sort_rows
from composelib.archive.choose.need import Reason
from composelib.archive.choose.packages.index import Index
from composelib.archive.choose.packages.index_build import build_index
from composelib.archive.choose.packages.package import Package, PackageListing
from composelib.archive.choose.packages.source_package import STATIC, SourceReference, find_needed_sources
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.selfhosting import find_source
from composelib.errors import ComposeError

COMPONENT = "Compose-Component"


def choose_sources(
    variant: str, config_origin: str, binaries: Iterable[bytes], sources: Universe, *, tolerant: bool
) -> tuple[list[ManifestRow], list[str]]:
    """Return the sorted rows of the sources of chosen packages, and warnings; `binaries` are lists that gather wrote.

    Raise ComposeError, with `config_origin`, for all sources that no archive has. If `tolerant`, sources that only
    Static-Built-Using names are a warning: archives need not keep these.
    """
    packages = [package for text in binaries for package in read_packages(text, variant)]
    by_source = find_needed_sources(packages)
    components = find_components(packages)
    rows: list[ManifestRow] = []
    absent: list[SourceReference] = []
    for (name, version), reference in by_source.items():
        source = find_source(sources, name, version)
        if source:
            sources.check_file(source)
            component = components.get((name, version), MAIN)
            rows.append(ManifestRow(source, component, Reason(None, reference.binary, reference.relation)))
        else:
            absent.append(reference)
    tolerated = [reference for reference in absent if reference.relation == STATIC]
    if len(absent) > len(tolerated) or (absent and not tolerant):
        lines = sorted(
            f"{config_origin}: variants.{variant}.sources: {describe_missing(reference, sources)}"
            for reference in absent
        )
        hint = f"archives need not keep what {STATIC} names; with 'strict: lenient' it may be missing"
        raise ComposeError("\n".join(lines), hint if tolerated and not tolerant else "")
    return sort_rows(rows), sorted(describe_missing(reference, sources) for reference in tolerated)


def read_packages(text: bytes, variant: str) -> Iterator[Package]:
    """Yield the packages of a list whose sources are needed; -dbgsym packages have the source of another package."""
    index = Index(build_index(text, "", f"variant {variant}"))
    listing = PackageListing(variant, text, index)
    for row in range(index.count):
        package = Package(listing, row, index.name(row))
        if package.field(COMPONENT) != DEBUG:
            yield package


def find_components(packages: Sequence[Package]) -> dict[tuple[str, str], str]:
    """Return for each source the only component that has its packages; sources of several components are left out."""
    components_by_source: dict[tuple[str, str], set[str]] = {}
    for package in packages:
        component = package.field(COMPONENT) or MAIN
        component = MAIN if component == INSTALLER else component
        components_by_source.setdefault((package.source, package.source_version), set()).add(component)
    return {source: components.pop() for source, components in components_by_source.items() if len(components) == 1}


def describe_missing(reference: SourceReference, sources: Universe) -> str:
    """Describe which source is missing, and for what."""
    versions = ", ".join(source.version for source in sources.versions(reference.name))
    available = f"; available: {versions}" if versions else ""
    via = "" if reference.relation == "Source" else f" ({reference.relation})"
    return (
        f"source {reference.name} {reference.version} of {reference.binary.name}{via} is not in any archive{available}"
    )
