"""Changelogs out of package files that lie in a compose's pools."""

from __future__ import annotations

import gzip
import lzma
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from debian.arfile import ArError
from debian.changelog import Changelog, ChangelogParseError
from debian.debfile import DebError, DebFile

from composelib.archive.explain.compose_diff import Contents
from composelib.archive.format import repository, version
from composelib.errors import TrustError

TRIED = 4  # packages of a source whose changelog is looked for; others may share theirs by a link
NAME = re.compile(r"(?:\./)?usr/share/doc/[^/]+/(changelog(?:\.Debian)?\.gz)")
UNREADABLE = (ArError, DebError, ChangelogParseError, OSError, EOFError, tarfile.TarError, zlib.error, lzma.LZMAError)


def entries(tree: Path, contents: Contents, source: str, newer_than: str) -> list[str]:
    """Return a source's changelog entries newer than a version, newest first; none if no package at hand has them."""
    for deb in list(debs(tree, contents, source))[:TRIED]:
        changelog = changelog_of(deb)
        if changelog and changelog.get_package() == source:
            found = [block for block in changelog if version.compare_versions(str(block.version), newer_than) > 0]
            return [str(block).strip() for block in found]
    return []


def debs(tree: Path, contents: Contents, source: str) -> Iterator[Path]:
    """Return the package files of a source that are there: first that of its own name, then the smallest."""
    rows = {
        (row.package != source, row.size, variant, row.filename): row
        for (variant, _), found in contents.packages.items()
        for row in found
        if row.source == source and row.filename.endswith(".deb")
    }
    for (_, _, variant, filename), row in sorted(rows.items()):
        try:
            folder = repository.format_pool_folder(row.component, source)
        except TrustError:
            continue
        path = tree / variant / "repo" / folder / filename.rpartition("/")[2]
        if path.is_file():
            yield path


def changelog_of(deb: Path) -> Changelog | None:
    """Return a package's changelog (Debian Policy 12.7); None if it has none that can be read."""
    try:
        with DebFile(str(deb)) as opened, opened.data.tgz() as data:
            members = {
                match[1]: member for member in data if member.isfile() and (match := NAME.fullmatch(member.name))
            }
            chosen = next((members[name] for name in ("changelog.Debian.gz", "changelog.gz") if name in members), None)
            content = data.extractfile(chosen) if chosen else None
            return Changelog(gzip.decompress(content.read())) if content else None
    except UNREADABLE:
        return None
