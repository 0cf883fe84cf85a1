"""Find the packages that are installed for builds, by apt's solver on the archives' packages that it could choose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.archive.choose.manifest import MAIN, ManifestRow, format_stanzas
from composelib.archive.choose.need import Reason
from composelib.archive.choose.packages.index import Index
from composelib.archive.choose.packages.index_build import build_index
from composelib.archive.choose.packages.package import Package, PackageListing
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.format.relation import RelationError, parse_relations
from composelib.archive.format.repository import read_chosen
from composelib.building.build_relations import describe_malformed, list_build_conflicts, list_build_depends
from composelib.errors import ComposeError
from composelib.fetch.package_listing import open_listing
from composelib.files import scratch_folder, write_file
from composelib.image.root import apt_solution
from composelib.text.json_file import read_json
from composelib.tools import apt_get
from composelib.tools.run import run

if TYPE_CHECKING:
    from composelib.archive.format.relation import Relation
    from composelib.stages.builddeps import DependenciesJob

ROOT = ("apt", "build-essential", "fakeroot")
"""What the root of every build has beside essential packages."""
STAND_IN = f"{apt_solution.STAND_IN}builddeps"
"""A package that depends on what a build needs: apt's command line does not take relations itself."""
REMOVED = re.compile(r"^Remv (\S+)", re.MULTILINE)
QUOTED_LINES = 8
"""Lines of apt's refusal that an error quotes."""


def solve_dependencies(job: DependenciesJob) -> None:
    """Write the stanzas of the packages that are installed for a root or a build."""
    universe = Universe([*map(open_listing, job.archives), *open_built(job)], job.arch)
    installed = [entry.stanza for entry in read_chosen(job.installed.read_bytes())] if job.installed else []
    depends, conflicts = read_relations(job)
    names = [relation.name for relation in depends]
    if not installed:
        names += [package.name for package in universe.find_by_field("Essential", "yes")]
    packages = list_reachable(universe, names)
    stand_in = render_stand_in(depends, conflicts)
    with scratch_folder(job.scratch) as state:
        set_up_apt(state, job.arch, [package.stanza for package in packages], stand_in, installed)
        answer = ask_solver(state, job, [STAND_IN] if installed else [STAND_IN, "?essential"])
    chosen = apt_solution.parse_installation(answer)
    rows = [
        ManifestRow(package, MAIN, Reason(None, relation="Build-Depends"))
        for package in packages
        if (package.name, package.version, package.architecture) in chosen
    ]
    print(f"{len(rows)} packages", flush=True)
    write_file(job.output, format_stanzas(sorted(rows, key=lambda row: row.package.name)))


def open_built(job: DependenciesJob) -> Iterator[PackageListing]:
    """Yield the packages that were built before, by the stanzas that these builds left."""
    priorities = dict(job.priorities)
    for line in job.order.read_text().splitlines() if job.order else ():
        path = Path(line)
        archive = path.relative_to(job.work).parts[1]
        stanzas = path.read_bytes()
        index = Index(build_index(stanzas, job.arch, line))
        yield PackageListing(archive, stanzas, index, priorities[archive])


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


def list_reachable(universe: Universe, names: Iterable[str]) -> list[Package]:
    """Return all packages that any solution could have for some names, each in the version that apt prefers."""
    packages: dict[Package, None] = {}
    waiting = list(dict.fromkeys(names))
    seen = set(waiting)
    for name in waiting:
        for package in find_candidates(universe, name):
            if package not in packages:
                packages[package] = None
                further = dict.fromkeys(list_needed_names(package))
                waiting += further.keys() - seen
                seen |= further.keys()
    return list(packages)


def find_candidates(universe: Universe, name: str) -> Iterator[Package]:
    """Yield the packages that apt could take for a name: the best of that name and of each that provides it."""
    yield from universe.versions(name)[:1]
    for package, _ in universe.providers(name):
        if package in universe.versions(package.name)[:1]:
            yield package


def list_needed_names(package: Package) -> Iterator[str]:
    """Yield the names in a package's dependencies, all alternatives; a malformed field is left to apt."""
    for field in ("Pre-Depends", "Depends"):
        try:
            yield from (relation.name for clause in package.relations(field) for relation in clause)
        except RelationError:
            continue


def render_stand_in(depends: Iterable[Relation], conflicts: Iterable[Relation]) -> str:
    """Return the stanza of the package that depends on what a build needs."""
    fields = {
        "Package": STAND_IN,
        "Version": "1",
        "Architecture": "all",
        "Depends": ", ".join(map(format_relation, depends)),
        "Conflicts": ", ".join(map(format_relation, conflicts)),
        "Filename": f"{STAND_IN}.deb",
        "Size": "1",
        "SHA256": apt_solution.NO_SHA256,
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


def format_relation(relation: Relation) -> str:
    """Return a relation's text without restrictions; a package for the machine that builds is one for the machine itself."""
    return apt_solution.format_relation(relation).replace(":native", "", 1)


def set_up_apt(state: Path, arch: str, stanzas: list[bytes], stand_in: str, installed: list[bytes]) -> None:
    """Make a private apt in the folder `state` that knows some packages, and those that are installed."""
    for folder in ("lists/partial", "cache/archives/partial", "archive"):
        (state / folder).mkdir(parents=True)
    root = state.absolute()
    packages = b"\n".join([*(stanza.rstrip(b"\n") + b"\n" for stanza in stanzas), stand_in.encode()])
    (state / "archive" / "Packages").write_bytes(packages)
    (state / "archive" / "Release").write_text(apt_solution.render_stand_in_release(packages))
    status = (stanza.rstrip(b"\n") + b"\nStatus: install ok installed\n" for stanza in installed)
    (state / "status").write_bytes(b"\n".join(status))
    (state / "sources.sources").write_text(apt_get.format_source("file", root / "archive", "./", ()))
    (state / "preferences").write_text("")
    (state / "conf").write_text(apt_get.format_configuration(root, arch))
    run(apt_get.update(), env={"APT_CONFIG": str(root / "conf")})


def ask_solver(state: Path, job: DependenciesJob, terms: list[str]) -> str:
    """Return the answer of apt's solver. Raise ComposeError if it refuses, or would remove what the root has."""
    environment = {"APT_CONFIG": str((state / "conf").absolute())}
    ended = run(apt_get.simulate(terms), env=environment, capture=True, errors=True, ok=(0, 100))
    answer = ended.stdout.decode(errors="replace")
    removed = REMOVED.findall(answer)
    if ended.returncode == 0 and not removed:
        return answer
    print(answer)
    lines = apt_solution.explain_refusal(answer, {}, ()) or ["apt finds no solution"]
    if removed:
        lines = [f"its build conflicts with {', '.join(removed)}, which the root of every build has"]
    quoted = [line.removeprefix(f"{STAND_IN}: ") for line in lines[:QUOTED_LINES]]
    raise ComposeError(
        f"{job.label}: what it is built with cannot be installed: {'; '.join(quoted)}",
        "add the archive that has it, or build it here, too",
    )
