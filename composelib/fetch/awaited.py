"""Waits until an archive has the packages that its config names, asking its servers now and then."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from composelib.archive.format import release as release_file
from composelib.archive.format import version
from composelib.archive.format.relation import Relation, parse_relation
from composelib.archive.format.release import format_index_name
from composelib.errors import ComposeError
from composelib.fetch.accepted_suite import list_bases
from composelib.fetch.access import open_accesses
from composelib.fetch.http import Agent
from composelib.fetch.suite_index import SuiteIndex, VerifiedSuite, append_index, get_index, remove_unlisted
from composelib.model.archive import Archive
from composelib.progress import report_progress

PAUSE = 30.0
"""Seconds from one question to the next."""
LOG_EVERY = 60.0
"""Seconds from one line in the log to the next."""
VERSION = re.compile(rb"^Version:[ \t]*(\S+)", re.MULTILINE | re.IGNORECASE)


def wait_for_packages(archive: Archive, find: Callable[[], Sequence[str]]) -> None:
    """Return once `find` finds nothing missing. Raise ComposeError, naming what is missing, when the time is over."""
    if archive.wait is None:
        return
    began = time.monotonic()
    logged = began - LOG_EVERY
    while missing := find():
        waited = time.monotonic() - began
        text = f"{', '.join(missing)} not there yet"
        if waited + PAUSE > archive.wait.timeout:
            raise ComposeError(
                f"{archive.wait.origin}: archive {archive.name}: waited {waited / 60:.0f} minutes for {', '.join(missing)}",
                "look whether they are built and accepted there; `timeout:` waits longer",
            )
        report_progress(text)
        if time.monotonic() - logged >= LOG_EVERY:
            logged = time.monotonic()
            print(f"archive {archive.name}: {text}, after {waited / 60:.0f} minutes", flush=True)
        time.sleep(PAUSE)


def find_missing(archive: Archive, suites: Sequence[VerifiedSuite], downloads: Path) -> list[str]:
    """Return the awaited packages that no suite has yet, for each arch: `hello (>= 2.10-3) for amd64`."""
    relations = [parse_relation(text) for text in (archive.wait.packages if archive.wait else ())]
    accesses = open_accesses([(archive.access, list_bases(suite.accepted for suite in suites))])
    missing = []
    with closing(Agent(accesses=accesses)) as agent:
        for arch in archive.arches:
            stanzas = read_stanzas(agent, archive, suites, arch, downloads)
            missing += [f"{package} for {arch}" for package in relations if not has_package(stanzas, package)]
    remove_unlisted(downloads, suites)
    return missing


def read_stanzas(agent: Agent, archive: Archive, suites: Sequence[VerifiedSuite], arch: str, downloads: Path) -> bytes:
    """Return the stanzas that all suites have for an arch, those of `all` included."""
    stream = io.BytesIO()
    for suite in suites:
        for index in list_awaited_indices(archive, suite, arch):
            append_index(stream, index, *get_index(agent, index, downloads, offline=False))
    return stream.getvalue()


def list_awaited_indices(archive: Archive, suite: VerifiedSuite, arch: str) -> Iterator[SuiteIndex]:
    """Yield the indices of a suite that have packages for an arch."""
    for component in archive.components or ("",):
        spelled = release_file.find_component(suite.release, component) if component else ""
        for name in dict.fromkeys(format_index_name(spelled or component, word) for word in (arch, "all")):
            index = SuiteIndex(suite, name)
            if release_file.has_index(suite.release, name) and not index.is_empty:
                yield index


def has_package(stanzas: bytes, awaited: Relation) -> bool:
    """Return whether one of some stanzas is of a package, in a version that fits."""
    pattern = re.compile(
        rb"^Package:[ \t]*" + re.escape(awaited.name.encode()) + rb"[ \t]*$", re.MULTILINE | re.IGNORECASE
    )
    for match in pattern.finditer(stanzas):
        start = stanzas.rfind(b"\n\n", 0, match.start()) + 1
        end = stanzas.find(b"\n\n", match.end())
        versioned = VERSION.search(stanzas, start, end if end >= 0 else len(stanzas))
        if versioned and is_allowed(versioned[1].decode(errors="replace"), awaited):
            return True
    return False


def is_allowed(text: str, awaited: Relation) -> bool:
    """Return whether a version is one that a relation allows."""
    return not awaited.operator or (
        version.is_valid_version(text) and version.satisfies(text, awaited.operator, awaited.version)
    )
