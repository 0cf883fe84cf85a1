"""Downloads files whose size and digest are known beforehand: they arrive whole and right, or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from composelib.archive.format.digest import name_algorithm, start_hash
from composelib.dataclass import dataclass
from composelib.errors import ComposeError, MachineError, TrustError
from composelib.fetch.answer import BLOCK, Answer
from composelib.fetch.errors import NetworkError, NotThereError
from composelib.fetch.http import Agent
from composelib.fetch.retry import PassingError, persist
from composelib.fetch.url import display_url, resolve_inside, to_path
from composelib.files import break_link
from composelib.text.escape import excerpt
from composelib.text.local_url import is_local

WAIT = 0.05  # seconds, for another process
FICLONE = 0x40049409  # ioctl_ficlone(2): let two files share their blocks
CONTENT_RANGE = re.compile(r"bytes (?P<start>[0-9]{1,18})-[0-9]{1,18}/(?:[0-9]{1,18}|\*)")
PARTIAL, WHOLE_AGAIN, BEYOND_END = 206, 200, 416

CountBytes = Callable[[int], None]
"""Called with the size of each block that arrives."""


@dataclass(frozen=True)
class Download:
    """A file to download: its size and SHA256 (or SHA512), the URLs to try in turn, and the path that it goes to."""

    digest: str
    size: int
    urls: tuple[str, ...]
    target: Path
    label: str
    """For messages: `nginx 1.22.1-9 of archive debian`."""
    name: str = ""
    """Its path below the archive's root."""
    root: Path | None = None
    """Of a local archive: no link may lead out of this folder."""

    @property
    def partial(self) -> Path:
        """The path of the unfinished file; the next run continues what a killed one left there."""
        return self.target.with_name(f"{self.digest}.part")


class BusyError(Exception):
    """Another process is downloading the same file."""


def obtain(agent: Agent, file: Download, seen: CountBytes = lambda _: None) -> str:
    """Download a file to its target, mode 0444, and return the URL it came from; empty if the target exists.

    Raise BusyError, TrustError if the content is not the right one, NotThereError if no URL has it, NetworkError, and
    MachineError if it cannot be written.
    """
    with lock_partial(file.partial) as stream:
        if file.target.exists():
            file.partial.unlink(missing_ok=True)
            return ""
        try:
            url = try_urls(agent, file, stream, seen)
            os.fchmod(stream.fileno(), 0o444)
            stream.flush()
            file.partial.replace(file.target)
        except OSError as error:
            raise MachineError(f"{file.partial}: {error.strerror}; {file.size} bytes are needed there") from None
        finally:
            if not get_size(stream):
                file.partial.unlink(missing_ok=True)
        return url


def get_size(stream: BinaryIO) -> int:
    """Return the size of an open file."""
    return os.fstat(stream.fileno()).st_size


def try_urls(agent: Agent, file: Download, stream: BinaryIO, seen: CountBytes) -> str:
    """Download a file from the first URL that has it right. Raise the last error that is worse than absence."""
    worst: ComposeError | None = None
    for url in file.urls:
        try:
            if is_local(url):
                copy(url, file, stream, seen)
            else:
                persist(lambda url=url: attempt(agent, url, file, stream, seen), agent.patience)  # type: ignore[misc]
        except NotThereError as error:
            worst = worst or NotThereError(f"{file.label}: {error.message}")
        except (TrustError, NetworkError) as error:
            worst = type(error)(f"{file.label}: {error.message}", error.hint)
        else:
            return url
    raise worst or NotThereError(f"{file.label}: no archive has it")


def attempt(agent: Agent, url: str, file: Download, stream: BinaryIO, seen: CountBytes) -> None:
    """Try once: continue where the unfinished file ends, or start again if the server cannot continue."""
    start = get_size(stream)
    if start >= file.size:
        stream.truncate(0)
        start = 0
    with agent.get(url, {"Range": f"bytes={start}-"} if start else {}) as answer:
        start = check_range(answer, start, stream)
        digest = hash_beginning(stream, start, start_hash(file.digest))
        try:
            receive(answer, file, stream, start, digest, seen)
        except PassingError as passing:
            raise PassingError(passing.error, passing.delay, reached=get_size(stream)) from None
    check(url, file, stream, digest.hexdigest())


