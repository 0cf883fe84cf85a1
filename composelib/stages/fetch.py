"""Bring the files of a variant's chosen packages into the store, verified."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from composelib.archive.format.repository import Chosen, chosen, value
from composelib.errors import ComposeError, TrustError
from composelib.fetch import accepted_suite
from composelib.fetch.download import Wanted
from composelib.fetch.store import Store, opened
from composelib.fetch.transfer import transfer
from composelib.fetch.url import below, is_local, local_path
from composelib.files import write
from composelib.model.arch import SOURCE
from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.model.variant import Variant
from composelib.task import Task

Places = Mapping[str, tuple[str, ...]]
"""By archive: the URLs that its files are below."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each variant and arch, `source` included where the variant has sources."""
    return tuple(task(compose, variant, arch) for variant in compose.variants for arch in gathered(variant))


def gathered(variant: Variant) -> tuple[str, ...]:
    """Give the arches that packages are chosen for; foreign packages are among those of the arch they go with."""
    return (*variant.arches, SOURCE) if variant.sources else variant.arches


def task(compose: Compose, variant: Variant, arch: str) -> Task:
    """Give the task of one variant and arch."""
    archives = [archive for archive in own_archives(compose, variant) if archive.uri]
    folders = {archive.name: archive.debs for archive in compose.archives if archive.debs}
    listing = compose.paths.fetched(variant.name, arch)
    objects = listing.with_suffix(".stored")
    signatures = {archive.name: compose.paths.signatures(archive) for archive in archives}
    wanted = compose.paths.chosen(variant.name, arch)
    return Task(
        name=f"{variant.name}:{arch}",
        doc=f"fetch {variant.name}'s packages for {arch}",
        run=partial(fetch, compose, wanted, signatures, folders, listing, objects),
        inputs=(wanted,),
        order_only=tuple(signatures.values()),
        outputs=(listing, objects),
        trees=(objects,),
        uses={},
        pool="fetch",
    )


def own_archives(compose: Compose, variant: Variant) -> Iterator[Archive]:
    """Give the archives that a variant's packages may come from."""
    for archive in compose.archives:
        yield archive
        if archive.debug and variant.debug:
            yield archive.debug


def fetch(
    compose: Compose,
    wanted: Path,
    signatures: Mapping[str, Path],
    folders: Mapping[str, Path],
    listing: Path,
    objects: Path,
) -> None:
    """Bring every chosen file into the store, then list them: `SHA256 SIZE NAME`, and where in the store they are.

    Raises TrustError, NetworkError or MachineError that names all files that could not be had.
    """
    places = {
        name: accepted_suite.bases(accepted_suite.load(path.read_text()).values()) for name, path in signatures.items()
    }
    places |= {name: (f"{folder.absolute().as_uri()}/",) for name, folder in folders.items()}
    store = opened(compose.paths.stored("00").parent.parent)
    files = [each for entry in chosen(wanted.read_bytes()) for each in of_package(entry, places, store)]
    check_names(files)
    if compose.offline:
        check_stored(store, files)
    transfer(store, files)
    write(listing, "".join(sorted({f"{file.sha256} {file.size} {file.name}\n" for file in files})))
    write(objects, "".join(sorted({f"{os.path.relpath(file.target, compose.paths.root)}\n" for file in files})))


@dataclass(frozen=True)
class Part:
    """A file of a package, as its stanza lists it."""

    name: str
    sha256: str
    size: str


def of_package(entry: Chosen, places: Places, store: Store) -> Iterator[Wanted]:
    """Give the files of a chosen package: its .deb, or its .dsc and all that belongs to it."""
    package = f"{value(entry.stanza, 'Package')} {value(entry.stanza, 'Version')}"
    what = f"{package} of archive {entry.archive}"
    bases = places.get(entry.archive)
    if bases is None:
        raise ComposeError(f"{what}: the compose has no such archive to fetch from", "run gather again")
    for part in parts(entry.stanza):
        if not (part.size.isascii() and part.size.isdigit() and part.sha256):
            raise TrustError(f"{what}: {part.name}: no size and SHA256 to check it by")
        urls = tuple(below(base, part.name) for base in bases)
        root = local_path(bases[0]) if is_local(bases[0]) else None
        target = store.place(part.sha256)
        yield Wanted(part.sha256, int(part.size), urls, target, what, part.name, root)


def parts(stanza: bytes) -> Iterator[Part]:
    """Give the files that a stanza of Packages or Sources lists."""
    filename = value(stanza, "Filename")
    if filename:
        yield Part(filename.removeprefix("./"), value(stanza, "SHA256"), value(stanza, "Size"))
        return
    folder = value(stanza, "Directory").removeprefix("./").rstrip("/")
    for line in filter(None, value(stanza, "Checksums-Sha256").split("\n")):
        sha256, size, name = line.split()
        yield Part(name if folder in {"", "."} else f"{folder}/{name}", sha256, size)


def check_names(files: list[Wanted]) -> None:
    """Refuse two different files of one name, naming where both come from: a pool has room for one of them."""
    seen: dict[str, Wanted] = {}
    for file in files:
        other = seen.setdefault(file.name.rpartition("/")[2], file)
        if other.sha256 != file.sha256:
            raise TrustError(
                f"{file.name}: two different files: {other.what} (SHA256 {other.sha256}) "
                f"and {file.what} (SHA256 {file.sha256})",
                "give one of their archives a lower priority, or exclude the package",
            )


def check_stored(store: Store, files: list[Wanted]) -> None:
    """Raise ComposeError naming what is not in the store, when nothing may be asked for."""
    missing = [file.what for file in files if not store.has(file.sha256, file.size)]
    store.settle()
    if missing:
        listed = "; ".join(missing[:10]) + ("; …" if len(missing) > 10 else "")  # noqa: PLR2004
        raise ComposeError(f"offline, and {len(missing)} files are not in the store: {listed}", "run without offline=1")
