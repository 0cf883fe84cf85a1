"""Fetch each archive's package indices, verify them, and index what they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.arch import SOURCE, UDEB
from composelib.model.archive import Archive, ArchiveAccess
from composelib.model.build_paths import locate_built_stanzas, locate_source_record
from composelib.model.compose import Compose
from composelib.model.image import IsoImage
from composelib.model.origin import Origin
from composelib.model.variant import Variant
from composelib.task import Task


@dataclass(frozen=True)
class PkgsetJob:
    """The suites of an archive, the arch whose packages are read, and the files that these go to."""

    archive: str
    origin: Origin
    """Where the config has the archive, for messages."""
    suites: tuple[str, ...]
    components: tuple[str, ...]
    arch: str
    required: bool
    """Whether the compose is made for the arch, so that every suite must have it."""
    allow_empty: bool
    offline: bool
    access: ArchiveAccess
    texts: tuple[Path, ...]
    """The verified text of each suite's Release file."""
    accepted: Path
    """JSON: where each suite is."""
    downloads: Path
    """The folder of the indices as they came, by their SHA256."""
    store: Path
    strong_sums: Path
    """The SHA256 of each file of the store that the archive lists by SHA512 alone."""
    rows: Path
    """The rows of the last index, by the SHA256 of their stanzas."""
    stanzas: Path
    index: Path
    shared_memory: Path
    """The folder of what all composes remember of archives."""
    own_memory: Path


@dataclass(frozen=True)
class FolderJob:
    """A folder of packages, the arch whose packages are read, and the files that these go to."""

    archive: str
    origin: Origin
    folder: Path
    arch: str
    allow_empty: bool
    stanzas: Path
    index: Path
    shared_memory: Path
    own_memory: Path


@dataclass(frozen=True)
class BuiltJob:
    """What builds have left for an arch, or the records of their source packages, and the files that these go to."""

    archive: str
    arch: str
    lists: tuple[Path, ...]
    """Stanzas, or JSON beside the folder of each source package; what failed is not there."""
    work: Path
    """The folder that the paths of files are relative to."""
    stanzas: Path
    index: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each archive and arch, `source` and the installer's packages included where they are used."""
    arches = list_arches(compose)
    debug = any(variant.debug for variant in compose.variants)
    planned: list[Task] = []
    for archive in compose.archives:
        plan = choose_plan(archive)
        planned += [plan(compose, archive, arch) for arch in arches if archive.has_packages_for(arch)]
        if archive.debug and debug:
            debug_arches = [arch for arch in arches if is_binary(arch) and archive.debug.has_packages_for(arch)]
            planned += [plan_archive(compose, archive.debug, arch) for arch in debug_arches]
    return tuple(planned)


def choose_plan(archive: Archive) -> Callable[[Compose, Archive, str], Task]:
    """Return the function that plans how the packages of an archive are read."""
    if archive.uri:
        return plan_archive
    return plan_folder if archive.debs else plan_built


def list_arches(compose: Compose) -> tuple[str, ...]:
    """Return the arches whose packages a variant may ask for."""
    arches = (*compose.arches, *(arch for variant in compose.variants for arch in list_variant_arches(variant)))
    sources = (SOURCE,) if any(archive.build for archive in compose.archives) else ()
    return tuple(dict.fromkeys((*arches, *sources)))


def list_variant_arches(variant: Variant) -> Iterator[str]:
    """Yield the arches that a variant may ask for beside the compose's: foreign ones, those of udebs, `source`."""
    isos = [image for image in variant.images if isinstance(image, IsoImage)]
    yield from variant.foreign_arches
    yield from (f"{arch}{UDEB}" for iso in isos if iso.installer for arch in iso.arches)
    if variant.sources or variant.selfhosting or any(iso.source for iso in isos):
        yield SOURCE


def is_binary(arch: str) -> bool:
    """Return whether packages of an arch are installed on a system."""
    return arch != SOURCE and not arch.endswith(UDEB)


