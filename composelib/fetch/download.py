"""Files whose size and SHA256 are known beforehand: gotten whole and right, or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from composelib.errors import ComposeError, MachineError, TrustError
from composelib.fetch.answer import BLOCK, Answer
from composelib.fetch.errors import NetworkError, NotThereError
from composelib.fetch.http import Agent
from composelib.fetch.retry import PassingError, persist
from composelib.fetch.url import inside, is_local, local_path, shown

WAIT = 0.05  # seconds, for another process
FICLONE = 0x40049409  # ioctl_ficlone(2): let two files share their blocks
CONTENT_RANGE = re.compile(r"bytes (?P<start>\d+)-\d+/(?:\d+|\*)")
PROGRESS = 1 << 16
"""Bytes that make a try that broke off no failure."""
PARTIAL, WHOLE_AGAIN, BEYOND_END = 206, 200, 416

Seen = Callable[[int], None]
"""Told of every block's size as it arrives."""


@dataclass(frozen=True)
class Wanted:
    """A file to get: what it has to be, where it may be had (in this order) and where it goes."""

    sha256: str
    size: int
    urls: tuple[str, ...]
    target: Path
    what: str
    """For messages: `nginx 1.22.1-9 of archive debian`."""
    name: str = ""
    """Its path below the archive's root."""
    root: Path | None = None
    """Of a local archive: no link may lead out of this folder."""

    @property
    def part(self) -> Path:
        """Where it grows; a killed run's is gone on with."""
        return self.target.with_name(f"{self.sha256}.part")


class BusyError(Exception):
    """Another process is getting the same file just now."""


def obtain(agent: Agent, wanted: Wanted, seen: Seen = lambda _: None) -> str:
    """Get a file to its target, mode 0444, and give the URL it came from; does nothing if the target is there.

    Raises BusyError, TrustError when what came is not what was wanted, NotThereError when no URL has it,
    NetworkError, and MachineError when it cannot be written.
    """
    with locked(wanted.part) as part:
        if wanted.target.exists():
            wanted.part.unlink(missing_ok=True)
            return ""
        try:
            url = from_any(agent, wanted, part, seen)
            os.fchmod(part.fileno(), 0o444)
            part.flush()
            wanted.part.replace(wanted.target)
        except OSError as error:
            raise MachineError(f"{wanted.part}: {error.strerror}; need {wanted.size} bytes there") from None
        finally:
            if not os.fstat(part.fileno()).st_size:
                wanted.part.unlink(missing_ok=True)
        return url


def from_any(agent: Agent, wanted: Wanted, part: BinaryIO, seen: Seen) -> str:
    """Get a file from the first URL that has it right; the first error that is worse than absence is told."""
    told: ComposeError | None = None
    for url in wanted.urls:
        try:
            if is_local(url):
                copy(url, wanted, part, seen)
            else:
                persist(lambda url=url: attempt(agent, url, wanted, part, seen), agent.patience)  # type: ignore[misc]
        except NotThereError as error:
            told = told or NotThereError(f"{wanted.what}: {error.message}")
        except (TrustError, NetworkError) as error:
            told = type(error)(f"{wanted.what}: {error.message}", error.hint)
        else:
            return url
    raise told or NotThereError(f"{wanted.what}: nowhere to be had")


def attempt(agent: Agent, url: str, wanted: Wanted, part: BinaryIO, seen: Seen) -> None:
    """Make one try: go on where the part ends, or begin anew if the server will not."""
    have = os.fstat(part.fileno()).st_size
    if have >= wanted.size:
        part.truncate(0)
        have = 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    before = have
    with agent.get(url, headers) as answer:
        have = goes_on_from(answer, have, part)
        digest = hash_of_part(part, have)
        try:
            receive(answer, wanted, part, have, digest, seen)
        except PassingError as passing:
            grown = os.fstat(part.fileno()).st_size >= before + PROGRESS
            raise PassingError(passing.error, passing.after, progress=passing.progress or grown) from None
    check(url, wanted, part, digest.hexdigest())


def goes_on_from(answer: Answer, asked: int, part: BinaryIO) -> int:
    """Give the byte from which an answer goes on; what the part has beyond it is cut off.

    Raises PassingError when the server gave another range than it was asked for.
    """
    if answer.status == PARTIAL:
        found = CONTENT_RANGE.fullmatch(answer.header("Content-Range"))
        if found and int(found["start"]) == asked:
            return asked
        part.truncate(0)
        got = answer.header("Content-Range") or "no range"
        raise PassingError(TrustError(f"{shown(answer.url)}: asked for bytes from {asked}, got {got}"))
    part.truncate(0)
    if answer.status != WHOLE_AGAIN:
        raise PassingError(NetworkError(f"{shown(answer.url)}: {answer.status} instead of the file"))
    return 0


