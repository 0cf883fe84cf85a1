"""Find the source packages whose tests built packages have to pass, and by apt's solver what these tests need."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.archive.choose.manifest import MAIN, ManifestRow, format_stanzas
from composelib.archive.choose.need import Reason
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.source_package import read_source_files
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.format.relation import RelationError, parse_relations
from composelib.archive.format.repository import read_chosen, read_field, read_source_name
from composelib.archive.format.stanza import StanzaError
from composelib.building.build_relations import list_build_depends
from composelib.building.dependency_solver import DependencyQuestion, open_built, solve_question
from composelib.building.test_control import (
    BUILD_DEPENDS,
    EVERY_BINARY,
    RECOMMENDED,
    PackageTest,
    expand_clauses,
    read_tests,
)
from composelib.dataclass import dataclass
from composelib.errors import ComposeError
from composelib.fetch.package_listing import open_listing
from composelib.files import copy_frozen, remove_tree, scratch_folder, write_file
from composelib.image.root import apt_solution
from composelib.source.archive_sources import ArchiveSources
from composelib.source.dsc import RELATIONS, Dsc
from composelib.source.workshop import Workshop
from composelib.text.json_file import write_json
from composelib.tree_list import write_tree_list

if TYPE_CHECKING:
    from composelib.stages.testdeps import TestSearchJob

VERSION = 1
CONTROL = "debian/tests/control"
LARGEST_CONTROL = 1 << 20
"""Bytes of the largest debian/tests/control that is read."""
DEPENDENCIES = ("Pre-Depends", "Depends")
"""By which fields of a package its tests are those of a package that depends on what was built."""


@dataclass(frozen=True)
class TestedSource:
    """A source package, its folder, and those of its tests that can be run here."""

    dsc: Dsc
    folder: Path
    tests: tuple[PackageTest, ...]

    def to_json(self, root: Path) -> dict[str, str]:
        """Return its row of the plan."""
        folder = str(self.folder.relative_to(root))
        return {"source": self.dsc.source, "source_version": self.dsc.version, "folder": folder, "dsc": self.dsc.name}


def find_tests(job: TestSearchJob) -> None:
    """Write the plan, and the stanzas of what the tests need."""
    built = open_built((path for path in job.built if path.is_file()), job.work, job.arch, dict(job.priorities))
    universe = Universe([*map(open_listing, job.archives), *built], job.arch)
    with scratch_folder(job.scratch) as scratch:
        folders = [job.source, *keep_reverse(job, scratch / "fetched")]
        read = [read_source(job, folder, scratch / str(number)) for number, folder in enumerate(folders)]
        sources = [source for source in read if source.tests]
        packages = {package for source in sources for package in solve_tests(job, universe, source, scratch / "apt")}
    rows = [ManifestRow(package, MAIN, Reason(None, relation="Depends")) for package in packages]
    print(f"{len(sources)} source packages to test, {len(rows)} packages", flush=True)
    write_file(job.output, format_stanzas(sorted(rows, key=lambda row: (row.package.name, row.package.version))))
    write_json(job.plan, {"version": VERSION, "sources": [source.to_json(job.root) for source in sources]})


def keep_reverse(job: TestSearchJob, scratch: Path) -> list[Path]:
    """Fetch the source packages that have tests and depend on what was built; return the folder of each."""
    paths = {job.folder / path.relative_to(scratch): path for path in fetch_reverse(job, scratch)}
    write_tree_list(job.root, job.tree_list, paths)
    remove_tree(job.folder)
    for target, path in paths.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        copy_frozen(path, target)
    return sorted({target.parent for target in paths})


def fetch_reverse(job: TestSearchJob, folder: Path) -> list[Path]:
    """Fetch the source packages that have tests and depend on what was built; return their files, in a folder for each."""
    names = sorted(set(find_dependents(job)))
    if not names:
        return []
    supply = job.supply
    sources = ArchiveSources(
        supply.archives, supply.accepted, supply.accesses, supply.folders, supply.store, supply.offline
    )
    paths = []
    for name, version in names:
        package = next(
            (candidate for candidate in sources.universe.versions(name) if candidate.version == version), None
        )
        if package and "autopkgtest" in package.field("Testsuite").replace(",", " ").split():
            target = folder / f"{name}_{version}"
            target.mkdir(parents=True)
            paths += sources.fetch([(package, file) for file in read_source_files(package)], target)
    return paths


def find_dependents(job: TestSearchJob) -> Iterator[tuple[str, str]]:
    """Yield the source, with its version, of each gathered package that depends on what was built and was not built itself."""
    built = {read_field(entry.stanza, "Package") for entry in read_chosen(job.stanzas.read_bytes())}
    archives = {name for name, _ in job.priorities}
    for path in job.gathered:
        for entry in read_chosen(path.read_bytes()):
            if entry.archive not in archives and built & set(list_named(entry.stanza)):
                _, _, version = read_field(entry.stanza, "Source").partition(" (")
                yield read_source_name(entry.stanza), version.rstrip(")") or read_field(entry.stanza, "Version")


def list_named(stanza: bytes) -> Iterator[str]:
    """Yield the names of the packages that a package depends on; none for a malformed field."""
    for field in DEPENDENCIES:
        try:
            yield from (relation.name for clause in parse_relations(read_field(stanza, field)) for relation in clause)
        except RelationError:
            continue


def read_source(job: TestSearchJob, folder: Path, scratch: Path) -> TestedSource:
    """Unpack a source package and read its tests. Raise ComposeError if their description is malformed."""
    workshop = Workshop(scratch, job.label)
    workshop.open()
    for path in folder.iterdir():
        if path.is_file():
            shutil.copyfile(path, workshop.work / path.name)
    dsc = workshop.read(next(folder.glob("*.dsc")).name)
    tree = workshop.unpack(dsc)
    script = 'if [ -f "$1" ]; then head -c "$2" "$1"; fi'
    text = workshop.run(["sh", "-c", script, "sh", f"{tree}/{CONTROL}", str(LARGEST_CONTROL)], capture=True)
    shutil.rmtree(scratch)
    try:
        return TestedSource(dsc, folder, tuple(read_tests(text)))
    except StanzaError as error:
        raise ComposeError(
            f"{job.label}: {dsc.source}: {CONTROL} is malformed: {error}", "mend it by a patch"
        ) from None


def solve_tests(job: TestSearchJob, universe: Universe, source: TestedSource, scratch: Path) -> Iterator[Package]:
    """Yield the packages that the tests of a source need; of one whose needs cannot be met, none: it fails when it is run."""
    words = expand_words(universe, source.dsc, job.arch)
    installed = tuple(entry.stanza for entry in read_chosen(job.installed.read_bytes()))
    for test in source.tests:
        clauses = expand_clauses(test, words, job.arch)
        names = (relation.name for clause in parse_relations(", ".join(clauses)) for relation in clause)
        label = f"{job.label}: {source.dsc.source}: what a test needs"
        question = DependencyQuestion(label, tuple(names), tuple(clauses), installed=installed)
        try:
            yield from solve_question(universe, question, scratch)
        except ComposeError as error:
            print(f"warning: {error.message}", flush=True)


def expand_words(universe: Universe, dsc: Dsc, arch: str) -> dict[str, tuple[str, ...]]:
    """Return the clauses that the words with `@` stand for in the tests of a source package."""
    binaries = [
        package
        for package in universe.find_by_field("Source", dsc.source)
        if package in universe.versions(package.name)[:1] and not package.name.endswith("-dbgsym")
    ]
    record = {name.lower().replace("-", "_"): dsc.field(name) for name in RELATIONS}
    needed = list_build_depends(record, arch, (), everything=True)
    return {
        EVERY_BINARY: tuple(f"{package.name} (= {package.version})" for package in binaries),
        BUILD_DEPENDS: (
            *(apt_solution.format_relation(relation).replace(":native", "") for relation in needed),
            "build-essential",
        ),
        RECOMMENDED: tuple(list_recommended(binaries, arch)),
    }


def list_recommended(binaries: Iterable[Package], arch: str) -> Iterator[str]:
    """Yield the clauses that packages recommend."""
    for package in binaries:
        tests = PackageTest(
            tuple(clause.strip() for clause in package.field("Recommends").split(",") if clause.strip())
        )
        yield from expand_clauses(tests, {}, arch)
