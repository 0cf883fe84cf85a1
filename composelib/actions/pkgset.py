"""Read the package indices of an archive, or the packages of a folder, into stanzas and their index."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from composelib.archive.choose.packages import index
from composelib.archive.choose.packages.index_build import collect_rows
from composelib.archive.choose.packages.index_sections import serialize_rows
from composelib.archive.choose.packages.remembered_rows import RememberedRows, pack_rows
from composelib.archive.format import release as release_file
from composelib.archive.format import repository
from composelib.archive.format.release import format_index_name, list_indexed_arches
from composelib.errors import ConfigError, TrustError, locate_errors
from composelib.fetch import accepted_suite, deb_folder, source_folder
from composelib.fetch.access import open_accesses
from composelib.fetch.archive_memory import ArchiveMemory
from composelib.fetch.emptiness import check_filled
from composelib.fetch.errors import NetworkError
from composelib.fetch.http import Agent
from composelib.fetch.moved import explain_failure
from composelib.fetch.sha512_files import Sha512Files, find_lacking_sums, insert_texts, lacks_sha256
from composelib.fetch.store import open_store
from composelib.fetch.suite_index import (
    SuiteIndex,
    VerifiedSuite,
    append_index,
    get_index,
    read_suites,
    remove_unlisted,
)
from composelib.files import write_file, written_aside
from composelib.model.arch import SOURCE, UDEB

if TYPE_CHECKING:
    from composelib.stages.pkgset import BuiltJob, FolderJob, PkgsetJob


def read_folder(job: FolderJob) -> None:
    """Write the stanzas of a folder's packages and their index."""
    content = b"\n".join(list_stanzas(job.folder, job.arch))
    label = f"{job.origin}: archive {job.archive}: {job.folder}"
    memory = ArchiveMemory(job.shared_memory, job.own_memory)
    uri, filled = job.folder.absolute().as_uri(), {f"/{job.arch}": bool(content)}
    check_filled(memory, [uri], "", filled, label, allowed=job.allow_empty)
    write_file(job.stanzas, content)
    write_index(job, content, str(job.folder))


def list_stanzas(folder: Path, arch: str) -> Iterator[bytes]:
    """Yield the stanzas of a folder's packages for systems, of those for the installer, or of its source packages."""
    if arch == SOURCE:
        yield from source_folder.read_source_stanzas(folder)
        return
    for stanza in deb_folder.read_stanzas(folder):
        filename = stanza.rpartition(b"\nFilename: ")[2].partition(b"\n")[0]
        if filename.endswith(b".udeb") == arch.endswith(UDEB):
            yield stanza


def read_built(job: BuiltJob) -> None:
    """Write the stanzas of what was built, and their index; packages of other arches than the job's are left out."""
    lists = [path for path in job.lists if path.is_file()]
    if job.arch == SOURCE:
        dscs = [path.with_suffix("") / json.loads(path.read_text())["dsc"] for path in lists]
        chosen = [source_folder.read_source_stanza(dsc, job.work) for dsc in dscs]
    else:
        stanzas = [entry.stanza for path in lists for entry in repository.read_chosen(path.read_bytes())]
        chosen = [stanza for stanza in stanzas if is_for_arch(stanza, job.arch)]
    content = b"\n".join(chosen)
    write_file(job.stanzas, content)
    write_index(job, content, f"archive {job.archive}")


def is_for_arch(stanza: bytes, arch: str) -> bool:
    """Return whether a built package is for an arch, or for the installer of an arch."""
    udeb = repository.read_field(stanza, "Filename").endswith(".udeb")
    return udeb == arch.endswith(UDEB) and repository.read_field(stanza, "Architecture") in {
        arch.removesuffix(UDEB),
        "all",
    }


def read_archive(job: PkgsetJob) -> None:
    """Write the stanzas of an archive's indices for an arch, suite after suite, and their index."""
    with locate_errors(job.origin, f"archive {job.archive}, {job.arch}"):
        collect_stanzas(job)


def collect_stanzas(job: PkgsetJob) -> None:
    """Do the work of `read_archive`."""
    suites = read_suites(job.archive, job.suites, job.texts, job.accepted)
    bases = accepted_suite.list_bases(suite.accepted for suite in suites)
    with written_aside(job.stanzas, may_be_empty=True) as aside:
        with closing(Agent(accesses=open_accesses([(job.access, bases)]))) as agent:
            with aside.open("wb") as stream:
                priorities = [append_suite(agent, stream, job, suite) for suite in suites]
            content = aside.read_bytes()
            if lacks_sha256(content):
                content, priorities = add_sha256(agent, job, bases, content, priorities)
                aside.write_bytes(content)
        write_index(job, content, f"archive {job.archive}, {job.arch}", priorities, job.rows)
    remove_unlisted(job.downloads, suites)


