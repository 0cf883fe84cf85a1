"""ostree: commands on repositories of commits, which are in archive mode (ostree(1))."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from composelib.archive.format import openpgp


@dataclass(frozen=True)
class OstreeKey:
    """A key to sign with."""

    fingerprint: str
    home: Path
    """The GNUPGHOME that has its secret half."""

    @property
    def options(self) -> tuple[str, str]:
        """The options that make a command sign with this key."""
        return (f"--gpg-sign={self.fingerprint}", f"--gpg-homedir={self.home}")


def read_key(public: Path, home: Path) -> OstreeKey:
    """Return the key to sign with whose public half is in a file; `home` is the GNUPGHOME with its secret half."""
    return OstreeKey(
        next(iter(openpgp.read_keys(openpgp.dearmor(public.read_bytes(), str(public)), str(public)))), home
    )


def ostree(repository: Path, command: str, *words: str) -> list[str]:
    """Return a command on a repository."""
    return ["ostree", f"--repo={repository}", command, *words]


def init(repository: Path) -> list[str]:
    """Return the command that makes a repository that can be served over HTTP, unless it exists."""
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
    """Return the command that commits the tree in a tar, overlaid with the folder `over`, and prints the commit's checksum.

    No ref is moved: the commit says that it belongs to `ref`. `texts` and `values` are its metadata, as text and in
    GVariant's text format; `detached` is metadata beside it, which does not count in its checksum.
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


def sign(repository: Path, commit: str, key: OstreeKey) -> list[str]:
    """Return the command that adds a signature to a commit."""
    return ostree(repository, "gpg-sign", f"--gpg-homedir={key.home}", commit, key.fingerprint)


def show(repository: Path, commit: str, home: Path) -> list[str]:
    """Return the command that prints a commit, and checks its signatures by the keys of a GNUPGHOME."""
    return ostree(repository, "show", f"--gpg-homedir={home}", commit)


def export(repository: Path, commit: str) -> list[str]:
    """Return the command that prints a commit as a tar."""
    return ostree(repository, "export", commit)


def pull_local(repository: Path, source: Path, commit: str) -> list[str]:
    """Return the command that copies a commit with its signatures from another repository."""
    return ostree(repository, "pull-local", str(source), commit)


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
    return ostree(repository, "static-delta", "generate", "--if-not-exists", f"--from={old}", f"--to={new}")


def update_summary(repository: Path, key: OstreeKey) -> list[str]:
    """Return the command that writes and signs the list of refs and deltas."""
    return ostree(repository, "summary", "--update", *key.options)


def object_path(checksum: str, kind: str) -> str:
    """Return the path of an object within a repository."""
    return f"objects/{checksum[:2]}/{checksum[2:]}.{kind}"
