"""What belongs to the source packages of a config: the files of their trees, their patches in order."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from composelib.config.keys.settings import Settings
from composelib.errors import ConfigError, locate_errors
from composelib.model.keys.common import PACKAGE_NAME, VERSION
from composelib.model.source_tree import SourceTree
from composelib.text.escape import escape

CHANGELOG = Path("debian/changelog")
HEAD = re.compile(rf"({PACKAGE_NAME}) \(({VERSION})\) ".encode())
"""The beginning of the first entry of a changelog."""
TARBALL = re.compile(r"\.orig(?:-[A-Za-z0-9-]+)?\.tar\.[a-z0-9]+$")
UNTRACKED = frozenset({".git", ".hg", ".svn", ".bzr", "_darcs", "CVS", ".pc"})
"""Folders of version control, and of what quilt remembers of applied patches."""
LEFT_BEHIND = re.compile(r"debian/(?:files|\.debhelper|debhelper-build-stamp|[^/]*\.substvars|[^/]*\.debhelper\.log)")
"""What debhelper leaves behind of a build."""
SERIES = "series"
PATCH_SUFFIXES = (".patch", ".diff")


def resolve_source(source: Settings) -> Settings:
    """Return a source whose tree is a SourceTree, and whose patches are files, in order."""
    values: dict[str, Any] = dict(source.values)
    if "dir" in values:
        with locate_errors(source.origin_of("dir"), str(values["dir"])):
            values["dir"] = read_source_tree(values["dir"])
    if "patches" in values:
        values["patches"] = tuple(file for path in values["patches"] for file in list_patches(path))
    return replace(source, values=values)


def read_source_tree(folder: Path) -> SourceTree:
    """Return a source tree with the files in it. Raise ConfigError for a name that no line of text can hold."""
    head = HEAD.match((folder / CHANGELOG).read_bytes())
    files, links, programs, folders = list[Path](), list[tuple[str, str]](), list[str](), list[str]()
    for path in walk_source_tree(folder):
        name = str(path.relative_to(folder))
        target = str(path.readlink()) if path.is_symlink() else ""
        if not (name + target).isprintable():
            message = f"{folder}: {escape(name)}: its name or target has control characters or is not UTF-8"
            raise ConfigError(message, "rename or remove it")
        if target:
            links.append((name, target))
        elif path.is_file():
            files.append(path)
            programs += [name] if path.stat().st_mode & 0o100 else []
        elif path.is_dir():
            folders.append(name)
    source, version = (head[1].decode(), head[2].decode()) if head else ("", "")
    upstream = list_upstream_files(folder, source, version)
    return SourceTree(folder, source, tuple(files), tuple(links), tuple(programs), tuple(folders), upstream)


def list_upstream_files(folder: Path, source: str, version: str) -> tuple[Path, ...]:
    """Return the upstream tarballs of a version that lie beside a tree."""
    upstream = version.partition(":")[2] if ":" in version else version
    prefix = f"{source}_{upstream.rpartition('-')[0]}.orig"
    siblings = sorted(folder.parent.iterdir()) if "-" in upstream else []
    return tuple(
        path for path in siblings if path.name.startswith(prefix) and TARBALL.search(path.name) and path.is_file()
    )


def walk_source_tree(folder: Path) -> Iterator[Path]:
    """Yield the paths in a source tree, sorted, without those of version control and what builds leave behind."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if is_tracked(Path(parent, name), folder))
        yield from (path for name in sorted((*folders, *names)) if is_tracked(path := Path(parent, name), folder))


def is_tracked(path: Path, folder: Path) -> bool:
    """Return whether a path belongs to a source tree."""
    return path.name not in UNTRACKED and not LEFT_BEHIND.fullmatch(str(path.relative_to(folder)))


def list_patches(path: Path) -> list[Path]:
    """Return the patches that a path stands for: itself, or those of a folder, as its `series` orders them."""
    if not path.is_dir():
        return [path]
    if (path / SERIES).is_file():
        return [path / name for name, *_ in read_series(path / SERIES)]
    return sorted(file for file in path.iterdir() if file.suffix in PATCH_SUFFIXES)


def read_series(series: Path) -> list[list[str]]:
    """Return the patches that a `series` file of quilt names, each with the options after it; none without the file."""
    if not series.is_file():
        return []
    lines = series.read_text(errors="surrogateescape").splitlines()
    return [words for line in lines if (words := line.partition("#")[0].split())]
