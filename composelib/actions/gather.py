"""Choose packages from the archives' indices, and write the list of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from composelib.archive.choose import manifest
from composelib.archive.choose.chooser import ChoiceError, Supply, choose_packages
from composelib.archive.choose.manifest import ManifestRow
from composelib.archive.choose.packages.index import UDEB, Index
from composelib.archive.choose.packages.package import PackageListing
from composelib.archive.choose.packages.universe import Universe
from composelib.errors import ComposeError, TrustError
from composelib.fetch.package_listing import open_listing
from composelib.files import write_file
from composelib.model.arch import SOURCE

if TYPE_CHECKING:
    from composelib.archive.choose.pins import Pins
    from composelib.model.indexed_archive import IndexedArchive
    from composelib.stages.gather import GatherJob, GatherSourcesJob


def gather(job: GatherJob, dependents: tuple[GatherJob, ...]) -> None:
    """Write a variant's list for an arch.

    Raise ComposeError with everything that is not available to it and to the variants that build on it.
    """
    try:
        rows, warnings = choose_packages(job.order, read_supply(job, {}))
    except ChoiceError as error:
        unmet = list_unmet(job.order.variant, error.rows, dependents)
        kind = TrustError if error.is_of_trust else ComposeError
        raise kind("\n".join([error.message, *unmet])) from None
    print_warnings(warnings)
    check_for_apt(rows)
    size = sum(row.package.size for row in rows)
    print(f"{len(rows)} packages, {size / 1e6:.1f} MB", flush=True)
    write_list(job, job.order.variant, job.order.arch, rows)


def check_for_apt(rows: Iterable[ManifestRow]) -> None:
    """Raise TrustError for the packages in whose stanzas apt could not parse our indices."""
    packages = [row.package for row in rows if row.package.row in row.package.listing.index.unparsable]
    if not packages:
        return
    from composelib.archive.format.apt_syntax import find_apt_faults  # noqa: PLC0415 - nearly all packages are sound

    faults = [
        f"{package.name} {package.version} of archive {package.archive}: {fault}"
        for package in packages
        for fault in find_apt_faults(package.stanza)
    ]
    if faults:
        raise TrustError("\n".join(faults), "an index with it is no use to apt: exclude the package, or have it mended")


def list_unmet(variant: str, rows: list[ManifestRow], jobs: Iterable[GatherJob]) -> Iterator[str]:
    """Yield what is not available to the variants of `jobs`, which build on a variant that has only these rows."""
    chosen = {variant: manifest.format_stanzas(rows)}
    for job in jobs:
        if all(lookaside.variant in chosen or lookaside.chosen.is_file() for lookaside in job.stock.lookasides):
            try:
                more_rows, _ = choose_packages(job.order, read_supply(job, chosen))
            except ChoiceError as error:
                yield error.message
                more_rows = error.rows
            chosen[job.order.variant] = manifest.format_stanzas(more_rows)


def gather_sources(job: GatherSourcesJob) -> None:
    """Write the list of a variant's sources. Raise ComposeError with all sources that no archive has."""
    from composelib.archive.choose.sources import (  # noqa: PLC0415 - most tasks choose binaries
        SourceRules,
        choose_sources,
    )

    universe = Universe([*map(open_listing, job.sources)], SOURCE)
    rules = SourceRules(job.variant, job.origin, job.missing, job.without, job.tolerant)
    choice = choose_sources(rules, [path.read_bytes() for path in job.binaries], universe)
    print_warnings(choice.warnings)
    print(f"{len(choice.rows)} source packages", flush=True)
    omitted = [source.encode() for source in choice.omitted]
    write_list(job, job.variant, SOURCE, choice.rows, omitted)


def print_warnings(warnings: Iterable[str]) -> None:
    """Print warnings to the task's log."""
    for warning in warnings:
        print(f"warning: {warning}", flush=True)


def write_list(
    job: GatherJob | GatherSourcesJob,
    variant: str,
    arch: str,
    rows: list[ManifestRow],
    omitted: Iterable[Mapping[str, str]] | None = None,
) -> None:
    """Write rows as JSON, of sources with those that are left out, and as stanzas."""
    text = manifest.format_manifest(variant, arch, rows, omitted)
    write_file(job.manifest, text.encode("utf-8", "surrogateescape"))
    write_file(job.chosen, manifest.format_stanzas(rows))


def read_supply(job: GatherJob, chosen: Mapping[str, bytes]) -> Supply:
    """Read the packages to choose from; `chosen` has the lists of variants whose own files are not written yet."""
    stock, arch = job.stock, job.order.arch
    lists = [
        (lookaside.variant, chosen[lookaside.variant] if lookaside.variant in chosen else lookaside.chosen.read_bytes())
        for lookaside in stock.lookasides
    ]

    def read_packages(archives: Iterable[IndexedArchive], architecture: str) -> list[PackageListing]:
        return [*map(open_listing, archives), *(read_lookaside(variant, text, architecture) for variant, text in lists)]

    pins = make_pins(job)
    return Supply(
        native=Universe(read_packages(stock.native, arch), arch, pins=pins),
        foreign=tuple(
            Universe(read_packages(archives, foreign), foreign, native=False, pins=pins)
            for foreign, archives in stock.foreign
        ),
        sources=Universe([*map(open_listing, stock.sources)], SOURCE) if stock.sources else None,
        debug=tuple(Universe([*map(open_listing, archives)], name) for name, archives in stock.debug),
        udebs=Universe([*map(open_listing, stock.udebs)], arch, kind=UDEB) if stock.udebs else None,
    )


def make_pins(job: GatherJob) -> Pins | None:
    """Return the pins of an order; None if it has none."""
    if not job.order.pins:
        return None
    from composelib.archive.choose.pins import Pins  # noqa: PLC0415 - most variants have no pins

    return Pins(job.order.pins, job.order.arch)


def read_lookaside(variant: str, stanzas: bytes, arch: str) -> PackageListing:
    """Return the packages that a variant has chosen, as a lookaside."""
    from composelib.archive.choose.packages.index_build import build_index  # noqa: PLC0415 - most variants have none

    return PackageListing(variant, stanzas, Index(build_index(stanzas, arch, f"variant {variant}")), lookaside=True)