def hash_of_part(part: BinaryIO, size: int) -> hashlib._Hash:
    """Give the SHA256 of what a part has already; it is then ready to be written on."""
    digest = hashlib.sha256()
    part.seek(0)
    while size > 0 and (block := part.read(min(BLOCK, size))):
        digest.update(block)
        size -= len(block)
    part.seek(0, os.SEEK_END)
    return digest


def receive(answer: Answer, wanted: Wanted, part: BinaryIO, have: int, digest: hashlib._Hash, seen: Seen) -> None:
    """Write an answer's body to the part, hashing it; stops as soon as it is longer than it may be."""
    length = answer.response.length
    if length is not None and have + length != wanted.size:
        raise wrong(answer.url, wanted, f"{have + length} bytes", part)
    for block in answer.blocks():
        have += len(block)
        if have > wanted.size:
            raise wrong(answer.url, wanted, f"at least {have} bytes", part)
        digest.update(block)
        write(part, block)
        seen(len(block))
    if have < wanted.size:
        raise PassingError(TrustError(f"{shown(answer.url)}: wanted {wanted.size} bytes, got {have}"))


def write(part: BinaryIO, block: bytes) -> None:
    """Write a whole block to a part, which is not buffered so that what it holds is known at any time."""
    view = memoryview(block)
    while view:
        view = view[part.write(view) :]


def check(url: str, wanted: Wanted, part: BinaryIO, sha256: str) -> None:
    """Raise PassingError, and empty the part, if it is not what was wanted."""
    if sha256 != wanted.sha256:
        raise wrong(url, wanted, f"SHA256 {sha256}", part)


def wrong(url: str, wanted: Wanted, got: str, part: BinaryIO) -> PassingError:
    """Empty the part and give the error that says what was wanted and what came."""
    part.truncate(0)
    told = f"{shown(url)}: wanted {wanted.size} bytes of SHA256 {wanted.sha256}, got {got}"
    return PassingError(TrustError(told, "if the archive is just being updated, try again in some minutes"))


def copy(url: str, wanted: Wanted, part: BinaryIO, seen: Seen) -> None:
    """Get a file of this machine: sharing its blocks where the file system can, and checked all the same."""
    path = local_path(url)
    real = inside(path, wanted.root or path.parent)
    if not real.is_file():
        raise NotThereError(f"{path}: no such file")
    try:
        source = real.open("rb")
    except OSError as error:
        raise NetworkError(f"{path}: {error.strerror}") from None
    with source:
        digest = copied(source, part, wanted.size, seen)
    try:
        check(url, wanted, part, digest)
    except PassingError as passing:
        raise passing.error from None


def copied(source: BinaryIO, part: BinaryIO, size: int, seen: Seen) -> str:
    """Copy at most `size` bytes and one more; gives the SHA256 of what was copied."""
    part.truncate(0)
    part.seek(0)
    shared = False
    with suppress(OSError):
        fcntl.ioctl(part.fileno(), FICLONE, source.fileno())
        shared = True
    digest, stream, left = hashlib.sha256(), part if shared else source, size + 1
    while left > 0 and (block := stream.read(min(BLOCK, left))):
        digest.update(block)
        left -= len(block)
        if not shared:
            write(part, block)
        seen(len(block))
    return digest.hexdigest()


@contextmanager
def locked(path: Path) -> Iterator[BinaryIO]:
    """Open a part, made if need be, for this process alone; raises BusyError if another one has it."""
    with open_part(path) as part:
        try:
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
            same = path.exists() and path.stat().st_ino == os.fstat(part.fileno()).st_ino
        except BlockingIOError:
            same = False
        if not same:
            raise BusyError
        yield part


def open_part(path: Path) -> BinaryIO:
    """Open a part to read and write, without following a link."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        try:
            descriptor = os.open(path, flags, 0o644)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, flags, 0o644)
    except OSError as error:
        raise MachineError(f"{path}: {error.strerror}", "remove it, then run again") from None
    return os.fdopen(descriptor, "r+b", buffering=0)


def obtain_waiting(agent: Agent, wanted: Wanted, seen: Seen = lambda _: None) -> str:
    """Get a file as obtain does; while another process is getting it, wait for that."""
    while True:
        try:
            return obtain(agent, wanted, seen)
        except BusyError:
            time.sleep(WAIT)
