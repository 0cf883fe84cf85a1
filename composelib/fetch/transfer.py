"""Downloads many files into the store, over several connections; a failure does not stop the other downloads."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace

from composelib.dataclass import dataclass
from composelib.errors import ComposeError, MachineError
from composelib.fetch.access import Access
from composelib.fetch.download import WAIT, BusyError, CountBytes, Download, obtain
from composelib.fetch.http import Agent
from composelib.fetch.retry import Patience, get_patience
from composelib.fetch.store import Store
from composelib.fetch.url import quote_path
from composelib.progress import report_progress
from composelib.tools.space import MAKE_ROOM

CONNECTIONS = 16
LISTED = 10  # failures in the message; all of them are in the log
TICK = 0.2  # seconds from one progress report to the next
LOG_EVERY = 10.0  # seconds from one line in the log to the next


@dataclass
class Transfer:
    """The work that several threads share."""

    store: Store
    queue: deque[Download]
    failures: list[ComposeError] = field(default_factory=list)
    done: list[Download] = field(default_factory=list)
    received: dict[int, int] = field(default_factory=dict)
    """Bytes received, by thread."""
    bases: dict[str, str] = field(default_factory=dict)
    """By folder of the archive: the base URL that its last file came from, which is tried first for its next file."""
    stored: Callable[[Download], None] = lambda _: None
    """Called in one of the threads for each file that is in the store."""
    stop: threading.Event = field(default_factory=threading.Event)

    def work(self, agent: Agent, take_next: Callable[[], Download]) -> None:
        """Download files, as one of the threads, until there are none."""
        thread = threading.get_ident()
        self.received[thread] = 0

        def seen(size: int) -> None:
            self.received[thread] += size

        while not self.stop.is_set():
            try:
                file = take_next()
            except IndexError:
                break
            try:
                self.take(agent, file, seen)
            except BusyError:
                self.queue.append(file)
                time.sleep(WAIT)
            except ComposeError as error:
                self.fail(error)
            except OSError as error:
                self.fail(MachineError(f"{error.filename or file.target}: {error.strerror}"))
        agent.close()

    def take(self, agent: Agent, file: Download, seen: CountBytes) -> None:
        """Bring one file into the store, unless it is there."""
        if not self.store.has(file.digest, file.size):
            url = obtain(agent, self.sort_urls(file), seen)
            if url:
                self.bases[get_folder(file)] = url.removesuffix(quote_path(file.name))
            self.store.admit(file.digest)
        self.stored(file)
        self.done.append(file)

    def sort_urls(self, file: Download) -> Download:
        """Return a file with that URL first whose base had the last file of the same folder."""
        if len(file.urls) == 1:
            return file
        base = self.bases.get(get_folder(file), "\n")
        return replace(file, urls=tuple(sorted(file.urls, key=lambda url: not url.startswith(base))))

    def fail(self, error: ComposeError) -> None:
        """Record a failure; if it is the machine's fault, stop all threads."""
        print(f"error: {error}", flush=True)
        self.failures.append(error)
        if isinstance(error, MachineError):
            self.stop.set()


def get_folder(file: Download) -> str:
    """Return the beginning of a file's path in its archive: `pool/main`, `pool/updates`."""
    return "/".join(file.name.split("/")[:2])


def check_room(store: Store, files: Iterable[Download]) -> None:
    """Raise MachineError if the store's disk has no room for the files that are not there yet."""
    need = sum(file.size for file in files if not os.path.exists(file.target))  # noqa: PTH110 - half the time of Path.exists
    store.root.mkdir(parents=True, exist_ok=True)
    status = os.statvfs(store.root)
    free = status.f_bavail * status.f_frsize
    if need > free:
        raise MachineError(
            f"{store.root}: no room: {format_megabytes(need)} are needed, {format_megabytes(free)} are free", MAKE_ROOM
        )


def watch(state: Transfer, threads: Sequence[threading.Thread], count: int, total: int) -> None:
    """Wait for the threads; report their progress."""
    began = logged = time.monotonic()
    for thread in threads:
        while thread.is_alive():
            thread.join(TICK)
            text = describe_progress(state, count, total, time.monotonic() - began)
            report_progress(text)
            if time.monotonic() - logged > LOG_EVERY:
                logged = time.monotonic()
                print(text, flush=True)
    seconds = time.monotonic() - began
    print(
        f"{describe_progress(state, count, total, seconds)} in {seconds:.1f} s, {len(state.failures)} failed",
        flush=True,
    )


def describe_progress(state: Transfer, count: int, total: int, seconds: float) -> str:
    """Describe how far the work is, how fast it goes and how long it will take; `total` is the bytes of all files."""
    received = sum(list(state.received.values()))
    rate = ""
    if received and seconds > TICK:
        rest = max(0, total - received) * seconds / received
        rate = f", {format_megabytes(received / seconds)}/s" + (f", {rest:.0f}s left" if rest >= 1 else "")
    return f"{len(state.done)}/{count} files, {format_megabytes(received)} of {format_megabytes(total)} fetched{rate}"


def format_megabytes(size: float) -> str:
    """Format a number of bytes."""
    return f"{size / 1e6:.1f} MB"


def combine(failures: Sequence[ComposeError]) -> ComposeError:
    """Combine errors into one with the kind of the gravest."""
    worst = max(failures, key=lambda error: error.status)
    if len(failures) == 1:
        return worst
    listed = "; ".join(error.message for error in failures[:LISTED])
    more = f"; and {len(failures) - LISTED} more, see the log" if len(failures) > LISTED else ""
    return type(worst)(f"{len(failures)} files could not be fetched: {listed}{more}", worst.hint)


def transfer(
    store: Store,
    files: Sequence[Download],
    *,
    connections: int = CONNECTIONS,
    patience: Patience | None = None,
    accesses: Mapping[str, Access] | None = None,
    stored: Callable[[Download], None] = lambda _: None,
) -> None:
    """Bring files into the store, unless they are there undamaged, and write its record; `accesses` are by beginning of a URL.

    `stored` is called for each file in the store, in one of several threads, while others are downloaded.
    Raise TrustError, NetworkError or MachineError naming the files that failed; all others are then in the store.
    """
    unique = {file.digest: file for file in sorted(files, key=lambda file: file.size)}
    largest_first = deque(reversed(unique.values()))
    check_room(store, largest_first)
    total = sum(file.size for file in unique.values() if not file.target.exists())
    state = Transfer(store, largest_first, stored=stored)
    agents = [Agent(patience or get_patience(), dict(accesses or {})) for _ in range(min(connections, len(unique)))]
    ends = (
        largest_first.popleft,
        largest_first.pop,
    )  # large files keep the line busy while small ones wait for answers
    threads = [
        threading.Thread(target=state.work, args=(agent, ends[number % 2]), daemon=True)
        for number, agent in enumerate(agents)
    ]
    try:
        for thread in threads:
            thread.start()
        watch(state, threads, len(unique), total)
    finally:
        state.stop.set()
        store.settle()
    if state.failures:
        raise combine(state.failures)
