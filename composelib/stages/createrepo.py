"""Make a variant's repository for an arch: package files in the pool, and the indices that name them."""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from operator import itemgetter
from pathlib import Path

from composelib import files
from composelib.archive.format import repository as indices
from composelib.archive.format.repository import Chosen, PoolFile
from composelib.errors import TrustError
from composelib.model.arch import SOURCE
from composelib.model.compose import Compose
from composelib.model.variant import Variant
from composelib.task import Task

Index = dict[str, list[bytes]]  # stanzas by component


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each variant and each arch that its repository has indices of."""
    return tuple(
        repository_task(compose, variant, arch) for variant in compose.variants for arch in variant.index_arches
    )


def repository_task(compose: Compose, variant: Variant, arch: str) -> Task:
    """Give the task of one variant and arch."""
    holders = gathered_with(variant, arch)
    components = variant.indexed(arch)
    outputs = [path for component in components for path in compose.paths.index_files(variant.name, arch, component)]
    pool = compose.paths.pool_list(variant.name, arch)
    release = compose.release
    return Task(
        name=f"{variant.name}:{arch}",
        doc=f"make {variant.name}'s repository for {arch}",
        run=partial(make_repository, compose, variant, arch),
        inputs=(
            *(compose.paths.chosen(variant.name, holder) for holder in holders),
            *(compose.paths.fetched(variant.name, holder) for holder in holders),
        ),
        outputs=(*outputs, pool),
        trees=(pool,),
        uses={
            "components": list(components),
            "release": [release.name, release.version, release.codename],
            "multiarch.foreign": list(variant.multiarch.foreign) if variant.multiarch else [],
        },
    )


def gathered_with(variant: Variant, arch: str) -> tuple[str, ...]:
    """Give the arches whose gathered lists can hold packages of an arch: itself, or those it is foreign to."""
    if variant.multiarch and arch in variant.multiarch.foreign:
        return variant.arches
    return (arch,)


def make_repository(compose: Compose, variant: Variant, arch: str) -> None:
    """Link the chosen packages into the pool, then write the indices and the list of pool files."""
    texts = [compose.paths.chosen(variant.name, holder).read_bytes() for holder in gathered_with(variant, arch)]
    found, pool = contents(texts, variant.indexed(arch), arch, own=arch in (*variant.arches, SOURCE))
    repository = compose.paths.repository(variant.name)
    for file in pool:
        files.link(compose.paths.stored(file.sha256), repository / file.path)
    write_indices(compose, variant, arch, found)
    lines = sorted(f"{(repository / file.path).relative_to(compose.paths.root)}\n" for file in pool)
    files.write(compose.paths.pool_list(variant.name, arch), "".join(lines))


def contents(
    texts: Iterable[bytes], components: tuple[str, ...], arch: str, *, own: bool
) -> tuple[Index, list[PoolFile]]:
    """Give the stanzas of each component's index, sorted, and the pool files of them all.

    `own` is whether packages of arch `all` belong to the index: not where the arch is only a foreign one.
    Raises TrustError for packages that cannot stand side by side in a pool.
    """
    found: dict[str, dict[bytes, str]] = {component: {} for component in components}
    pool: dict[str, PoolFile] = {}
    kinds = {arch, "all"} if own else {arch}
    for entry in entries(texts, kinds, arch):
        stanza, parts = indices.released(entry)
        if entry.component not in found:
            raise TrustError(f"{entry.component}: a package is chosen for this component, which the variant lacks")
        found[entry.component][stanza] = indices.value(stanza, "Package")
        for part in parts:
            add_to_pool(pool, part)
    ordered = {component: in_order(stanzas) for component, stanzas in found.items()}
    return ordered, list(pool.values())


def in_order(stanzas: dict[bytes, str]) -> list[bytes]:
    """Sort stanzas by their package's name, keeping the order they came in where it is the same."""
    return [stanza for stanza, _ in sorted(stanzas.items(), key=itemgetter(1))]


def entries(texts: Iterable[bytes], kinds: set[str], arch: str) -> Iterable[Chosen]:
    """Give the chosen packages that belong to an arch's index."""
    for text in texts:
        for entry in indices.chosen(text):
            if arch == SOURCE or indices.value(entry.stanza, "Architecture") in kinds:
                yield entry


def add_to_pool(pool: dict[str, PoolFile], file: PoolFile) -> None:
    """Add a file; raises TrustError when another one has its place."""
    there = pool.setdefault(file.path, file)
    if there.sha256 != file.sha256:
        raise TrustError(
            f"{file.path}: two different files have this name (SHA256 {there.sha256} and {file.sha256})",
            "give one of their archives a lower priority, or exclude the package",
        )


def write_indices(compose: Compose, variant: Variant, arch: str, found: Index) -> None:
    """Write the index of each component in all its forms, each form once and side by side."""
    with ThreadPoolExecutor() as pool:
        jobs = [job for component in found for job in forms(compose, variant, arch, component, found[component])]
        for done in [pool.submit(job) for job in jobs]:
            done.result()


def forms(
    compose: Compose, variant: Variant, arch: str, component: str, stanzas: list[bytes]
) -> tuple[partial[None], ...]:
    """Give what writes an index plain, compressed, and its Release file; the slowest first."""
    plain, gz, xz, release = compose.paths.index_files(variant.name, arch, component)
    text = indices.join(stanzas)
    about = indices.part_release(indices.suite(compose.release, variant.name), component, arch)
    return (
        partial(write_compressed, xz, text),
        partial(write_compressed, gz, text),
        partial(files.write, plain, text),
        partial(files.write, release, about),
    )


def write_compressed(path: Path, text: bytes) -> None:
    """Write a compressed form of a text; its bytes depend on the text alone."""
    with files.written_aside(path, may_be_empty=True) as aside, aside.open("wb") as stream:
        if path.suffix == ".xz":
            stream.write(lzma.compress(text, preset=6))
        else:
            with gzip.GzipFile("", "wb", 9, stream, mtime=0) as packed:
                packed.write(text)
