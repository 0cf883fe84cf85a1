"""Choose each variant's packages: what its list asks for, and all that this needs.

The rule of choice is that of composelib.archive.choose.closure. A variant's list for an arch has its own packages and those of
foreign arches; the packages of its addons, the debug packages and the installer's are told apart by their component.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

from composelib.archive.choose import manifest
from composelib.archive.choose.chooser import ChoiceError, Supply, choose
from composelib.archive.choose.manifest import Row
from composelib.archive.choose.order import Order, asked, order_of, rules
from composelib.archive.choose.packages.index import UDEB, Index, build
from composelib.archive.choose.packages.package import Part
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.sources import choose_sources
from composelib.archive.format.stanza import Buffer
from composelib.errors import ComposeError, TrustError
from composelib.files import write
from composelib.model.arch import SOURCE
from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.model.variant import Variant
from composelib.task import Task

INSTALLER_ARCH = "{}-udeb"
"""The pkgset of an arch's packages for the installer."""


@dataclass(frozen=True)
class Indexed:
    """An archive's stanzas and their index, and how the archive counts."""

    archive: str
    priority: int | None
    lookaside: bool
    stanzas: Path
    index: Path


@dataclass(frozen=True)
class Aside:
    """What a variant that this one builds on has chosen."""

    variant: str
    chosen: Path


@dataclass(frozen=True)
class Stock:
    """The files to choose from: by kind, of every archive."""

    native: tuple[Indexed, ...]
    foreign: tuple[tuple[str, tuple[Indexed, ...]], ...] = ()
    sources: tuple[Indexed, ...] = ()
    debug: tuple[tuple[str, tuple[Indexed, ...]], ...] = ()
    udebs: tuple[Indexed, ...] = ()
    aside: tuple[Aside, ...] = ()

    @property
    def paths(self) -> Iterator[Path]:
        """All files."""
        by_arch = [indexed for _, found in (*self.foreign, *self.debug) for indexed in found]
        for indexed in (*self.native, *by_arch, *self.sources, *self.udebs):
            yield indexed.stanzas
            yield indexed.index
        yield from (aside.chosen for aside in self.aside)


Job = tuple[Order, Stock]


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each variant and arch, and one for the sources of each variant that has them."""
    found = [
        gather_task(compose, variant, arch, jobs_after(compose, variant, arch))
        for variant in compose.variants
        for arch in variant.arches
    ]
    return (*found, *(source_task(compose, variant) for variant in compose.variants if variant.sources))


def gather_task(compose: Compose, variant: Variant, arch: str, after: tuple[Job, ...]) -> Task:
    """Give the task that chooses a variant's packages for an arch; those `after` build on them."""
    order, stock = job_of(compose, variant, arch)
    outputs = (compose.paths.manifest(variant.name, arch), compose.paths.chosen(variant.name, arch))
    debug = [part for _, parts in stock.debug[:1] for part in parts]
    return Task(
        name=f"{variant.name}:{arch}",
        doc=f"choose the packages of {variant.name} for {arch}",
        run=partial(gather, order, stock, *outputs, after=after),
        inputs=tuple(stock.paths),
        outputs=outputs,
        uses={
            **asked(order),
            "rules": rules(order),
            "archives": [[part.archive, part.priority, part.lookaside] for part in (*stock.native, *debug)],
        },
        quick=True,
    )


def job_of(compose: Compose, variant: Variant, arch: str) -> Job:
    """Give what a variant asks for on an arch, and what there is to choose from."""
    return order_of(variant, arch), stock_of(compose, variant, arch)


def jobs_after(compose: Compose, variant: Variant, arch: str) -> tuple[Job, ...]:
    """Give the jobs of the variants that build on one, near and far, each after those that it builds on itself."""
    found = [
        (len(below), job_of(compose, other, arch))
        for other in compose.variants
        if arch in other.arches and other.lookaside and variant in (below := compose.lookasides(other))
    ]
    return tuple(job for _, job in sorted(found, key=lambda each: each[0]))


def stock_of(compose: Compose, variant: Variant, arch: str) -> Stock:
    """Give the files that a variant's packages for an arch are chosen from."""
    foreign = variant.multiarch.foreign if variant.multiarch else ()
    debug = [archive.debug for archive in compose.archives if archive.debug and variant.debug]
    installs = any(image.installer and arch in image.arches for image in variant.images)
    return Stock(
        native=indexed(compose, compose.archives, arch),
        foreign=tuple((other, indexed(compose, compose.archives, other)) for other in foreign),
        sources=sources_of(compose) if variant.selfhosting else (),
        debug=tuple((each, indexed(compose, debug, each)) for each in (arch, *foreign)) if debug else (),
        udebs=indexed(compose, copied(compose), INSTALLER_ARCH.format(arch)) if installs else (),
        aside=tuple(
            Aside(other.name, compose.paths.chosen(other.name, arch))
            for other in compose.lookasides(variant)
            if arch in other.arches
        ),
    )


def indexed(compose: Compose, archives: Iterable[Archive], arch: str) -> tuple[Indexed, ...]:
    """Give what archives have for an arch."""
    return tuple(
        Indexed(
            archive.name,
            archive.priority,
            archive.lookaside,
            compose.paths.pkgset(archive, arch),
            compose.paths.pkgset_index(archive, arch),
        )
        for archive in archives
        if archive.has(arch)
    )


