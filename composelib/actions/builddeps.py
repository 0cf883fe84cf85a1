"""Find the packages that are installed for builds, by apt's solver on the archives' packages that it could choose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.archive.choose.manifest import MAIN, ManifestRow, format_stanzas
from composelib.archive.choose.need import Reason
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.format.relation import RelationError, parse_relations
from composelib.archive.format.repository import read_chosen
from composelib.building.build_relations import describe_malformed, list_build_conflicts, list_build_depends
from composelib.building.dependency_solver import DependencyQuestion, open_built, solve_question
from composelib.fetch.package_listing import open_listing
from composelib.files import write_file
from composelib.image.root import apt_solution
from composelib.text.json_file import read_json

if TYPE_CHECKING:
    from composelib.archive.choose.packages.package import PackageListing
    from composelib.archive.format.relation import Relation
    from composelib.model.indexed_archive import IndexedArchive
    from composelib.stages.builddeps import DependenciesJob

ROOT = ("apt", "build-essential", "fakeroot")
"""What the root of every build has beside essential packages."""
CROSS_COMPILERS = "crossbuild-essential-{}:native, libc-dev, libstdc++-dev"
"""What cross-building for an arch needs beside, as sbuild has it."""


def solve_dependencies(job: DependenciesJob) -> None:
    """Write the stanzas of the packages that are installed for a root or a build."""
    universe = Universe(list(open_listings(job, job.archives, job.arch)), job.arch)
    host = Universe(list(open_listings(job, job.host_archives, job.host)), job.host, native=False) if job.host else None
    packages = solve_question(universe, ask_for_packages(job, universe), job.scratch, host)
    rows = [ManifestRow(package, MAIN, Reason(None, relation="Build-Depends")) for package in packages]
    print(f"{len(rows)} packages", flush=True)
    write_file(job.output, format_stanzas(sorted(rows, key=lambda row: (row.package.name, row.package.architecture))))


def open_listings(job: DependenciesJob, archives: Iterable[IndexedArchive], arch: str) -> Iterator[PackageListing]:
    """Yield the packages for an arch: of archives, and what was built before."""
    listings = [Path(line) for line in job.order.read_text().splitlines()] if job.order else []
    yield from map(open_listing, archives)
    yield from open_built(listings, job.work, arch, dict(job.priorities))


def ask_for_packages(job: DependenciesJob, universe: Universe) -> DependencyQuestion:
    """Return what must be installed for a root or a build. Raise ComposeError if a field of the source package is malformed."""
    depends, conflicts = read_relations(job, universe)
    return DependencyQuestion(
        label=f"{job.label}: what it is built with",
        names=tuple(relation.name for relation in depends),
        depends=tuple(format_relation(relation, job) for relation in depends),
        conflicts=tuple(format_relation(relation, job) for relation in conflicts),
        installed=tuple(entry.stanza for entry in read_chosen(job.installed.read_bytes())) if job.installed else (),
    )


def read_relations(job: DependenciesJob, universe: Universe) -> tuple[list[Relation], list[Relation]]:
    """Return what must be installed and what must not. Raise ComposeError if a field of the source package is malformed."""
    if job.record is None:
        return [clause[0] for clause in parse_relations(", ".join(ROOT))], []
    record = read_json(job.record)
    arch = job.host or job.arch
    compilers = CROSS_COMPILERS.format(arch) if job.host else ""
    try:
        return (
            [
                *list_build_depends(
                    record, arch, job.profiles, everything=job.everything, is_available=universe.has_name
                ),
                *(clause[0] for clause in parse_relations(compilers)),
            ],
            list_build_conflicts(record, arch, job.profiles, everything=job.everything),
        )
    except RelationError as error:
        raise describe_malformed(job.label, error) from None


def format_relation(relation: Relation, job: DependenciesJob) -> str:
    """Return a relation's text without restrictions; `native` is the arch of the root."""
    return apt_solution.format_relation(relation).replace(":native", f":{job.arch}" if job.host else "", 1)
