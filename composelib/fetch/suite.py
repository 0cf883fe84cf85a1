"""The signed file of a suite: requested at most once a run, and transferred only if it has changed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, field, replace
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.errors import ComposeError, TrustError
from composelib.fetch.access import DEFAULT, Access
from composelib.fetch.document import Document, fetch_document
from composelib.fetch.errors import NetworkError, NotThereError
from composelib.fetch.http import Agent
from composelib.fetch.url import display_url, locate_dists
from composelib.files import discard, write_file
from composelib.text.json_file import parse_json

LARGEST = 10_000_000
"""Bytes of a Release file; Debian's is 150 kB."""
SUMS = re.compile(rb"^(?:sha512|sha256|sha1|md5sum):", re.IGNORECASE | re.MULTILINE)
STORED_FILES = 8
"""Number of an archive's signed files to keep, for composes that are locked to one of them."""


@dataclass(frozen=True)
class LastAnswer:
    """The last accepted answer about a suite: the values for a conditional request, and the date that must not go back."""

    source: str
    """The URI and snapshot in the config; an answer from another source does not count."""
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
    """Fingerprint of apt's configuration at the time when apt named the base; empty if it did not."""
    mirrors: Sequence[str] = ()
    """The other URLs at which apt's sources have the suite."""


@dataclass(frozen=True)
class SignedSuite:
    """A signed file as a server sent it: InRelease, or Release with its Release.gpg."""

    suite: str
    base: str
    url: str
    content: bytes
    signature: bytes = b""
    etag: str = ""
    modified: str = ""
    mirrors: tuple[str, ...] = ()
    """Other URLs of the archive, from which files that the first one lacks are fetched."""
    others: tuple[tuple[tuple[str, ...], SignedSuite], ...] = ()
    """The signed files of components that come from other mirrors, with these components."""

    @property
    def sha256(self) -> str:
        """The SHA256 of the file."""
        return hash_content(self.content)

    @property
    def token(self) -> str:
        """A short text that stands for the state of the suite."""
        token = make_token(self.suite, self.base, self.sha256, hash_content(self.signature) if self.signature else "")
        return " ".join((token, *(signed.token for _, signed in self.others)))


@dataclass
class SuiteMemory:
    """The memory of an archive between runs: a folder with a state file and the signed files themselves.

    It is no task's output: a task that failed or is to run again must not forget the last date.
    """

    folder: Path
    suites: dict[str, LastAnswer] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """The state file."""
        return self.folder / "state.json"

    def recall(self, suite: str, source: str) -> LastAnswer | None:
        """Return the last answer about a suite, None if it came from another source."""
        last = self.suites.get(suite)
        return last if last and last.source == source else None

    def signed(self, digest: str) -> tuple[bytes, bytes] | None:
        """Return a stored signed file, by its SHA256, and its signature; None if it is missing or damaged."""
        path = self.folder / "signed" / digest
        try:
            content, signature = read_regular(path), read_regular(path.with_suffix(".gpg"))
        except OSError:
            return None
        return (content, signature) if hash_content(content) == digest else None

    def keep(self, content: bytes, signature: bytes) -> None:
        """Store a signed file, and remove all but the newest ones."""
        path = self.folder / "signed" / hash_content(content)
        if self.signed(path.name) != (content, signature):
            for file, data in ((path, content), (path.with_suffix(".gpg"), signature)):
                discard(file)
                if data:
                    write_file(file, data)
        oldest_first = sorted(path.parent.glob("*[0-9a-f]"), key=lambda file: file.stat().st_mtime_ns)
        for old in oldest_first[: -STORED_FILES * len(self.suites)]:
            old.unlink()
            old.with_suffix(".gpg").unlink(missing_ok=True)

    def save(self) -> None:
        """Write the state file."""
        rows = {suite: asdict(last) for suite, last in self.suites.items()}
        write_file(self.file, json.dumps(rows, indent=1, sort_keys=True) + "\n")


def read_regular(path: Path) -> bytes:
    """Return the content of a regular file, nothing if there is none: whatever else has its name is damage."""
    return path.read_bytes() if path.is_file() and not path.is_symlink() else b""