def copied(compose: Compose) -> list[Archive]:
    """Give the archives whose packages are copied."""
    return [archive for archive in compose.archives if not archive.lookaside]


def sources_of(compose: Compose) -> tuple[Indexed, ...]:
    """Give what archives have of source packages."""
    return indexed(compose, copied(compose), SOURCE)


def gather(order: Order, stock: Stock, listing: Path, chosen: Path, after: tuple[Job, ...] = ()) -> None:
    """Write a variant's list for an arch. Raises ComposeError with all that cannot be had, TrustError.

    What the variants that build on it cannot have is told with it: their own tasks are not run when this one fails.
    """
    try:
        rows, warnings = choose(order, supply_of(order, stock, {}))
    except ChoiceError as error:
        raise ComposeError("\n".join([error.message, *foreseen(order.variant, error.rows, after)])) from None
    for warning in warnings:
        print(f"warning: {warning}", flush=True)
    total = sum(row.package.size for row in rows)
    print(f"{len(rows)} packages, {total / 1e6:.1f} MB", flush=True)
    write_list(order.variant, order.arch, rows, listing, chosen)


def foreseen(variant: str, rows: list[Row], after: tuple[Job, ...]) -> Iterator[str]:
    """Tell what variants cannot have that build on one which has only these rows."""
    known = {variant: manifest.as_stanzas(rows)}
    for order, stock in after:
        if all(aside.variant in known or aside.chosen.is_file() for aside in stock.aside):
            try:
                found, _ = choose(order, supply_of(order, stock, known))
            except ChoiceError as error:
                yield error.message
                found = error.rows
            known[order.variant] = manifest.as_stanzas(found)


def write_list(variant: str, arch: str, rows: list[Row], listing: Path, chosen: Path) -> None:
    """Write rows as JSON and as stanzas."""
    write(listing, manifest.as_json(variant, arch, rows).encode("utf-8", "surrogateescape"))
    write(chosen, manifest.as_stanzas(rows))


def supply_of(order: Order, stock: Stock, known: Mapping[str, bytes]) -> Supply:
    """Read what there is to choose from; `known` has what variants have chosen whose files are not written."""
    texts = [
        (aside.variant, known[aside.variant] if aside.variant in known else aside.chosen.read_bytes())
        for aside in stock.aside
    ]
    aside = [aside_part(*text, order.arch) for text in texts]
    foreign = []
    for arch, found in stock.foreign:
        own = [aside_part(*text, arch) for text in texts]
        foreign.append(Universe([*map(part, found), *own], arch, native=False))
    return Supply(
        native=Universe([*map(part, stock.native), *aside], order.arch),
        foreign=tuple(foreign),
        sources=Universe([*map(part, stock.sources)], SOURCE) if stock.sources else None,
        debug=tuple(Universe([*map(part, found)], arch) for arch, found in stock.debug),
        udebs=Universe([*map(part, stock.udebs)], order.arch, kind=UDEB) if stock.udebs else None,
    )


def part(indexed: Indexed) -> Part:
    """Read an archive's packages. Raises TrustError if index and stanzas are not of one kind."""
    stanzas, index = mapped(indexed.stanzas), Index(mapped(indexed.index))
    if index.size != len(stanzas):
        raise TrustError(f"{indexed.index}: this is not the index of {indexed.stanzas.name}", "run pkgset again")
    return Part(indexed.archive, stanzas, index, indexed.priority, indexed.lookaside)


def mapped(path: Path) -> Buffer:
    """Give a file's bytes without reading those that are not looked at."""
    with path.open("rb") as stream:
        if not path.stat().st_size:
            return b""
        return cast(Buffer, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))


def aside_part(variant: str, stanzas: bytes, arch: str) -> Part:
    """Give what another variant has chosen, as packages that only satisfy."""
    return Part(variant, stanzas, Index(build(stanzas, arch, f"variant {variant}")), lookaside=True)


def source_task(compose: Compose, variant: Variant) -> Task:
    """Give the task that chooses the sources of all that a variant has."""
    chosen = tuple(compose.paths.chosen(variant.name, arch) for arch in variant.arches)
    sources = sources_of(compose)
    stock = Stock((), sources=sources)
    outputs = (compose.paths.manifest(variant.name, SOURCE), compose.paths.chosen(variant.name, SOURCE))
    return Task(
        name=f"{variant.name}:{SOURCE}",
        doc=f"choose the sources of {variant.name}",
        run=partial(
            gather_sources, variant.name, str(variant.origin), variant.strict != "fatal", chosen, stock, *outputs
        ),
        inputs=(*chosen, *stock.paths),
        outputs=outputs,
        uses={
            "archives": [[part.archive, part.priority] for part in sources],
            "arches": list(variant.arches),
            "strict": variant.strict,
        },
        quick=True,
    )


def gather_sources(
    variant: str,
    place: str,
    tolerant: bool,
    chosen: tuple[Path, ...],
    stock: Stock,
    listing: Path,
    result: Path,
) -> None:
    """Write the list of a variant's sources. Raises ComposeError with all that no archive has."""
    universe = Universe([*map(part, stock.sources)], SOURCE)
    binaries = [path.read_bytes() for path in chosen]
    rows, warnings = choose_sources(variant, place, binaries, universe, tolerant=tolerant)
    for warning in warnings:
        print(f"warning: {warning}", flush=True)
    print(f"{len(rows)} source packages", flush=True)
    write_list(variant, SOURCE, rows, listing, result)
