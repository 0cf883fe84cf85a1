"""What apt's solver installs on top of a root for relations, of the archives' packages and of those that were built."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from composelib.archive.choose.packages.index import Index
from composelib.archive.choose.packages.index_build import build_index
from composelib.archive.choose.packages.package import Package, PackageListing
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.format.relation import RelationError
from composelib.dataclass import dataclass
from composelib.errors import ComposeError
from composelib.files import scratch_folder
from composelib.image.root import apt_solution
from composelib.tools import apt_get
from composelib.tools.run import run

STAND_IN = f"{apt_solution.STAND_IN}builddeps"
"""A package that depends on what is asked for: apt's command line does not take relations itself."""
REMOVED = re.compile(r"^Remv (\S+)", re.MULTILINE)
QUOTED_LINES = 8
"""Lines of apt's refusal that an error quotes."""


@dataclass(frozen=True)
class DependencyQuestion:
    """What must be installed and what must not, as relations' texts, and which packages are installed already."""

    label: str
    """For messages."""
    names: tuple[str, ...]
    """The names in `depends`."""
    depends: tuple[str, ...]
    conflicts: tuple[str, ...] = ()
    installed: tuple[bytes, ...] = ()
    """Their stanzas; without any, essential packages are installed, too."""


def open_built(
    listings: Iterable[Path], work: Path, arch: str, priorities: Mapping[str, int | None]
) -> Iterator[PackageListing]:
    """Yield the packages that were built, by the stanzas that builds left below the folder `work`."""
    for path in listings:
        archive = path.relative_to(work).parts[1]
        stanzas = path.read_bytes()
        index = Index(build_index(stanzas, arch, str(path)))
        yield PackageListing(archive, stanzas, index, priorities[archive])


def solve_question(
    universe: Universe, question: DependencyQuestion, scratch: Path, host: Universe | None = None
) -> list[Package]:
    """Return the packages that are installed. Raise ComposeError if they cannot be, or the root would lose any.

    `host` has the packages of another arch, whose relations the question's are: tools that are Multi-Arch: foreign are of the root's.
    """
    arches = (universe.arch, *((host.arch,) if host else ()))
    names = list(question.names)
    if not question.installed:
        names += [package.name for package in universe.find_by_field("Essential", "yes")]
    packages = list_reachable((universe, *((host,) if host else ())), names)
    with scratch_folder(scratch) as state:
        set_up_apt(state, arches, [package.stanza for package in packages], question)
        answer = ask_solver(state, question, f"{STAND_IN}:{host.arch}" if host else STAND_IN)
    chosen = apt_solution.parse_installation(answer)
    return [package for package in packages if (package.name, package.version, package.architecture) in chosen]


def list_reachable(universes: Sequence[Universe], names: Iterable[str]) -> list[Package]:
    """Return all packages that any solution could have for some names, each in the version that apt prefers."""
    packages: dict[Package, None] = {}
    waiting = list(dict.fromkeys(names))
    seen = set(waiting)
    for name in waiting:
        for package in (package for universe in universes for package in find_candidates(universe, name)):
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


def render_stand_in(question: DependencyQuestion, arch: str) -> str:
    """Return the stanza of the package, of an arch, that depends on what is asked for."""
    fields = {
        "Package": STAND_IN,
        "Version": "1",
        "Architecture": arch,
        "Depends": ", ".join(question.depends),
        "Conflicts": ", ".join(question.conflicts),
        "Filename": f"{STAND_IN}.deb",
        "Size": "1",
        "SHA256": apt_solution.NO_SHA256,
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


def set_up_apt(state: Path, arches: Sequence[str], stanzas: list[bytes], question: DependencyQuestion) -> None:
    """Make a private apt in the folder `state` that knows some packages, and those that are installed; its own arch is the first."""
    for folder in ("lists/partial", "cache/archives/partial", "archive"):
        (state / folder).mkdir(parents=True)
    root = state.absolute()
    stand_in = render_stand_in(question, arches[-1])
    packages = b"\n".join([*(stanza.rstrip(b"\n") + b"\n" for stanza in stanzas), stand_in.encode()])
    (state / "archive" / "Packages").write_bytes(packages)
    (state / "archive" / "Release").write_text(apt_solution.render_stand_in_release(packages))
    status = (stanza.rstrip(b"\n") + b"\nStatus: install ok installed\n" for stanza in question.installed)
    (state / "status").write_bytes(b"\n".join(status))
    (state / "sources.sources").write_text(apt_get.format_source("file", root / "archive", "./", ()))
    (state / "preferences").write_text("")
    (state / "conf").write_text(apt_get.format_configuration(root, arches[0], arches[1:]))
    run(apt_get.update(), env={"APT_CONFIG": str(root / "conf")})


def ask_solver(state: Path, question: DependencyQuestion, stand_in: str) -> str:
    """Return the answer of apt's solver for the stand-in. Raise ComposeError if it refuses, or would remove what the root has."""
    environment = {"APT_CONFIG": str((state / "conf").absolute())}
    terms = [stand_in] if question.installed else [stand_in, "?essential"]
    ended = run(apt_get.simulate(terms), env=environment, capture=True, errors=True, ok=(0, 100))
    answer = ended.stdout.decode(errors="replace")
    removed = REMOVED.findall(answer)
    if ended.returncode == 0 and not removed:
        return answer
    print(answer)
    lines = apt_solution.explain_refusal(answer, {}, ()) or ["apt finds no solution"]
    if removed:
        lines = [f"it conflicts with {', '.join(removed)}, which the root of every build has"]
    quoted = [line.removeprefix(f"{STAND_IN}: ") for line in lines[:QUOTED_LINES]]
    raise ComposeError(
        f"{question.label} cannot be installed: {'; '.join(quoted)}",
        "add the archive that has it, or build it here, too",
    )
