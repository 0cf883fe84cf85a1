"""Many files at once into the store: several connections, every failure told, whatever came is kept."""

from __future__ import annotations

import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from composelib.errors import ComposeError, MachineError
from composelib.fetch.download import WAIT, BusyError, Seen, Wanted, obtain
from composelib.fetch.http import Agent
from composelib.fetch.retry import Patience, usual
from composelib.fetch.store import Store
from composelib.fetch.url import quoted
from composelib.progress import report

CONNECTIONS = 16
TOLD = 10  # failures in the message; all of them are in the log
TICK = 0.2  # seconds from one progress report to the next
LOG_EVERY = 10.0  # seconds from one line in the log to the next


@dataclass
class Transfer:
    """What several threads work on."""

    store: Store
    queue: deque[Wanted]
    failures: list[ComposeError] = field(default_factory=list)
    done: list[Wanted] = field(default_factory=list)
    received: dict[int, int] = field(default_factory=dict)
    """Bytes by thread."""
    bases: dict[str, str] = field(default_factory=dict)
    """Where files of a folder were found last: the place to look first for its others."""
    stop: threading.Event = field(default_factory=threading.Event)

    def work(self, agent: Agent, take_next: Callable[[], Wanted]) -> None:
        """Be one of the threads: take files until there are none."""
        me = threading.get_ident()
        self.received[me] = 0

        def seen(size: int) -> None:
            self.received[me] += size

        while not self.stop.is_set():
            try:
                wanted = take_next()
            except IndexError:
                break
            try:
                self.take(agent, wanted, seen)
            except BusyError:
                self.queue.append(wanted)
                time.sleep(WAIT)
            except ComposeError as error:
                self.fail(error)
            except OSError as error:
                self.fail(MachineError(f"{error.filename or wanted.target}: {error.strerror}"))
        agent.close()

    def take(self, agent: Agent, wanted: Wanted, seen: Seen) -> None:
        """See to it that one file is in the store."""
        if not self.store.has(wanted.sha256, wanted.size):
            url = obtain(agent, self.sorted_urls(wanted), seen)
            if url:
                self.bases[folder_of(wanted)] = url.removesuffix(quoted(wanted.name))
            self.store.admit(wanted.sha256)
        self.done.append(wanted)

    def sorted_urls(self, wanted: Wanted) -> Wanted:
        """Put the place first where the folder's other files were found."""
        if len(wanted.urls) == 1:
            return wanted
        base = self.bases.get(folder_of(wanted), "\n")
        return replace(wanted, urls=tuple(sorted(wanted.urls, key=lambda url: not url.startswith(base))))

    def fail(self, error: ComposeError) -> None:
        """Note a failure; one of the machine's own ends all others."""
        print(f"error: {error}", flush=True)
        self.failures.append(error)
        if isinstance(error, MachineError):
            self.stop.set()


def folder_of(wanted: Wanted) -> str:
    """Give the beginning of a file's path in its archive: `pool/main`, `pool/updates`."""
    return "/".join(wanted.name.split("/")[:2])


def check_room(store: Store, files: Iterable[Wanted]) -> None:
    """Raise MachineError if the store's disk has no room for what is not there yet."""
    need = sum(wanted.size for wanted in files if not wanted.target.exists())
    store.root.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(store.root).free
    if need > free:
        raise MachineError(f"{store.root}: no room: {megabytes(need)} are needed, {megabytes(free)} are free")


def watch(state: Transfer, threads: Sequence[threading.Thread], count: int) -> None:
    """Wait for the threads, telling how far they are."""
    began = told = time.monotonic()
    for thread in threads:
        while thread.is_alive():
            thread.join(TICK)
            text = how_far(state, count, time.monotonic() - began)
            report(text)
            if time.monotonic() - told > LOG_EVERY:
                told = time.monotonic()
                print(text, flush=True)
    seconds = time.monotonic() - began
    print(f"{how_far(state, count, seconds)} in {seconds:.1f} s, {len(state.failures)} failed", flush=True)


def how_far(state: Transfer, count: int, seconds: float) -> str:
    """Put in words how far the work is and how fast it goes."""
    received = sum(list(state.received.values()))
    rate = f", {megabytes(received / seconds)}/s" if received and seconds > TICK else ""
    return f"{len(state.done)}/{count} files, {megabytes(received)} fetched{rate}"


def megabytes(size: float) -> str:
    """Put a number of bytes in words."""
    return f"{size / 1e6:.1f} MB"


def combined(failures: Sequence[ComposeError]) -> ComposeError:
    """Make one error of many; it is of the kind of the worst."""
    worst = max(failures, key=lambda error: error.status)
    if len(failures) == 1:
        return worst
    listed = "; ".join(error.message for error in failures[:TOLD])
    more = f"; and {len(failures) - TOLD} more, see the log" if len(failures) > TOLD else ""
    return type(worst)(f"{len(failures)} files could not be had: {listed}{more}", worst.hint)


def transfer(
    store: Store, files: Sequence[Wanted], *, connections: int = CONNECTIONS, patience: Patience | None = None
) -> None:
    """Bring files into the store, those that are not in it and right; in the end it is settled.

    Raises TrustError, NetworkError or MachineError that names what could not be had; all others are then in the store.
    """
    unique = {wanted.sha256: wanted for wanted in sorted(files, key=lambda wanted: wanted.size)}
    largest_first = deque(reversed(unique.values()))
    check_room(store, largest_first)
    state = Transfer(store, largest_first)
    agents = [Agent(patience or usual()) for _ in range(min(connections, len(unique)))]
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
        watch(state, threads, len(unique))
    finally:
        state.stop.set()
        store.settle()
    if state.failures:
        raise combined(state.failures)
