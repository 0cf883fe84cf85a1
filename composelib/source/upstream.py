"""Upstream tarballs for source trees of formats that need them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.errors import ComposeError
from composelib.files import copy_frozen, discard, written_aside
from composelib.source.archive_sources import ArchiveSources
from composelib.source.dsc import get_upstream
from composelib.source.workshop import ChangelogEntry, Workshop
from composelib.tools import git
from composelib.tools.run import run

TARBALL = re.compile(r"[A-Za-z0-9.+~_-]+\.orig(?:-[A-Za-z0-9-]+)?\.tar\.(?:gz|xz|bz2|lzma)")
PRISTINE = "refs/heads/pristine-tar"
NATIVE = "3.0 (native)"


@dataclass(frozen=True)
class UpstreamSupply:
    """Where upstream tarballs may come from: beside the tree, from its git repository, or from an archive."""

    archives: ArchiveSources
    beside: tuple[Path, ...] = ()
    repository: Path | None = None
    url: str = ""
    """Of the repository, of which one commit alone was fetched."""


def put_upstream_files(workshop: Workshop, tree: str, entry: ChangelogEntry, supply: UpstreamSupply) -> None:
    """Put the upstream tarballs of a tree beside it, unless its format has none. Raise ComposeError if there are none."""
    if "-" not in entry.version or read_format(workshop, tree) == NATIVE:
        return
    upstream = get_upstream(entry.version)
    prefix = f"{entry.source}_{upstream}.orig"
    beside = [path for path in supply.beside if path.name.startswith(prefix)]
    for path in beside:
        discard(workshop.work / path.name)  # a link there would be written through
        copy_frozen(path, workshop.work / path.name)
    if beside:
        return
    if supply.repository:
        run(git.fetch_all(supply.repository, supply.url), env=git.find_login())
    if supply.repository and put_from_pristine_tar(workshop, supply.repository, prefix):
        return
    files = supply.archives.find_upstream_files(entry.source, upstream)
    if files:
        supply.archives.fetch(files, workshop.work)
    elif not (supply.repository and put_from_tag(workshop, supply.repository, entry.source, upstream)):
        places = (
            "the repository, on a branch pristine-tar or as a tag"
            if supply.repository
            else "the folder beside the tree"
        )
        raise ComposeError(
            f"{workshop.label}: there is no {prefix}.tar.*, which version {entry.version} needs: not in {places}, nor in an archive",
            "put it there, or make the format 3.0 (native)",
        )


def read_format(workshop: Workshop, tree: str) -> str:
    """Return the format of a tree's source package."""
    script = (
        'head -c 100 "$1/debian/source/format" 2>/dev/null || echo 1.0'  # it may be of any size, and is kept in memory
    )
    return workshop.run(["sh", "-c", script, "sh", tree], capture=True).decode(errors="replace").strip()


def put_from_pristine_tar(workshop: Workshop, repository: Path, prefix: str) -> bool:
    """Make the upstream tarballs that a git repository's branch pristine-tar describes; return whether there are any."""
    names = list_pristine_names(repository, prefix)
    if names:
        repository.rename(workshop.work / "git")  # no git outside of the cage reads it from here on
    for name in names:
        workshop.run(["env", "GIT_DIR=git", *git.checkout_pristine_tar(name)])
    return bool(names)


def list_pristine_names(repository: Path, prefix: str) -> list[str]:
    """Return the names of upstream tarballs that the branch pristine-tar of a repository describes, sorted."""
    printed = run(git.list_names(repository, PRISTINE), capture=True, ok=(0, 128), env=git.QUIET).stdout
    names: Iterable[str] = (line.removesuffix(".delta") for line in printed.decode(errors="replace").splitlines())
    return sorted({name for name in names if name.startswith(prefix) and TARBALL.fullmatch(name)})


def put_from_tag(workshop: Workshop, repository: Path, source: str, upstream: str) -> bool:
    """Make the upstream tarball of the tag `upstream/VERSION`, as git-buildpackage does; return whether there is one."""
    tag = f"refs/tags/upstream/{upstream.replace('~', '_')}"
    if not run(git.list_names(repository, tag), capture=True, ok=(0, 128), env=git.QUIET).stdout:
        return False
    name = f"{source}_{upstream}.orig.tar.gz"
    with written_aside(workshop.work / name, durable=False) as aside, aside.open("wb") as stream:
        argv = git.archive(repository, tag, "", form="tar.gz", prefix=f"{source}-{upstream}/")
        run(argv, env=git.QUIET, stdout=stream)
    return True