def add_sha256(
    agent: Agent, job: PkgsetJob, bases: tuple[str, ...], stanzas: bytes, priorities: Sequence[tuple[int, int]]
) -> tuple[bytes, list[tuple[int, int]]]:
    """Return stanzas with the SHA256 of files that they list by SHA512 alone, and the positions of priorities in them."""
    files = Sha512Files(bases, open_store(job.store), job.strong_sums, job.offline)
    files.load()
    try:
        sums = list(find_lacking_sums(stanzas, job.arch.removesuffix(UDEB), partial(files.resolve, agent)))
    finally:
        files.save()
    moved = [(start + sum(len(text) for end, text in sums if end < start), value) for start, value in priorities]
    return insert_texts(stanzas, sums), moved


def write_index(
    job: PkgsetJob | FolderJob | BuiltJob,
    stanzas: bytes,
    label: str,
    priorities: Sequence[tuple[int, int]] = (),
    memory: Path | None = None,
) -> None:
    """Write the index of stanzas; print a warning for each that is odd and so left out.

    `memory` is the file of the last index's rows, which are taken over for stanzas that are the same.
    """
    arch = job.arch.removesuffix(UDEB)
    code = f"{job.arch} {hash_code()}" if memory else ""
    rows = collect_rows(stanzas, arch, label, RememberedRows(read_if_there(memory), code) if memory else None)
    content = serialize_rows(rows, arch, len(stanzas), priorities)
    for fault in rows.faults:
        print(f"warning: {label}: {fault}; the package counts as not there", flush=True)
    write_file(job.index, content)
    if memory:
        with (
            written_aside(memory, durable=False) as aside,
            aside.open("wb") as stream,
        ):  # a damaged one is as good as none
            stream.writelines(pack_rows(rows, content, code))


def read_if_there(path: Path) -> bytes:
    """Return a file's content; nothing if it cannot be read, or is no regular file."""
    try:
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        return b""


def hash_code() -> str:
    """Return the SHA256 of the code that decides which row a stanza has."""
    folders = [Path(module.__file__ or "").parent for module in (index, release_file)]
    sources = [path.read_bytes() for folder in folders for path in sorted(folder.glob("*.py"))]
    return hashlib.sha256(b"\0".join(sources)).hexdigest()


def append_suite(agent: Agent, stream: BinaryIO, job: PkgsetJob, suite: VerifiedSuite) -> tuple[int, int]:
    """Append the stanzas of a suite; return the position at which they begin, and the suite's priority."""
    start = stream.tell()
    try:
        filled = {
            f"{component}/{job.arch}": append_component(agent, stream, job, suite, component)
            for component in (("",) if suite.is_flat else job.components)
        }
        check_suite_filled(job, suite, filled)
    except (TrustError, NetworkError) as error:
        raise explain_failure(agent, [suite.accepted], error) from error
    return start, suite.release.priority


def append_component(agent: Agent, stream: BinaryIO, job: PkgsetJob, suite: VerifiedSuite, component: str) -> bool:
    """Append the stanzas of a suite's component; return whether there are any."""
    filled = False
    for suite_index in list_indices(job, suite, component):
        if not suite_index.is_empty:
            filled |= append_index(
                stream,
                suite_index,
                *get_index(agent, suite_index, job.downloads, offline=job.offline, store=job.store),
            )
    return filled


def check_suite_filled(job: PkgsetJob, suite: VerifiedSuite, filled: Mapping[str, bool]) -> None:
    """Raise TrustError if a suite had packages for the arch and has none; an old state that a lock names may have none."""
    uris = suite.accepted.remembered_by
    if uris:
        memory, label = ArchiveMemory(job.shared_memory, job.own_memory), f"{job.origin}: {suite.name}, {job.arch}"
        check_filled(memory, uris, suite.accepted.suite, filled, label, allowed=job.allow_empty)


def list_indices(job: PkgsetJob, suite: VerifiedSuite, component: str) -> Iterator[SuiteIndex]:
    """Yield the indices of a suite's component that have packages for the arch."""
    listed_component = release_file.find_component(suite.release, component) if component else ""
    if listed_component is None:
        return
    names = [format_index_name(listed_component, job.arch)]
    if job.arch != SOURCE and not suite.is_flat and release_file.has_index_of_all(suite.release):
        names.append(format_index_name(listed_component, f"all{UDEB}" if job.arch.endswith(UDEB) else "all"))
    listed = [name for name in names if release_file.has_index(suite.release, name)]
    if not listed:
        report_no_index(job, suite, listed_component)
    yield from (SuiteIndex(suite, name) for name in listed)


def report_no_index(job: PkgsetJob, suite: VerifiedSuite, component: str) -> None:
    """Print that a suite has nothing for the arch. Raise ConfigError if the compose is made for that arch."""
    arches = ", ".join(list_indexed_arches(suite.release, component)) or "none"
    message = f"{suite.name}: no index of {component or 'its packages'} for {job.arch}"
    if job.required:
        raise ConfigError(
            f"{job.origin}: {message}", f"it has {arches}; `arches: […]` of the archive says which are read"
        )
    print(f"{message}; it has {arches}", flush=True)