def load_memory(folder: Path) -> SuiteMemory:
    """Load the memory in a folder; a state file that cannot be read counts as none."""
    memory = SuiteMemory(folder)
    try:
        rows = parse_json(read_regular(memory.file))
        memory.suites = {suite: LastAnswer(**row) for suite, row in rows.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return memory
    return memory


ReleaseWriter = Callable[[Agent, str], bytes]
"""Writes the Release file that the folder of a suite does not have. Raises NotThereError if it has no indices either."""


class AbsentSuiteError(TrustError):
    """An archive does not have a suite."""


@dataclass(frozen=True)
class Whereabouts:
    """The URLs to ask for a suite, in turn, and how their servers are reached."""

    bases: tuple[str, ...]
    access: Access = DEFAULT
    same: bool = False
    """Whether all of them have the suite, so that each can stand in for another."""
    others: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    """The components that come from other mirrors, with their URLs."""


AGENT = Agent()
ANSWERS: dict[tuple[str, str, str], SignedSuite | ComposeError] = {}
"""The answers of this process, and of the process it was forked from, by folder, source and suite."""


def request_signed(
    memory: SuiteMemory, source: str, suite: str, locate: Callable[[], Whereabouts], writer: ReleaseWriter | None = None
) -> SignedSuite:
    """Request a suite's signed file, once in a process; raise an earlier failure again.

    If it has none, `writer` writes one, where the config trusts the archive.
    Raise TrustError, AbsentSuiteError if no URL has the suite, NetworkError and what `locate` raises.
    """
    key = (str(memory.folder), source, suite)
    if key not in ANSWERS:
        try:
            ANSWERS[key] = fetch_from_first(memory.recall(suite, source), memory, suite, locate(), writer)
        except ComposeError as error:
            ANSWERS[key] = error
    answer = ANSWERS[key]
    if isinstance(answer, ComposeError):
        raise answer
    return answer


def forget_answers(memory: SuiteMemory) -> None:
    """Let the suites of an archive be asked again in this process."""
    for key in [key for key in ANSWERS if key[0] == str(memory.folder)]:
        del ANSWERS[key]


def fetch_from_first(
    last: LastAnswer | None, memory: SuiteMemory, suite: str, whereabouts: Whereabouts, writer: ReleaseWriter | None
) -> SignedSuite:
    """Fetch a suite's signed file from the first URL that has it. Raise the first error of a server that did not answer."""
    failures: list[ComposeError] = []
    for base in whereabouts.bases:
        AGENT.accesses[base] = whereabouts.access
        try:
            signed = fetch(last, memory, suite, base, writer)
        except (NetworkError, AbsentSuiteError) as error:
            print(f"{error}", flush=True)
            failures.append(error)
        else:
            mirrors = tuple(url for url in whereabouts.bases if url != base) if whereabouts.same else ()
            others = tuple(
                (components, fetch_from_first(None, memory, suite, replace(whereabouts, bases=bases, others=()), None))
                for components, bases in whereabouts.others
            )
            return replace(signed, mirrors=mirrors, others=others)
    raise next((error for error in failures if isinstance(error, NetworkError)), failures[0])


def fetch(
    last: LastAnswer | None, memory: SuiteMemory, suite: str, base: str, writer: ReleaseWriter | None
) -> SignedSuite:
    """Ask the server: conditionally if the last answer has the same URL and its signed file is still stored."""
    folder = locate_dists(base, suite)
    if last and last.url in {folder + "InRelease", folder + "Release"}:
        signed = recall_signed(last, memory, suite)
        if signed:
            document = read_if_changed(last)
            if document and document.content is None:
                return signed
            if document and last.url.endswith("InRelease"):
                return to_signed(document, suite, base)
    return fetch_all(folder, suite, base, writer)


def read_if_changed(last: LastAnswer) -> Document | None:
    """Request the file of the last answer if it has changed; None if it is not there any more."""
    try:
        return fetch_document(AGENT, last.url, LARGEST, etag=last.etag, modified=last.modified)
    except NotThereError:
        return None


def recall_signed(last: LastAnswer, memory: SuiteMemory, suite: str) -> SignedSuite | None:
    """Return the signed file of the last answer, if it is stored."""
    files = memory.signed(last.sha256)
    if files is None or (hash_content(files[1]) if files[1] else "") != last.signature:
        return None
    return SignedSuite(suite, last.base, last.url, *files, last.etag, last.modified)


def fetch_all(folder: str, suite: str, base: str, writer: ReleaseWriter | None) -> SignedSuite:
    """Fetch InRelease or, if there is none, Release and Release.gpg, or write it."""
    try:
        return to_signed(fetch_document(AGENT, folder + "InRelease", LARGEST), suite, base)
    except NotThereError:
        pass
    try:
        document = fetch_document(AGENT, folder + "Release", LARGEST)
    except NotThereError:
        return write_unlisted(folder, suite, base, writer)
    if writer and not SUMS.search(document.content or b""):  # it says nothing of any file
        return write_unlisted(folder, suite, base, writer)
    try:
        signature = fetch_document(AGENT, folder + "Release.gpg", LARGEST).content or b""
    except NotThereError:
        signature = b""
    return to_signed(document, suite, base, signature)


def write_unlisted(folder: str, suite: str, base: str, writer: ReleaseWriter | None) -> SignedSuite:
    """Return the Release file that a suite does not have. Raise AbsentSuiteError if that is refused, or it has no indices."""
    cure = f"is {suite} a suite of that archive?"
    if writer is None:
        message = f"{display_url(folder)}: neither InRelease nor Release is there"
        raise AbsentSuiteError(message, f"{cure} One without a Release file is taken with `trusted: true` alone")
    try:
        return SignedSuite(suite, base, folder, writer(AGENT, folder))
    except NotThereError as error:
        raise AbsentSuiteError(error.message, cure) from None


def to_signed(document: Document, suite: str, base: str, signature: bytes = b"") -> SignedSuite:
    """Return a document as a signed file."""
    content = document.content or b""
    return SignedSuite(suite, base, document.url, content, signature, document.etag, document.modified)


def make_token(suite: str, base: str, content: str, signature: str) -> str:
    """Return a text that differs for different states of a suite."""
    return f"{suite} {hash_content(f'{base} {content} {signature}'.encode())[:16]}"


def make_last_token(last: LastAnswer, suite: str) -> str:
    """Return the token of the last answer, which is that of its signed file."""
    return make_token(suite, last.base, last.sha256, last.signature)


def hash_content(content: bytes) -> str:
    """Return a SHA256 in hex."""
    return hashlib.sha256(content).hexdigest()
