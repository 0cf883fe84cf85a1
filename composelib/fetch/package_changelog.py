"""Changelogs of sources, read from package files in a pool."""

from __future__ import annotations

import gzip
import lzma
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from debian.arfile import ArError
from debian.changelog import ChangeBlock, Changelog, ChangelogParseError
from debian.debfile import DebError, DebFile

from composelib.archive.explain.compose_diff import ComposeContents
from composelib.archive.explain.manifest_reader import GatheredPackage
from composelib.archive.format import repository, version
from composelib.errors import TrustError

MOST = 8 << 20
"""Bytes of a changelog that are read: the newest entries come first."""
MAX_DEBS = 4  # of a source, how many packages are opened: the others may only link to their changelog
NAME = re.compile(r"(?:\./)?usr/share/doc/[^/]+/(changelog(?:\.Debian)?\.gz)")
UNREADABLE = (
    ArError,
    DebError,
    ChangelogParseError,
    OSError,
    EOFError,
    ValueError,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
)


def find_entries(tree: Path, contents: ComposeContents, source: str, newer_than: str) -> list[str]:
    """Return a source's changelog entries newer than a version, newest first; none if no package file has them."""
    for deb in list(find_debs(tree, contents, source))[:MAX_DEBS]:
        changelog = read_changelog(deb)
        if changelog and changelog.get_package() == source:
            return [str(block).strip() for block in changelog if is_newer(block, newer_than)]
    return []


def is_newer(block: ChangeBlock, former: str) -> bool:
    """Return whether an entry is of a newer version; one without a valid version, as very old ones may be, is not."""
    try:
        return version.compare_versions(str(block.version), former) > 0
    except ValueError:
        return False


def find_debs(tree: Path, contents: ComposeContents, source: str) -> Iterator[Path]:
    """Yield the existing package files of a source: first the one of its own name, then the smallest."""
    rows = {
        (row.package != source, row.size, variant, name_deb(row)): row
        for (variant, _), packages in contents.packages.items()
        for row in packages
        if row.source == source and row.filename.endswith(".deb")
    }
    for (_, _, variant, name), row in sorted(rows.items()):
        try:
            folder = repository.format_pool_folder(row.component, source)
        except TrustError:
            continue
        path = tree / variant / "repo" / folder / name
        if path.is_file():
            yield path


def name_deb(row: GatheredPackage) -> str:
    """Return the name of a package's file in the pool."""
    return repository.format_deb_name(row.package, row.version, row.architecture, row.filename)


def read_changelog(deb: Path) -> Changelog | None:
    """Return a package's changelog (Debian Policy 12.7); None if it has none that can be read."""
    try:
        with DebFile(str(deb)) as package, package.data.tgz() as data:
            members = {
                match[1]: member for member in data if member.isfile() and (match := NAME.fullmatch(member.name))
            }
            chosen = next((members[name] for name in ("changelog.Debian.gz", "changelog.gz") if name in members), None)
            content = data.extractfile(chosen) if chosen else None
            return Changelog(read_text(content)) if content else None
    except UNREADABLE:
        return None


def read_text(packed: IO[bytes]) -> str:
    """Return the beginning of a text, which old changelogs have in other encodings than UTF-8."""
    with gzip.open(packed) as stream:
        return stream.read(MOST).decode(errors="replace")
