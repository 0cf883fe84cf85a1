"""A container without shell and package manager: the packages that it is for, what these depend on, and nothing else.

Its dpkg database is of the form that scanners read in such images: /var/lib/dpkg/status.d/PACKAGE, a stanza each, with
PACKAGE.md5sums beside it, as bazel's and Google's distroless images have it.
"""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Iterable, Iterator, Mapping

from composelib.archive.format import relation
from composelib.archive.format.provides import parse_provided
from composelib.archive.format.stanza import find_stanzas, parse_fields
from composelib.dataclass import dataclass
from composelib.image.oci import build as oci_build
from composelib.image.oci.build import ContainerTree
from composelib.image.oci.layers import merge_usr

DATABASE = "var/lib/dpkg"
STATUS_FOLDER = f"{DATABASE}/status.d"
ALWAYS = ("base-files",)
"""Packages that are always there: folders, os-release and the licences' texts."""
INSTALLERS = frozenset(
    (
        "adduser",
        "apt",
        "gawk",
        "mawk",
        "original-awk",
        "bash",
        "cdebconf",
        "dash",
        "debconf",
        "dpkg",
        "init-system-helpers",
        "install-info",
        "perl-base",
        "ucf",
    )
)
"""Packages that others depend on for their scripts alone, which run while a root is made; left out unless they are asked for."""
RUNNING = frozenset(("dev", "proc", "run", "sys"))
LEFT_OUT = (
    "etc/apt/",
    "etc/dpkg/",
    "var/cache/",
    "var/lib/apt/",
    "var/lib/pam/",
    "var/lib/systemd/",
    f"{DATABASE}/",
    "var/log/",
)
"""Folders whose files are of no use without the package manager."""


@dataclass(frozen=True)
class InstalledPackage:
    """A package as dpkg's status file has it."""

    name: str
    arch: str
    multiarch: str
    """Its field Multi-Arch."""
    stanza: bytes
    depends: tuple[str, ...]
    """The relations of its Depends and Pre-Depends, a clause each."""
    provides: tuple[str, ...]


def strip_tree(tree: ContainerTree, seeds: Iterable[str], arch: str) -> list[str]:
    """Remove from a tree what does not belong to the packages of `seeds`, relations; return the names of those that stay.

    A package of another arch than the tree's is named as dpkg names it, `NAME:ARCH`.
    """
    packages = read_installed_packages(oci_build.read_file(tree, tree.members[f"{DATABASE}/status"]), arch)
    chosen = choose_packages(packages, [*ALWAYS, *seeds], arch)
    notes = read_notes(tree, packages)
    paths = {name: list_installed_paths(notes[name, "list"]) for name in packages}
    packaged = {path for name in chosen for path in paths[name]}
    foreign = {path for listed in paths.values() for path in listed} - packaged
    files = {f"{STATUS_FOLDER}/{name}.md5sums": notes.get((name, "md5sums"), b"") for name in chosen}
    files |= {f"{STATUS_FOLDER}/{name}": packages[name].stanza for name in chosen}
    for path in [path for path, member in tree.members.items() if not member.isdir()]:
        if path in foreign or path.startswith(LEFT_OUT):
            del tree.members[path]
    remove_dangling(tree, packaged)
    remove_empty(tree, packaged)
    for path, content in files.items():
        oci_build.add_file(tree, path, content)
    return sorted(chosen)


def read_installed_packages(status: bytes, arch: str) -> dict[str, InstalledPackage]:
    """Return the packages of dpkg's status file by name; `arch` is the system's own."""
    packages = {}
    for start, end in find_stanzas(status):
        fields = {name: value.decode("utf-8", "replace") for name, value in parse_fields(status[start:end]).items()}
        clauses = [clause for name in ("pre-depends", "depends") for clause in fields.get(name, "").split(",")]
        name, architecture = fields["package"], fields.get("architecture", "all")
        packages[qualify_name(name, architecture, arch)] = InstalledPackage(
            name,
            arch if architecture == "all" else architecture,
            "foreign" if architecture == "all" else fields.get("multi-arch", ""),
            status[start:end].strip(b"\n") + b"\n",
            tuple(clause.strip() for clause in clauses if clause.strip()),
            tuple(name for name, _ in parse_provided(fields.get("provides", ""))),
        )
    return packages


