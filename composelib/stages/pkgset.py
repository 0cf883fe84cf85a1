"""Fetch each archive's package indices, verify them, and index what they hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from composelib.archive.choose.packages import index
from composelib.archive.format import release
from composelib.archive.format.release import Listed, Release, index_name, indexed_arches
from composelib.errors import ConfigError, TrustError
from composelib.fetch import accepted_suite, deb_folder
from composelib.fetch.accepted_suite import Accepted
from composelib.fetch.decompress import available, blocks
from composelib.fetch.download import Wanted, obtain_waiting
from composelib.fetch.errors import NotThereError
from composelib.fetch.http import Agent
from composelib.fetch.url import below, is_local, local_path
from composelib.files import write, written_aside
from composelib.model.arch import SOURCE
from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.progress import report
from composelib.task import Task

UNLISTED = 1 << 30
"""Bytes that an index may unpack to whose plain form the Release file does not list."""
UDEB = "-udeb"


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each archive and arch, `source` and the installer's packages included where they are used."""
    found: list[Task] = []
    debug = any(variant.debug for variant in compose.variants)
    for archive in compose.archives:
        if archive.build:
            continue
        make = from_folder if archive.debs else from_archive
        found += [make(compose, archive, arch) for arch in arches(compose) if archive.has(arch)]
        if archive.debug and debug:
            read = [arch for arch in arches(compose) if is_binary(arch) and archive.debug.has(arch)]
            found += [from_archive(compose, archive.debug, arch) for arch in read]
    return tuple(found)


def arches(compose: Compose) -> tuple[str, ...]:
    """Give the arches whose packages may be asked for."""
    found = list(compose.arches)
    for variant in compose.variants:
        found += variant.multiarch.foreign if variant.multiarch else ()
        found += [f"{arch}{UDEB}" for image in variant.images if image.installer for arch in image.arches]
        found += [SOURCE] if variant.sources or variant.selfhosting or any(i.source for i in variant.images) else []
    return tuple(dict.fromkeys(found))


def is_binary(arch: str) -> bool:
    """Tell whether packages of an arch are installed on a system."""
    return arch != SOURCE and not arch.endswith(UDEB)


def from_archive(compose: Compose, archive: Archive, arch: str) -> Task:
    """Give the task that reads an archive's own indices."""
    texts = tuple(compose.paths.inrelease(archive, suite) for suite in archive.suites)
    outputs = (compose.paths.pkgset(archive, arch), compose.paths.pkgset_index(archive, arch))
    required = arch in compose.arches
    parts = compose.paths.work("pkgset", archive.name, "parts")
    signatures = compose.paths.signatures(archive)
    return Task(
        name=f"{archive.name}:{arch}",
        doc=f"read what {archive.name} has for {arch}",
        run=partial(read_archive, archive, arch, required, compose.offline, texts, signatures, parts, *outputs),
        inputs=texts,
        order_only=(signatures,),
        outputs=outputs,
        uses={"suites": list(archive.suites), "components": list(archive.components), "required": required},
        pool="network",
    )


def from_folder(compose: Compose, archive: Archive, arch: str) -> Task:
    """Give the task that makes the index of a folder of .debs."""
    folder = archive.debs or Path()
    outputs = (compose.paths.pkgset(archive, arch), compose.paths.pkgset_index(archive, arch))
    return Task(
        name=f"{archive.name}:{arch}",
        doc=f"read the .debs of {archive.name} for {arch}",
        run=partial(read_folder, folder, arch, *outputs),
        inputs=(),
        outputs=outputs,
        uses={"debs": str(folder)},
        probe=partial(deb_folder.state, folder),
    )


def read_folder(folder: Path, arch: str, stanzas: Path, rows: Path) -> None:
    """Write the stanzas of a folder's .debs and their index; raises TrustError naming a broken .deb."""
    content = b"" if arch == SOURCE else b"\n".join(fitting(folder, udeb=arch.endswith(UDEB)))
    write(stanzas, content)
    write(rows, index.build(content, arch.removesuffix(UDEB), str(folder)))


def fitting(folder: Path, *, udeb: bool) -> Iterator[bytes]:
    """Give the stanzas of a folder's packages for systems, or of those for the installer."""
    for stanza in deb_folder.stanzas(folder):
        filename = stanza.rpartition(b"\nFilename: ")[2].partition(b"\n")[0]
        if filename.endswith(b".udeb") == udeb:
            yield stanza


@dataclass(frozen=True)
class Source:
    """An index of a suite: its plain name in the Release file, its forms, and where it is."""

    name: str
    release: Release
    suite: Accepted
    archive: str

    @property
    def what(self) -> str:
        """What messages call it."""
        return f"{self.name} of archive {self.archive}, suite {self.suite.suite}"

    @property
    def plain(self) -> Listed | None:
        """What it has to be when unpacked, if the Release file says."""
        found = dict(release.forms(self.release, self.name))
        return found.get(self.name) or found.get(f"./{self.name}")


