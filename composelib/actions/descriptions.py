"""Fetch the files of an archive's suites that describe packages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from composelib.archive.format import release as release_file
from composelib.errors import locate_errors
from composelib.fetch import accepted_suite
from composelib.fetch.access import open_accesses
from composelib.fetch.http import Agent
from composelib.fetch.suite_index import (
    SuiteIndex,
    VerifiedSuite,
    append_index,
    get_index,
    read_suites,
    remove_unlisted,
)
from composelib.files import written_aside

if TYPE_CHECKING:
    from composelib.stages.descriptions import DescriptionsJob


def read_descriptions(job: DescriptionsJob) -> None:
    """Write an archive's descriptions, suite after suite; none for a suite without the file."""
    with locate_errors(job.origin, f"archive {job.archive}, {job.file}"):
        collect_descriptions(job)


def collect_descriptions(job: DescriptionsJob) -> None:
    """Do the work of `read_descriptions`."""
    suites = read_suites(job.archive, job.suites, job.texts, job.accepted)
    accesses = open_accesses([(job.access, accepted_suite.list_bases(suite.accepted for suite in suites))])
    with (
        written_aside(job.descriptions, may_be_empty=True) as aside,
        closing(Agent(accesses=accesses)) as agent,
        aside.open("wb") as stream,
    ):
        for index in (index for suite in suites for index in list_described(job, suite)):
            file = get_index(agent, index, job.downloads, offline=job.offline, store=job.store)
            append_index(stream, index, *file, is_text=not job.file.endswith(".tar"))
    remove_unlisted(job.downloads, suites)


def list_described(job: DescriptionsJob, suite: VerifiedSuite) -> Iterator[SuiteIndex]:
    """Yield the files of this name that a suite has."""
    components = ("",) if suite.is_flat else job.components
    spelled = [release_file.find_component(suite.release, name) if name else "" for name in components]
    flat = job.file.rpartition("/")[2]
    names = [f"{component}/{job.file}" if component else flat for component in spelled if component is not None]
    indices = [SuiteIndex(suite, name) for name in names if release_file.has_index(suite.release, name)]
    if not indices:
        print(f"{suite.name}: no {job.file}", flush=True)
    yield from (index for index in indices if not index.is_empty)
