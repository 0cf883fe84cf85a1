"""A suite of an archive: asked for what it has, at most once a run, and only for what is new."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from composelib.errors import ComposeError, TrustError
from composelib.fetch.document import Document, read
from composelib.fetch.errors import NotThereError
from composelib.fetch.http import Agent
from composelib.fetch.url import dists, shown
from composelib.files import write

LARGEST = 10_000_000
"""Bytes of a Release file; Debian's is 150 kB."""
KEPT = 8
"""How many of an archive's signed files are kept, for composes that are locked to one of them."""


@dataclass(frozen=True)
class Known:
    """What the last answer about a suite was: what to ask with, and what must not be undercut."""

    source: str
    """What the config said of where the suite is; another source has another history."""
    base: str
    url: str
    sha256: str
    signature: str
    """SHA256 of Release.gpg; empty for an InRelease."""
    etag: str
    modified: str
    date: int
    valid_until: int | None
    apt: str = ""
    """The state of apt's configuration when it was asked for the base."""


@dataclass(frozen=True)
class Signed:
    """A signed file as it came: InRelease, or Release with its Release.gpg."""

    suite: str
    base: str
    url: str
    content: bytes
    signature: bytes = b""
    etag: str = ""
    modified: str = ""

    @property
    def sha256(self) -> str:
        """The hash of the file."""
        return sha256(self.content)

    @property
    def token(self) -> str:
        """What tells this answer from another."""
        return token(self.suite, self.base, self.sha256, sha256(self.signature) if self.signature else "")


@dataclass
class Memory:
    """What is remembered of an archive between runs: a folder with a state file and the signed files themselves.

    It is no task's output: that a task failed, or is to run again, is no reason to forget which date was seen last.
    """

    folder: Path
    suites: dict[str, Known] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """The state file."""
        return self.folder / "state.json"

    def recall(self, suite: str, source: str) -> Known | None:
        """Give what is known of a suite, if it is of the same source."""
        known = self.suites.get(suite)
        return known if known and known.source == source else None

    def signed(self, digest: str) -> tuple[bytes, bytes] | None:
        """Give a signed file that was kept, by its SHA256, and its signature; None if it is not there or damaged."""
        place = self.folder / "signed" / digest
        try:
            content = place.read_bytes()
            signature = place.with_suffix(".gpg").read_bytes() if place.with_suffix(".gpg").exists() else b""
        except OSError:
            return None
        return (content, signature) if sha256(content) == digest else None

    def keep(self, content: bytes, signature: bytes) -> None:
        """Keep a signed file, and remove all but the newest ones."""
        place = self.folder / "signed" / sha256(content)
        if self.signed(place.name) != (content, signature):
            write(place, content)
            if signature:
                write(place.with_suffix(".gpg"), signature)
        kept = sorted(place.parent.glob("*[0-9a-f]"), key=lambda path: path.stat().st_mtime_ns)
        for old in kept[: -KEPT * len(self.suites)]:
            old.unlink()
            old.with_suffix(".gpg").unlink(missing_ok=True)

    def save(self) -> None:
        """Write the state file."""
        rows = {suite: asdict(known) for suite, known in self.suites.items()}
        write(self.file, json.dumps(rows, indent=1, sort_keys=True) + "\n")


def remembered(folder: Path) -> Memory:
    """Give what is remembered in a folder; a state file that cannot be read is as good as none."""
    memory = Memory(folder)
    try:
        rows = json.loads(memory.file.read_text())
        memory.suites = {suite: Known(**row) for suite, row in rows.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return memory
    return memory


AGENT = Agent()
ANSWERS: dict[tuple[str, str, str], Signed | ComposeError] = {}
"""What was answered in this process, or the process it was forked from."""


def ask(memory: Memory, source: str, suite: str, base: Callable[[], str]) -> Signed:
    """Give a suite's signed file as its server has it now, asking once a process; failures are told again as they were.

    Raises TrustError, NetworkError and what `base`, which gives the archive's URL, raises.
    """
    key = (str(memory.folder), source, suite)
    if key not in ANSWERS:
        try:
            ANSWERS[key] = fetch(memory.recall(suite, source), memory, suite, base())
        except ComposeError as error:
            ANSWERS[key] = error
    answer = ANSWERS[key]
    if isinstance(answer, ComposeError):
        raise answer
    return answer


def fetch(known: Known | None, memory: Memory, suite: str, base: str) -> Signed:
    """Ask the server: conditionally if what is known is of the same place and its signed file is still kept."""
    folder = dists(base, suite)
    if known and known.url in {folder + "InRelease", folder + "Release"}:
        kept = from_memory(known, memory, suite)
        if kept:
            document = read_or_none(known)
            if document and document.content is None:
                return kept
            if document and known.url.endswith("InRelease"):
                return signed_by(document, suite, base)
    return anew(folder, suite, base)


def read_or_none(known: Known) -> Document | None:
    """Ask conditionally for what is known; None if it is not there any more."""
    try:
        return read(AGENT, known.url, LARGEST, etag=known.etag, modified=known.modified)
    except NotThereError:
        return None


def from_memory(known: Known, memory: Memory, suite: str) -> Signed | None:
    """Give the signed file that is known, if it was kept."""
    kept = memory.signed(known.sha256)
    if kept is None or (sha256(kept[1]) if kept[1] else "") != known.signature:
        return None
    return Signed(suite, known.base, known.url, *kept, known.etag, known.modified)


def anew(folder: str, suite: str, base: str) -> Signed:
    """Ask for InRelease, and where there is none for Release and Release.gpg."""
    try:
        return signed_by(read(AGENT, folder + "InRelease", LARGEST), suite, base)
    except NotThereError:
        pass
    try:
        document = read(AGENT, folder + "Release", LARGEST)
    except NotThereError:
        told = f"{shown(folder)}: neither InRelease nor Release is there"
        raise TrustError(told, f"is {suite} a suite of that archive?") from None
    try:
        signature = read(AGENT, folder + "Release.gpg", LARGEST).content or b""
    except NotThereError:
        signature = b""
    return signed_by(document, suite, base, signature)


def signed_by(document: Document, suite: str, base: str, signature: bytes = b"") -> Signed:
    """Make a document that came a signed file."""
    content = document.content or b""
    return Signed(suite, base, document.url, content, signature, document.etag, document.modified)


def token(suite: str, base: str, content: str, signature: str) -> str:
    """Tell states of a suite apart."""
    return f"{suite} {sha256(f'{base} {content} {signature}'.encode())[:16]}"


def known_token(known: Known, suite: str) -> str:
    """Give the token of the answer that is remembered, as Signed.token gave it."""
    return token(suite, known.base, known.sha256, known.signature)


def sha256(content: bytes) -> str:
    """Give a hash in hex."""
    return hashlib.sha256(content).hexdigest()
