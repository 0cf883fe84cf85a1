"""The sources that have to be published with binary packages: those they are built from, and what is built into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from composelib.archive.choose.manifest import DEBUG, INSTALLER, MAIN, Row, sort_rows
from composelib.archive.choose.need import Reason
from composelib.archive.choose.packages.index import Index, build
from composelib.archive.choose.packages.package import Package, Part
from composelib.archive.choose.packages.source_package import STATIC, SourceReference, find_needed_sources
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.selfhosting import find_source
from composelib.errors import ComposeError

COMPONENT = "Compose-Component"


def choose_sources(
    variant: str, place: str, binaries: Iterable[bytes], sources: Universe, *, tolerant: bool
) -> tuple[list[Row], list[str]]:
    """Return the sorted rows of the sources of chosen packages, whose lists are given as gather writes them, and warnings.

    `place` is where the config asks for them. Raises ComposeError naming all that no archive has; tolerant, it is but a
    warning of what Static-Built-Using alone names, which archives keep no longer than they like.
    """
    packages = [package for text in binaries for package in packages_of(text, variant)]
    by_source = find_needed_sources(packages)
    components = components_of(packages)
    rows: list[Row] = []
    absent: list[SourceReference] = []
    for (name, version), origin in by_source.items():
        source = find_source(sources, name, version)
        if source:
            component = components.get((name, version), MAIN)
            rows.append(Row(source, component, Reason(None, origin.binary, origin.relation)))
        else:
            absent.append(origin)
    tolerated = [origin for origin in absent if origin.relation == STATIC]
    if len(absent) > len(tolerated) or (absent and not tolerant):
        lines = sorted(f"{place}: variants.{variant}.sources: {told(origin, sources)}" for origin in absent)
        hint = f"archives need not keep what {STATIC} names; with 'strict: lenient' it may be missing"
        raise ComposeError("\n".join(lines), hint if tolerated and not tolerant else "")
    return sort_rows(rows), sorted(told(origin, sources) for origin in tolerated)


def packages_of(text: bytes, variant: str) -> Iterator[Package]:
    """Return the packages of a list whose sources are wanted: not those of debug symbols, which come with others."""
    index = Index(build(text, "", f"variant {variant}"))
    part = Part(variant, text, index)
    for row in range(index.count):
        package = Package(part, row, index.name(row))
        if package.field(COMPONENT) != DEBUG:
            yield package


def components_of(packages: Sequence[Package]) -> dict[tuple[str, str], str]:
    """Return for each source the addon that alone has its packages; other sources go into main and are left out."""
    found: dict[tuple[str, str], set[str]] = {}
    for package in packages:
        component = package.field(COMPONENT) or MAIN
        component = MAIN if component == INSTALLER else component
        found.setdefault((package.source, package.source_version), set()).add(component)
    return {source: components.pop() for source, components in found.items() if len(components) == 1}


def told(origin: SourceReference, sources: Universe) -> str:
    """Describe which source is missing, and for what."""
    others = ", ".join(source.version for source in sources.versions(origin.name))
    have = f"; there are {others}" if others else ""
    via = "" if origin.relation == "Source" else f" ({origin.relation})"
    return f"source {origin.name} {origin.version} of {origin.binary.name}{via} is not in any archive{have}"