def plan_archive(compose: Compose, archive: Archive, arch: str) -> Task:
    """Return the task that reads an archive's own indices."""
    job = PkgsetJob(
        archive=archive.name,
        origin=archive.origin,
        suites=archive.suites,
        components=archive.components,
        arch=arch,
        required=arch in compose.arches,
        allow_empty=archive.allow_empty,
        offline=compose.offline,
        access=archive.access,
        texts=tuple(compose.paths.inrelease(archive, suite) for suite in archive.suites),
        accepted=compose.paths.signatures(archive),
        downloads=compose.paths.work("pkgset", archive.name, "parts"),
        store=compose.paths.store,
        strong_sums=compose.paths.work("pkgset", archive.name, f"{arch}.sha512"),
        rows=compose.paths.work("pkgset", archive.name, "rows", arch),
        stanzas=compose.paths.pkgset(archive, arch),
        index=compose.paths.pkgset_index(archive, arch),
        shared_memory=compose.paths.shared_memory,
        own_memory=compose.paths.own_memory,
    )
    return Task(
        name=f"{archive.name}:{arch}",
        doc=f"read what {archive.name} has for {arch}",
        run=partial(read_archive, job),
        inputs=job.texts,
        order_only=(job.accepted,),
        consulted=(*compose.paths.archive_memories, *compose.paths.store_ledger, compose.paths.any_stored),
        scratch=(job.downloads, job.strong_sums, job.rows.parent),
        outputs=(job.stanzas, job.index),
        uses={
            "suites": list(job.suites),
            "components": list(job.components),
            "required": job.required,
            "allow-empty": job.allow_empty,
        },
        pool="network",
    )


def plan_folder(compose: Compose, archive: Archive, arch: str) -> Task:
    """Return the task that reads a folder of packages."""
    folder = archive.debs or Path()
    job = FolderJob(
        archive=archive.name,
        origin=archive.origin,
        folder=folder,
        arch=arch,
        allow_empty=archive.allow_empty,
        stanzas=compose.paths.pkgset(archive, arch),
        index=compose.paths.pkgset_index(archive, arch),
        shared_memory=compose.paths.shared_memory,
        own_memory=compose.paths.own_memory,
    )
    return Task(
        name=f"{archive.name}:{arch}",
        doc=f"read what the folder of {archive.name} has for {arch}",
        run=partial(read_folder, job),
        inputs=(),
        outputs=(job.stanzas, job.index),
        uses={"debs": str(job.folder), "allow-empty": job.allow_empty},
        consulted=tuple(job.shared_memory / name for name in ("lock", "*.json")),
        scratch=(job.own_memory,),
        probe=partial(probe_sources if arch == SOURCE else probe_folder, job.folder),
    )


def plan_built(compose: Compose, archive: Archive, arch: str) -> Task:
    """Return the task that reads what was built."""
    if archive.has_keyring:
        return plan_made(compose, archive, arch, (compose.paths.keyring_stanza,))
    if arch == SOURCE:
        sources = {locate_source_record(compose.paths, archive.name, source.name): source for source in archive.build}
    else:
        binary = arch.removesuffix(UDEB)
        sources = {
            locate_built_stanzas(compose.paths, build): build.source
            for build in compose.builds
            if build.archive.name == archive.name and (build.everything or build.arch == binary)
        }
    optional = tuple(path for path, source in sources.items() if source.failable)
    return plan_made(compose, archive, arch, tuple(sources), optional)


def plan_made(
    compose: Compose, archive: Archive, arch: str, lists: tuple[Path, ...], optional: tuple[Path, ...] = ()
) -> Task:
    """Return the task that reads lists of packages that other tasks make; `optional` are those that may be missing."""
    job = BuiltJob(
        archive=archive.name,
        arch=arch,
        lists=lists,
        work=compose.paths.root / "work",
        stanzas=compose.paths.pkgset(archive, arch),
        index=compose.paths.pkgset_index(archive, arch),
    )
    return Task(
        name=f"{archive.name}:{arch}",
        doc=f"read what was built of {archive.name} for {arch}",
        run=partial(read_built, job),
        inputs=tuple(path for path in lists if path not in optional),
        optional=optional,
        consulted=tuple(path.with_suffix(".list") for path in lists) if arch == SOURCE else (),
        outputs=(job.stanzas, job.index),
        uses={},
    )


def probe_folder(folder: Path) -> str:
    """Return a token of the state of a folder of .debs."""
    from composelib.fetch import deb_folder  # loaded when a task runs

    return deb_folder.describe_state(folder)


def probe_sources(folder: Path) -> str:
    """Return a token of the state of the source packages of a folder."""
    from composelib.fetch import source_folder

    return source_folder.describe_source_state(folder)


def read_archive(job: PkgsetJob) -> None:
    """Write the stanzas of an archive's indices for an arch, suite after suite, and their index.

    Raise TrustError for an index that is not as the Release file says, ConfigError for an arch the archive lacks.
    """
    from composelib.actions import pkgset

    pkgset.read_archive(job)


def read_folder(job: FolderJob) -> None:
    """Write the stanzas of a folder's packages and their index. Raise TrustError naming a broken one."""
    from composelib.actions import pkgset

    pkgset.read_folder(job)


def read_built(job: BuiltJob) -> None:
    """Write the stanzas of what was built, and their index."""
    from composelib.actions import pkgset

    pkgset.read_built(job)
