"""ostree: commands on repositories of commits, which are in archive mode (ostree(1))."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Collection, Mapping
from pathlib import Path, PurePath

LAYOUT = (
    r"(extensions|objects|refs|refs/heads|refs/mirrors|refs/remotes|state|tmp|tmp/cache|deltas|delta-indexes)/",
    r"\.lock",
    r"objects/[0-9a-f]{2}/([0-9a-f]{62}\.(filez|dirtree|dirmeta|commit|commitmeta|commit-tombstone))?",
    r"deltas/[^/]{2}/([^/]+/(superblock|[0-9]+)?)?",
    r"delta-indexes/[^/]{2}/([^/]+\.index)?",
)
"""What a repository in archive mode has beside its configuration, refs and summary, as regular expressions."""


def ostree(repository: Path, command: str, *words: str) -> list[str]:
    """Return a command on a repository."""
    return ["ostree", f"--repo={repository}", command, *words]


def describe_layout(repository: str, refs: Collection[str]) -> str:
    """Return the regular expression of a repository's files, and, with `/` at the end, its folders.

    `refs` are those that it may have, each with its history. Not among the files: `config`, the summary and its signature.
    """
    names = "|".join(map(re.escape, refs))
    leading = "|".join(
        sorted({re.escape(str(path)) for ref in refs for path in (PurePath(ref), *PurePath(ref).parents)})
    )
    heads = (
        rf"refs/heads/(history/)?(({leading})/)?",
        rf"refs/heads/({names})",
        rf"refs/heads/history/({names})/[0-9a-f]{{16}}",
    )
    return rf"{re.escape(repository)}/({'|'.join((*LAYOUT, *heads))})"


def init(repository: Path) -> list[str]:
    """Return the command that makes a repository that can be served over HTTP, unless it exists."""
    return ostree(repository, "init", "--mode=archive")


def set_option(repository: Path, key: str, value: str) -> list[str]:
    """Return the command that sets a key of a repository's configuration."""
    return ostree(repository, "config", "set", key, value)


def commit(
    repository: Path,
    *,
    tar: Path,
    over: Path | None,
    ref: str,
    subject: str,
    timestamp: int,
    texts: Mapping[str, str],
    values: Mapping[str, str],
) -> list[str]:
    """Return the command that commits the tree in a tar, overlaid with the folder `over`, and prints the commit's checksum.

    No ref is moved: the commit says that it belongs to `ref`. `texts` and `values` are its metadata, as text and in
    GVariant's text format.
    """
    return ostree(
        repository,
        "commit",
        "--orphan",
        "--parent=none",
        f"--bind-ref={ref}",
        f"--subject={subject}",
        f"--timestamp=@{timestamp}",
        "--bootable",
        "--generate-sizes",
        "--tar-autocreate-parents",
        *(f"--add-metadata-string={name}={text}" for name, text in texts.items()),
        *(f"--add-metadata={name}={value}" for name, value in values.items()),
        f"--tree=tar={tar}",
        *((f"--tree=dir={over}",) if over else ()),
    )


def export(repository: Path, commit: str) -> list[str]:
    """Return the command that prints a commit as a tar."""
    return ostree(repository, "export", commit)


def pull_local(repository: Path, source: Path, commit: str) -> list[str]:
    """Return the command that moves a commit with its signatures here from a repository that is then removed.

    The checksum of each object is checked. Files are hard links to those of the source.
    """
    return ostree(repository, "pull-local", "--untrusted", str(source), commit)


def list_tree(repository: Path, commit: str) -> list[str]:
    """Return the command that lists all entries of a commit with the checksums of their objects."""
    return ostree(repository, "ls", "--recursive", "--checksum", commit)


def check_objects(repository: Path) -> list[str]:
    """Return the command that checks that a repository has all objects of its commits, each with its checksum."""
    return ostree(repository, "fsck", "--quiet")


def list_refs(repository: Path) -> list[str]:
    """Return the command that lists the refs."""
    return ostree(repository, "refs")


def set_ref(repository: Path, ref: str, commit: str) -> list[str]:
    """Return the command that points a ref at a commit."""
    return ostree(repository, "refs", "--force", f"--create={ref}", commit)


def delete_ref(repository: Path, ref: str) -> list[str]:
    """Return the command that deletes a ref."""
    return ostree(repository, "refs", "--delete", ref)


def prune(repository: Path) -> list[str]:
    """Return the command that deletes the commits without a ref, with their files and deltas."""
    return ostree(repository, "prune", "--refs-only")


def generate_delta(repository: Path, old: str, new: str) -> list[str]:
    """Return the command that makes the static delta by which a client gets from one commit to another in few requests."""
    return ostree(repository, "static-delta", "generate", f"--from={old}", f"--to={new}")


def check_delta(repository: Path, old: str, new: str) -> list[str]:
    """Return the command that describes a static delta, which fails if a part of it is missing or damaged."""
    return ostree(repository, "static-delta", "show", f"{old}-{new}")


def list_deltas(repository: Path) -> list[str]:
    """Return the command that lists the static deltas, `FROM-TO` a line."""
    return ostree(repository, "static-delta", "list")


def index_deltas(repository: Path) -> list[str]:
    """Return the command that writes the indices of static deltas, in which clients look for one to a commit."""
    return ostree(repository, "static-delta", "reindex")


def object_path(checksum: str, kind: str) -> str:
    """Return the path of an object within a repository."""
    return f"objects/{checksum[:2]}/{checksum[2:]}.{kind}"


def superblock_path(old: str, new: str) -> str:
    """Return the path of a static delta's description within a repository."""
    first, second = (
        b64encode(bytes.fromhex(checksum)).decode().rstrip("=").replace("/", "_") for checksum in (old, new)
    )
    return f"deltas/{first[:2]}/{first[2:]}-{second}/superblock"