def read_archive(
    archive: Archive,
    arch: str,
    required: bool,
    offline: bool,
    texts: tuple[Path, ...],
    signatures: Path,
    parts: Path,
    stanzas: Path,
    rows: Path,
) -> None:
    """Write the stanzas of an archive's indices for an arch, suite after suite, and the index of them.

    Raises TrustError for what is not as the Release file says, ConfigError for an arch the archive does not have.
    """
    suites = accepted_suite.load(signatures.read_text())
    place = f"archive {archive.name}, {arch}"
    found = [release.parse(text.read_bytes(), str(text)) for text in texts]
    with written_aside(stanzas, may_be_empty=True) as aside:
        priorities = []
        with closing(Agent()) as agent, aside.open("wb") as stream:
            for name, content in zip(archive.suites, found, strict=True):
                priorities.append((stream.tell(), content.priority))
                for source in sources(archive, arch, content, suites[name], required=required):
                    append(stream, source, fetched(agent, source, parts, offline=offline))
        content_bytes = aside.read_bytes()
        write(rows, index.build(content_bytes, arch.removesuffix(UDEB), place, priorities))
    prune(parts, found)


def sources(archive: Archive, arch: str, found: Release, suite: Accepted, *, required: bool) -> Iterator[Source]:
    """Give the indices of a suite that have packages for an arch."""
    flat = suite.suite.endswith("/")
    for component in ("",) if flat else archive.components:
        known = release.component_of(found, component) if component else ""
        if known is None:
            continue
        names = [index_name(known, arch)]
        if arch != SOURCE and not flat and release.has_own_all(found):
            names.append(index_name(known, f"all{UDEB}" if arch.endswith(UDEB) else "all"))
        there = [name for name in names if release.has_index(found, name)]
        if not there:
            lacks(archive, arch, found, suite, known, required=required)
        yield from (Source(name, found, suite, archive.name) for name in there)


def lacks(archive: Archive, arch: str, found: Release, suite: Accepted, component: str, *, required: bool) -> None:
    """Say that a suite has nothing for an arch; raises ConfigError if the compose is made for that arch."""
    has = ", ".join(indexed_arches(found, component)) or "none"
    told = f"archive {archive.name}, suite {suite.suite}: no index of {component or 'its packages'} for {arch}"
    if required:
        raise ConfigError(
            f"{archive.origin}: {told}", f"it has {has}; `arches: […]` of the archive says which are read"
        )
    print(f"{told}; it has {has}", flush=True)


def fetched(agent: Agent, source: Source, parts: Path, *, offline: bool) -> tuple[Path, str]:
    """Get an index in whichever form can be had; gives the file and its suffix.

    Raises TrustError if it is listed but nowhere to be had, or is not what is listed.
    """
    usable = [
        (name, listed)
        for name, listed in release.forms(source.release, source.name)
        if available(suffix_of(name, source.name))
    ]
    if is_local(source.suite.dists):
        usable.reverse()  # nothing is saved by small files, only unpacking costs
    usable.sort(key=lambda form: not (parts / form[1].sha256).exists())
    absent = ""
    for name, listed in usable:
        try:
            return part(agent, source, name, listed, parts, offline=offline), suffix_of(name, source.name)
        except NotThereError as error:
            absent = absent or error.message
    raise TrustError(absent or f"{source.what}: offered only in forms that nothing here unpacks")


def suffix_of(name: str, plain: str) -> str:
    """Give what a form's name has after the plain name."""
    return name.removeprefix("./").removeprefix(plain.removeprefix("./"))


def part(agent: Agent, source: Source, name: str, listed: Listed, parts: Path, *, offline: bool) -> Path:
    """Get one form of an index, or take what an earlier run got of the same hash."""
    target = parts / listed.sha256
    if offline and not target.exists():
        raise NotThereError(f"{source.what}: offline, and no earlier run left it", "run once without offline=1")
    folder, _, _ = name.removeprefix("./").rpartition("/")
    by_hash = f"{folder}/by-hash/SHA256/{listed.sha256}".lstrip("/")
    places = (by_hash, name) if source.release.acquire_by_hash else (name,)
    urls = tuple(below(source.suite.dists, place) for place in places)
    root = local_path(source.suite.base) if is_local(source.suite.base) else None
    report(source.name)
    obtain_waiting(agent, Wanted(listed.sha256, listed.size, urls, target, source.what, name, root))
    return target


def append(stream: BinaryIO, source: Source, file: tuple[Path, str]) -> None:
    """Unpack an index to the end of the stanzas, an empty line before it; raises TrustError if it is not as listed."""
    path, suffix = file
    plain = source.plain
    digest, size, last = hashlib.sha256(), 0, b"\n"
    gap = b"\n" if stream.tell() else b""
    try:
        for block in blocks(path, suffix, plain.size if plain else UNLISTED):
            stream.write(gap)
            gap = b""
            digest.update(block)
            stream.write(block)
            size, last = size + len(block), block[-1:]
    except TrustError as error:
        raise TrustError(f"{source.what}: {error.message}") from None
    if plain and (digest.hexdigest(), size) != (plain.sha256, plain.size):
        raise TrustError(
            f"{source.what}: unpacked, wanted {plain.size} bytes of SHA256 {plain.sha256}, "
            f"got {size} bytes of SHA256 {digest.hexdigest()}"
        )
    if last != b"\n":
        raise TrustError(f"{source.what}: its last line has no end")


def prune(parts: Path, found: list[Release]) -> None:
    """Remove what an earlier run got and no Release file lists any more."""
    listed = {file.sha256 for content in found for file in content.files.values()}
    for old in parts.glob("*"):
        if old.name.partition(".")[0] not in listed:
            old.unlink(missing_ok=True)
