"""Find the packages that are installed for builds, by apt's solver on the archives' packages that it could choose."""

from __future__ import annotations

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
    from composelib.archive.format.relation import Relation
    from composelib.stages.builddeps import DependenciesJob

ROOT = ("apt", "build-essential", "fakeroot")
"""What the root of every build has beside essential packages."""


def solve_dependencies(job: DependenciesJob) -> None:
    """Write the stanzas of the packages that are installed for a root or a build."""
    listings = [Path(line) for line in job.order.read_text().splitlines()] if job.order else []
    built = open_built(listings, job.work, job.arch, dict(job.priorities))
    universe = Universe([*map(open_listing, job.archives), *built], job.arch)
    packages = solve_question(universe, ask_for_packages(job), job.scratch)
    rows = [ManifestRow(package, MAIN, Reason(None, relation="Build-Depends")) for package in packages]
    print(f"{len(rows)} packages", flush=True)
    write_file(job.output, format_stanzas(sorted(rows, key=lambda row: row.package.name)))


def ask_for_packages(job: DependenciesJob) -> DependencyQuestion:
    """Return what must be installed for a root or a build. Raise ComposeError if a field of the source package is malformed."""
    depends, conflicts = read_relations(job)
    return DependencyQuestion(
        label=f"{job.label}: what it is built with",
        names=tuple(relation.name for relation in depends),
        depends=tuple(map(format_relation, depends)),
        conflicts=tuple(map(format_relation, conflicts)),
        installed=tuple(entry.stanza for entry in read_chosen(job.installed.read_bytes())) if job.installed else (),
    )


def read_relations(job: DependenciesJob) -> tuple[list[Relation], list[Relation]]:
    """Return what must be installed and what must not. Raise ComposeError if a field of the source package is malformed."""
    if job.record is None:
        return [clause[0] for clause in parse_relations(", ".join(ROOT))], []
    record = read_json(job.record)
    try:
        return (
            list_build_depends(record, job.arch, everything=job.everything),
            list_build_conflicts(record, job.arch, everything=job.everything),
        )
    except RelationError as error:
        raise describe_malformed(job.label, error) from None


def format_relation(relation: Relation) -> str:
    """Return a relation's text without restrictions; a package for the machine that builds is one for the machine itself."""
    return apt_solution.format_relation(relation).replace(":native", "", 1)