def check_range(answer: Answer, start: int, stream: BinaryIO) -> int:
    """Return the byte that an answer starts at: `start`, or 0, for which the unfinished file is emptied.

    Raise PassingError if the server sends another range than was requested.
    """
    if answer.status == PARTIAL:
        span = answer.header("Content-Range")
        match = CONTENT_RANGE.fullmatch(span)
        if match and int(match["start"]) == start:
            return start
        stream.truncate(0)
        message = f"{display_url(answer.url)}: requested bytes from {start}, got {excerpt(span) or 'no range'}"
        raise PassingError(TrustError(message))
    if start:
        stream.truncate(0)
    if answer.status != WHOLE_AGAIN:
        raise PassingError(NetworkError(f"{display_url(answer.url)}: {answer.status} instead of the file"))
    return 0


def hash_beginning(stream: BinaryIO, size: int, digest: hashlib._Hash) -> hashlib._Hash:
    """Return a hash updated with an unfinished file's first bytes; leave the file positioned at its end."""
    if size:
        stream.seek(0)
    while size > 0 and (block := stream.read(min(BLOCK, size))):
        digest.update(block)
        size -= len(block)
    stream.seek(0, os.SEEK_END)
    return digest


def receive(
    answer: Answer, file: Download, stream: BinaryIO, size: int, digest: hashlib._Hash, seen: CountBytes
) -> None:
    """Write an answer's body after the first `size` bytes, hashing it; stop as soon as it is longer than it may be."""
    length = answer.response.length
    if length is not None and size + length != file.size:
        raise reject(answer.url, file, f"{size + length} bytes", stream)
    for block in answer.blocks():
        size += len(block)
        if size > file.size:
            raise reject(answer.url, file, f"at least {size} bytes", stream)
        digest.update(block)
        write(stream, block)
        seen(len(block))
    if size < file.size:
        raise PassingError(TrustError(f"{display_url(answer.url)}: wanted {file.size} bytes, got {size}"))


def write(stream: BinaryIO, block: bytes) -> None:
    """Write a whole block to an unfinished file. It is unbuffered, so that its size is right at any time."""
    view = memoryview(block)
    while view:
        view = view[stream.write(view) :]


def check(url: str, file: Download, stream: BinaryIO, digest: str) -> None:
    """Raise PassingError, and empty the unfinished file, if its digest is not the right one."""
    if digest != file.digest:
        raise reject(url, file, f"{name_algorithm(digest)} {digest}", stream)


def reject(url: str, file: Download, actual: str, stream: BinaryIO) -> PassingError:
    """Empty the unfinished file; return the error with the expected size and digest and what came instead."""
    stream.truncate(0)
    message = (
        f"{display_url(url)}: wanted {file.size} bytes of {name_algorithm(file.digest)} {file.digest}, got {actual}"
    )
    return PassingError(TrustError(message, "if the archive is just being updated, try again in some minutes"))


def copy(url: str, file: Download, stream: BinaryIO, seen: CountBytes) -> None:
    """Copy a file of this machine, sharing its blocks where the file system can; it is verified all the same."""
    path = to_path(url)
    real = resolve_inside(path, file.root or path.parent)
    if not real.is_file():
        raise NotThereError(f"{path}: no such file")
    try:
        source = real.open("rb")
    except OSError as error:
        raise NetworkError(f"{path}: {error.strerror}") from None
    with source:
        digest = copy_content(source, stream, file, seen)
    try:
        check(url, file, stream, digest)
    except PassingError as passing:
        raise passing.error from None


def copy_content(source: BinaryIO, target: BinaryIO, file: Download, seen: CountBytes) -> str:
    """Copy at most a file's size and one byte more, which shows that it is too long; return the digest of the copy."""
    target.truncate(0)
    target.seek(0)
    shared = False
    with suppress(OSError):
        fcntl.ioctl(target.fileno(), FICLONE, source.fileno())
        shared = True
    digest, stream, remaining = start_hash(file.digest), target if shared else source, file.size + 1
    while remaining > 0 and (block := stream.read(min(BLOCK, remaining))):
        digest.update(block)
        remaining -= len(block)
        if not shared:
            write(target, block)
        seen(len(block))
    return digest.hexdigest()


@contextmanager
def lock_partial(path: Path) -> Iterator[BinaryIO]:
    """Open an unfinished file, created if need be, for this process alone. Raise BusyError if another one has it."""
    with open_partial(path) as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            same = path.stat().st_ino == os.fstat(stream.fileno()).st_ino and not break_link(path)
        except (BlockingIOError, FileNotFoundError):
            same = False
        if not same:
            raise BusyError
        yield stream


def open_partial(path: Path) -> BinaryIO:
    """Open an unfinished file to read and write, without following a link."""
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


def obtain_waiting(agent: Agent, file: Download, seen: CountBytes = lambda _: None) -> str:
    """Download a file as `obtain` does; while another process is downloading it, wait for that."""
    while True:
        try:
            return obtain(agent, file, seen)
        except BusyError:
            time.sleep(WAIT)
