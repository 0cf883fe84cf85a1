"""Link package files into the pool of a repository, and write its indices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING

from composelib.archive.format import repository
from composelib.archive.format.repository import ChosenPackage, PoolFile
from composelib.errors import TrustError
from composelib.fetch.store import open_store
from composelib.files import write_file
from composelib.text.packed_file import write_packed
from composelib.tree_list import write_tree_list

if TYPE_CHECKING:
    from composelib.stages.createrepo import IndexPaths, RepositoryJob


def make_repository(job: RepositoryJob) -> None:
    """Link the chosen packages into the pool, then write the indices and the list of pool files."""
    stanzas, pool = read_contents(job)
    write_tree_list(job.root, job.pool_list, (job.repository / file.path for file in pool))
    store = open_store(job.store)
    with store.linking():
        for file in pool:
            store.link(file.sha256, job.repository / file.path)
    write_indices(job, stanzas)


def read_contents(job: RepositoryJob) -> tuple[dict[str, list[bytes]], list[PoolFile]]:
    """Return the stanzas of each component's index, sorted, and the pool files of them all.

    Raise TrustError for packages that cannot lie side by side in a pool.
    """
    packages: dict[str, dict[bytes, str]] = {index.component: {} for index in job.indices}
    pool: dict[str, PoolFile] = {}
    for entry in list_entries(job):
        stanza, files = repository.move_to_pool(entry)
        if entry.component not in packages:
            raise TrustError(f"{entry.component}: a package is chosen for this component, which the variant lacks")
        packages[entry.component][stanza] = repository.read_field(stanza, "Package")
        for file in files:
            add_to_pool(pool, file)
    return {component: sort_stanzas(names) for component, names in packages.items()}, list(pool.values())


def sort_stanzas(packages: dict[bytes, str]) -> list[bytes]:
    """Return stanzas sorted by their package's name; those of one name stay in the order they came in."""
    return [stanza for stanza, _ in sorted(packages.items(), key=itemgetter(1))]


def list_entries(job: RepositoryJob) -> Iterator[ChosenPackage]:
    """Yield the chosen packages that belong to the arch's indices."""
    for path in job.chosen:
        yield from repository.select_indexed(path.read_bytes(), job.arch, with_all=job.native)


def add_to_pool(pool: dict[str, PoolFile], file: PoolFile) -> None:
    """Add a file. Raise TrustError if another one has its path."""
    first = pool.setdefault(file.path, file)
    if first.sha256 != file.sha256:
        raise TrustError(
            f"{file.path}: two different files have this name (SHA256 {first.sha256} and {file.sha256})",
            "give one of their archives a lower priority, or exclude the package",
        )


def write_indices(job: RepositoryJob, stanzas: dict[str, list[bytes]]) -> None:
    """Write the index of each component in all its forms, side by side."""
    with ThreadPoolExecutor() as pool:
        writes = [write for index in job.indices for write in list_writes(job, index, stanzas[index.component])]
        for future in [pool.submit(write) for write in writes]:
            future.result()


def list_writes(job: RepositoryJob, index: IndexPaths, stanzas: Iterable[bytes]) -> tuple[partial[None], ...]:
    """Return the calls that write the files of an index, the slowest first."""
    text = repository.join_stanzas(stanzas)
    return (
        partial(write_packed, index.xz, text),
        partial(write_packed, index.gz, text),
        partial(write_file, index.plain, text),
        partial(write_file, index.release, repository.format_index_release(job.suite, index.component, job.arch)),
    )
