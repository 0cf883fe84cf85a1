"""Makes the finished source package of an entry of the config: obtained, verified, packed, patched."""

from __future__ import annotations

import posixpath
import stat
from pathlib import Path

from composelib.archive.choose.packages.source_package import read_source_files
from composelib.archive.format.openpgp import strip_signature
from composelib.archive.format.version import compare_versions
from composelib.dataclass import dataclass
from composelib.errors import ComposeError, TrustError
from composelib.fetch.git_commit import fetch_commit, find_commit
from composelib.files import copy_frozen, write_file
from composelib.model.build_source import BuildSource
from composelib.model.source_tree import SourceTree
from composelib.source.archive_sources import ArchiveSources
from composelib.source.dsc import Dsc, read_dsc
from composelib.source.keyring_check import check_signature
from composelib.source.patching import apply_patches, describe_changes
from composelib.source.upstream import UpstreamSupply, put_upstream_files
from composelib.source.workshop import ChangelogEntry, Workshop
from composelib.text.local_url import is_local
from composelib.tools import git
from composelib.tools.run import run

UNPACK_TAR = (
    "mkdir tree; tar --extract --no-same-owner --no-same-permissions --directory=tree; chmod -R u+rwX,go=rX tree"
)
SPREAD_DATE = 'find "$1" -exec touch --no-dereference --date="@$2" {} +'


@dataclass(frozen=True)
class Derivation:
    """How patched source packages differ from others by the release that they are made for."""

    folder: str
    """The folder of our patches in debian/patches."""
    distribution: str
    maintainer: str


def prepare_source(
    source: BuildSource, workshop: Workshop, archives: ArchiveSources, derivation: Derivation
) -> tuple[Dsc, str]:
    """Make the finished source package in the workshop; return it, and the commit that it is from, if it is from git."""
    workshop.open()
    dsc, commit = obtain_package(source, workshop, archives)
    if dsc.source != source.name:
        cure = f"write `name: {dsc.source}`" if source.git else "correct its name"
        raise ComposeError(f"{workshop.label}: it is the source package {dsc.source}", cure)
    if source.patches or source.suffix:
        dsc = derive(source, workshop, dsc, derivation)
    return dsc, commit


def obtain_package(source: BuildSource, workshop: Workshop, archives: ArchiveSources) -> tuple[Dsc, str]:
    """Return the source package as it is where the config says, and its commit."""
    if isinstance(source.dsc, Path):
        return copy_from_file(source, source.dsc, workshop), ""
    if source.dsc:
        return fetch_from_archive(source, workshop, archives), ""
    if source.tree:
        supply = UpstreamSupply(archives, source.tree.upstream)
        copy_tree(source.tree, workshop.work / "tree")
        return pack_tree(workshop, supply), ""
    return pack_commit(source, workshop, archives)


def fetch_from_archive(source: BuildSource, workshop: Workshop, archives: ArchiveSources) -> Dsc:
    """Fetch a source package of an archive, as the archive's signed index lists it."""
    package = archives.find(source.name, source.version, workshop.label)
    files = read_source_files(package)
    archives.fetch([(package, file) for file in files], workshop.work)
    names = [posixpath.basename(file.path) for file in files if file.path.endswith(".dsc")]
    if len(names) != 1:
        raise TrustError(
            f"{workshop.label}: {package.version} of archive {package.archive} has {len(names)} .dsc files"
        )
    return workshop.read(names[0])


def copy_from_file(source: BuildSource, path: Path, workshop: Workshop) -> Dsc:
    """Copy a .dsc and what belongs to it, verified by its keyring."""
    content = path.read_bytes()  # once: what is verified is what is copied
    if source.keyring:
        text = check_signature(path, content, source.keyring, workshop.folder / "verify", workshop.label)
    else:
        text = strip_signature(content)
    write_file(workshop.work / path.name, content)
    for file in read_dsc(text, path.name, workshop.label).files:
        target = path.with_name(file.name)
        if not target.is_file():
            raise ComposeError(
                f"{workshop.label}: {target}: there is no such file, and {path.name} lists it", "put it there"
            )
        copy_frozen(target, workshop.work / file.name)
    return workshop.read(path.name)


def copy_tree(tree: SourceTree, target: Path) -> None:
    """Copy a source tree: its files, executable or not, links as they are, and empty folders."""
    target.mkdir()
    for name in tree.folders:
        (target / name).mkdir(parents=True, exist_ok=True)
    for path in tree.inside:
        copy = target / path.relative_to(tree.path)
        copy.write_bytes(path.read_bytes())
        copy.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
    for name, link in tree.links:
        (target / name).symlink_to(link)


def pack_commit(source: BuildSource, workshop: Workshop, archives: ArchiveSources) -> tuple[Dsc, str]:
    """Pack a git repository's tree at the commit that its ref stands for now."""
    if archives.offline and not is_local(source.git):
        raise ComposeError(f"{workshop.label}: offline, and git repositories are not kept", "run without offline=1")
    commit = find_commit(source.git, source.ref)
    repository = workshop.folder / "git"
    fetch_commit(repository, source.git, commit)
    tar = workshop.folder / "tree.tar"
    with tar.open("wb") as stream:
        run(git.archive(repository, commit, ""), env=git.QUIET, stdout=stream)
    with tar.open("rb") as stream:
        workshop.run(["sh", "-euc", UNPACK_TAR], stdin=stream)
    return pack_tree(workshop, UpstreamSupply(archives, repository=repository, url=source.git)), commit


def pack_tree(workshop: Workshop, supply: UpstreamSupply) -> Dsc:
    """Pack the folder `tree` of the workshop, as a tree of the usual name, with one date."""
    entry = workshop.read_changelog("tree")
    name = f"{entry.source}-{entry.upstream}"
    workshop.run(["mv", "tree", name])
    put_upstream_files(workshop, name, entry, supply)
    workshop.run(["sh", "-euc", SPREAD_DATE, "sh", name, str(entry.date)])
    dsc = workshop.pack(name)
    workshop.run(["rm", "-rf", name])
    return dsc


def derive(source: BuildSource, workshop: Workshop, dsc: Dsc, derivation: Derivation) -> Dsc:
    """Make the source package with patches and suffix of an obtained one."""
    tree = workshop.unpack(dsc)
    apply_patches(workshop, dsc, tree, source.patches, derivation.folder)
    if source.suffix:
        entry = workshop.read_changelog(tree)
        # A second after the last one: whatever is built has this date, so it must not change with the compose's.
        patched = ChangelogEntry(entry.source, f"{entry.version}{source.suffix}", entry.date + 1)
        workshop.add_entry(
            tree, patched, derivation.distribution, describe_changes(source.patches), derivation.maintainer
        )
    return workshop.pack(tree)


def find_order_fault(dsc: Dsc, archives: ArchiveSources) -> str:
    """Return what is wrong with the order of versions: an archive has the same or a newer one; empty if nothing is."""
    newest = archives.find_newest_version(dsc.source)
    if not newest or compare_versions(dsc.version, newest) > 0:
        return ""
    relation = "as new as" if compare_versions(dsc.version, newest) == 0 else "older than"
    return (
        f"version {dsc.version} is {relation} {newest} of an archive, which apt prefers unless priorities say otherwise"
    )
