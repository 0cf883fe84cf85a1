"""ostree: repositories of commits (ostree(1)). Each function gives a command; a repository is in archive mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from composelib.archive.format import openpgp

PACKAGE = "ostree"


@dataclass(frozen=True)
class Key:
    """A key to sign with: its fingerprint and its GNUPGHOME."""

    fingerprint: str
    home: Path

    @property
    def words(self) -> tuple[str, str]:
        """The options of the commands that sign."""
        return (f"--gpg-sign={self.fingerprint}", f"--gpg-homedir={self.home}")


def key(public: Path, home: Path) -> Key:
    """Give the key to sign with whose public half is in a file; its secret half is in a GNUPGHOME."""
    return Key(next(iter(openpgp.keys(openpgp.dearmor(public.read_bytes(), str(public)), str(public)))), home)


def ostree(repository: Path, command: str, *words: str) -> list[str]:
    """Give a command on a repository."""
    return ["ostree", f"--repo={repository}", command, *words]


def init(repository: Path) -> list[str]:
    """Make a repository that can be served over http; one that is there stays as it is."""
    return ostree(repository, "init", "--mode=archive")


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
    detached: Mapping[str, str],
) -> list[str]:
    """Commit the tree in a tar, with that in the folder `over` laid over it; prints the commit.

    No ref is moved: the commit says that it belongs to `ref`, and is found by its checksum. `texts` and `values` are its
    metadata, as text and in GVariant's text format; `detached` is metadata beside it, which the checksum leaves out.
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
        *(f"--add-detached-metadata-string={name}={text}" for name, text in detached.items()),
        f"--tree=tar={tar}",
        *((f"--tree=dir={over}",) if over else ()),
    )


def sign(repository: Path, commit: str, key: Key) -> list[str]:
    """Add a signature to a commit."""
    return ostree(repository, "gpg-sign", f"--gpg-homedir={key.home}", commit, key.fingerprint)


def show(repository: Path, commit: str, home: Path) -> list[str]:
    """Print a commit, with its signatures as the keys of a GNUPGHOME tell them."""
    return ostree(repository, "show", f"--gpg-homedir={home}", commit)


def export(repository: Path, commit: str) -> list[str]:
    """Print a commit as a tar."""
    return ostree(repository, "export", commit)


def pull_local(repository: Path, source: Path, commit: str) -> list[str]:
    """Take a commit with its signatures out of another repository."""
    return ostree(repository, "pull-local", str(source), commit)


def refs(repository: Path) -> list[str]:
    """List the refs."""
    return ostree(repository, "refs")


def resolve(repository: Path, ref: str) -> list[str]:
    """Print the commit that a ref stands for."""
    return ostree(repository, "rev-parse", ref)


def point(repository: Path, ref: str, commit: str) -> list[str]:
    """Let a ref stand for a commit."""
    return ostree(repository, "refs", "--force", f"--create={ref}", commit)


def drop(repository: Path, ref: str) -> list[str]:
    """Remove a ref."""
    return ostree(repository, "refs", "--delete", ref)


def prune(repository: Path) -> list[str]:
    """Remove the commits that no ref stands for, with their files and deltas."""
    return ostree(repository, "prune", "--refs-only")


def delta(repository: Path, before: str, after: str) -> list[str]:
    """Make the static delta by which a client gets from one commit to another in few requests."""
    return ostree(repository, "static-delta", "generate", "--if-not-exists", f"--from={before}", f"--to={after}")


def summary(repository: Path, key: Key) -> list[str]:
    """Write and sign the list of refs and deltas."""
    return ostree(repository, "summary", "--update", *key.words)


def fsck(repository: Path) -> list[str]:
    """Check every object."""
    return ostree(repository, "fsck", "--quiet")


def object_path(checksum: str, kind: str) -> str:
    """Give the place of an object within a repository."""
    return f"objects/{checksum[:2]}/{checksum[2:]}.{kind}"