def qualify_name(name: str, arch: str, native: str) -> str:
    """Return a package's name, with its arch unless that is the system's own."""
    return name if arch in {native, "all"} else f"{name}:{arch}"


def choose_packages(packages: Mapping[str, InstalledPackage], seeds: Iterable[str], arch: str) -> set[str]:
    """Return the names of the packages that relations name, and of those that these depend on when they run."""
    providers: dict[str, dict[str, InstalledPackage]] = {}
    for name, package in packages.items():
        for provided in (package.name, *package.provides):
            providers.setdefault(provided, {})[name] = package
    chosen: set[str] = set()
    for seed in seeds:
        chosen |= find_installed(providers, seed, arch)
    pending = list(chosen)
    while pending:
        package = packages[pending.pop()]
        for clause in package.depends:
            names = find_installed(providers, clause, package.arch) - chosen
            names = {name for name in names if packages[name].name not in INSTALLERS}
            chosen |= names
            pending += names
    return chosen


def find_installed(providers: Mapping[str, Mapping[str, InstalledPackage]], text: str, arch: str) -> set[str]:
    """Return the names of the packages that satisfy a relation of a package of this arch."""
    return {
        name
        for clause in relation.parse_relations(text)
        for alternative in clause
        if relation.is_applicable(alternative, arch)
        for name, package in providers.get(alternative.name, {}).items()
        if package.multiarch == "foreign"
        or alternative.qualifier == "any"
        or package.arch == (alternative.qualifier or arch)
    }


def read_notes(tree: ContainerTree, packages: Mapping[str, InstalledPackage]) -> dict[tuple[str, str], bytes]:
    """Return the content of dpkg's files about packages, by the package's name and the kind of file.

    The files' names have the arch of packages that may be there for several arches.
    """
    notes = {}
    for name, package in packages.items():
        for kind in ("list", "md5sums"):
            for stem in (package.name, f"{package.name}:{package.arch}"):
                if member := tree.members.get(f"{DATABASE}/info/{stem}.{kind}"):
                    notes[name, kind] = oci_build.read_file(tree, member)
    return notes


def list_installed_paths(text: bytes) -> set[str]:
    """Return the paths of a package's list."""
    return {merge_usr(path.lstrip("/")) for path in oci_build.split_lines(text)}


def remove_dangling(tree: ContainerTree, packaged: set[str]) -> None:
    """Remove the links of no package that lead to nothing any more: those of /etc/alternatives, /bin/sh."""
    while dangling := [
        path for path, member in tree.members.items() if is_dangling(tree, path, member) and path not in packaged
    ]:
        for path in dangling:
            del tree.members[path]


def is_dangling(tree: ContainerTree, path: str, member: tarfile.TarInfo) -> bool:
    """Return whether a member is a link to what the tree does not have; folders of a running system have anything."""
    if not member.issym():
        return False
    target = merge_usr(posixpath.normpath(posixpath.join("/", posixpath.dirname(path), member.linkname)).lstrip("/"))
    return target.partition("/")[0] not in RUNNING and target not in tree.members


def remove_empty(tree: ContainerTree, packaged: set[str]) -> None:
    """Remove the folders of no package that have no content."""
    full = {parent for path, member in tree.members.items() if not member.isdir() for parent in list_parents(path)}
    for path in [path for path, member in tree.members.items() if member.isdir()]:
        if path not in packaged and path not in full:
            del tree.members[path]


def list_parents(path: str) -> Iterator[str]:
    """Yield the folders above a path."""
    while path := posixpath.dirname(path):
        yield path
