"""The commits in the OSTree repositories of trees, opened by the objects that they name."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from composelib.archive.explain.compose_diff import ImageRow
from composelib.contents.artifact import Artifact, FileState, describe_mode
from composelib.contents.changes import FileChange, list_changes
from composelib.contents.evidence import read_statement
from composelib.contents.owners import read_owners
from composelib.text.provenance import SUFFIX
from composelib.verify.ostree import locate_object
from composelib.verify.ostree_objects import FileHeader, list_tree_entries, read_commit_roots

OSTREE = "ostree"


def list_commits(tree: Path) -> dict[tuple[str, str, str], ImageRow]:
    """Return a row for each commit that a statement of provenance in a tree is of, by variant, arch and name.

    Its path is the statement's, its SHA256 the commit's checksum.
    """
    rows = (read_commit_row(tree, path) for path in sorted(tree.glob(f"*/*/images/*{SUFFIX}")))
    return {row.key[:3]: row for row in rows if row}


def read_commit_row(tree: Path, path: Path) -> ImageRow | None:
    """Return the row of the commit that a statement is of; None if it is of another image."""
    statement = read_statement(path)
    image, subject = statement["predicate"]["buildDefinition"]["externalParameters"], statement["subject"][0]
    if image["kind"] != OSTREE:
        return None
    words = (image["variant"], image["arch"], image["name"], OSTREE)
    return ImageRow(*words, str(path.relative_to(tree)), 0, subject["digest"]["sha256"])


def list_moved_commits(old: Path, new: Path) -> Iterator[tuple[ImageRow, ImageRow]]:
    """Yield the rows of each commit that both trees have, and not the same."""
    olds, news = list_commits(old), list_commits(new)
    for key in sorted(olds.keys() & news.keys()):
        if olds[key].sha256 != news[key].sha256:
            yield olds[key], news[key]


def compare_commits(old: tuple[Path, str], new: tuple[Path, str]) -> Iterator[FileChange]:
    """Yield the files that two commits, each after the tree that has it, have differently. Raise OSError, ValueError."""
    first, second = open_commit(*old), open_commit(*new)
    yield from list_changes(first.files, second.files, (), (read_owners(first), read_owners(second)))


def open_commit(tree: Path, commit: str) -> Artifact:
    """Open a commit; the checksum of a file's object is its content, as that has owner and mode in it, too."""
    content = (tree / locate_object(commit, "commit")).read_bytes()
    files: dict[str, FileState] = {}
    checksums: dict[str, str] = {}
    waiting = [("", read_commit_roots(content)[0])]
    while waiting:
        folder, checksum = waiting.pop()
        for name, kind, inner in list_tree_entries((tree / locate_object(checksum, "dirtree")).read_bytes()):
            path = f"{folder}{name}"
            if kind == "dirtree":
                waiting.append((f"{path}/", inner))
                files[path] = FileState("folder")
            else:
                checksums[path] = inner
                files[path] = read_object_state(tree / locate_object(inner, kind), inner)
    return Artifact(files, lambda path: open_content(tree / locate_object(checksums[path], "filez")))


def read_object_state(path: Path, checksum: str) -> FileState:
    """Return what the object of a file is."""
    with path.open("rb") as stream:
        header = FileHeader.read(stream)
    kind, mode = describe_mode(header.mode)
    return FileState(kind, mode, (header.user, header.group), header.size, header.target or checksum)


def open_content(path: Path) -> IO[bytes]:
    """Return the content of a file's object."""
    with path.open("rb") as stream:
        FileHeader.read(stream)
        return io.BytesIO(zlib.decompressobj(-zlib.MAX_WBITS).decompress(stream.read()))
