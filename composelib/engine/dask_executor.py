"""Runs tasks on the hosts of a Dask cluster, which share this one's file system under the same paths.

Which tasks run is decided here, and their results are recorded here; a host only runs the tasks it is sent.
"""

from __future__ import annotations

import logging
import pickle
import queue
import sys
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from composelib.engine import dask_child
from composelib.engine.child_process import TaskFailure
from composelib.engine.local_executor import TICK, Ended
from composelib.errors import ConfigError, MachineError
from composelib.task import Task

TIMEOUT = 30
"""Seconds within which the cluster has to answer, and within which lost hosts may come back."""
END_SECONDS = 8
"""Seconds that hosts have to end cancelled tasks."""
LOCAL = "local:"
ENCRYPTED = "tls:"


class Cluster:
    """Starts tasks on the hosts of a cluster and waits for them."""

    def __init__(
        self, address: str, scratch: Path, limits: Mapping[str, int] | None = None, *, insecure: bool = False
    ) -> None:
        """Join the cluster at `tls://HOST:PORT`; for `local:N`, start one of N processes on this machine.

        `limits` say how many tasks may share each resource, where the hosts do not.

        Raise MachineError if it does not answer or has no hosts, ConfigError for a malformed address, or for one
        without TLS unless that is accepted as `insecure`.
        """
        self.scratch = scratch
        if not insecure:
            require_encryption(address)
        self.local: Any = None
        self.client = self.connect(address)
        self.running: dict[str, tuple[Any, float, Path]] = {}
        self.ended: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.seen = time.monotonic()  # when the cluster last had a host
        hosts = self.hosts()
        if not hosts:
            raise MachineError(f"{address}: the cluster has no workers", "start one: dask worker ADDRESS")
        self.slots = sum(host["nthreads"] for host in hosts.values())
        shares: dict[str, float] = {}
        for host in hosts.values():
            for pool, amount in host["resources"].items():
                shares[pool] = shares.get(pool, 0) + amount
        self.shared = frozenset(shares)
        self.limits: Mapping[str, int] = {**(limits or {}), **{pool: int(amount) for pool, amount in shares.items()}}

    def connect(self, address: str) -> Any:
        """Return a client of the cluster at an address."""
        try:
            import cryptography  # noqa: F401, PLC0415 - an extra; distributed makes keys with it
            import distributed  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MachineError(f"{error.name}: not installed", "pip install 'deb-compose[cluster]'") from None
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # a lost host is reported as its task's failure
        try:
            if address.startswith(LOCAL):
                count = int(address.removeprefix(LOCAL))
                self.local = start_local_cluster(count)
            client: Any = distributed.Client
            return client(self.local or address, timeout=TIMEOUT, set_as_default=False)
        except ValueError:
            raise ConfigError(f"--cluster {address}: not an address", "write tls://HOST:PORT or local:N") from None
        except OSError as error:
            raise MachineError(f"{address}: the cluster does not answer: {error}", "start it: dask scheduler") from None

    def hosts(self) -> dict[str, dict[str, Any]]:
        """Return the scheduler's information on each worker."""
        workers: dict[str, dict[str, Any]] = self.client.scheduler_info(n_workers=-1)["workers"]
        return workers

    def check(self, programs: Iterable[str]) -> None:
        """Raise MachineError if a host's programs or code differ from this host's, or it does not see this host's files.

        First wait for tasks that a killed run has left running there.
        """
        deadline = time.monotonic() + TIMEOUT
        while any(self.client.run(dask_child.is_busy).values()):
            if time.monotonic() > deadline:
                raise MachineError("the cluster is still running tasks of a killed run", "restart its workers")
            time.sleep(dask_child.POLL)
        self.scratch.mkdir(parents=True, exist_ok=True)
        token = self.scratch / f"{uuid.uuid4()}.token"
        token.write_text(token.name)
        names = sorted(set(programs))
        try:
            expected = dask_child.identify_host(names, str(token.absolute()))
            hosts = self.client.run(dask_child.identify_host, names, str(token.absolute()))
        finally:
            token.unlink()
        for host, identity in sorted(hosts.items()):
            different = [name for name in expected if identity.get(name) != expected[name]]
            if different:
                raise MachineError(f"{host}: {', '.join(different)}: not as on this host", "all hosts need the same")

    # for the runner

    def start(self, name: str, task: Task, log: Path) -> None:
        """Send a task to a host."""
        claim = self.scratch / f"{uuid.uuid4()}.claim"
        self.scratch.mkdir(parents=True, exist_ok=True)
        future = self.client.submit(
            dask_child.call,
            pickle.dumps((name, task, log, self.scratch)),
            str(claim.absolute()),
            str(Path.cwd()),
            [str(Path(entry).absolute()) for entry in sys.path if entry],
            key=f"{name}-{uuid.uuid4()}",
            pure=False,
            resources={task.pool: 1} if task.pool in self.shared else None,
        )
        self.running[name] = (future, time.monotonic(), claim)
        future.add_done_callback(lambda _future: self.ended.put(name))

    def wait(self) -> Iterator[Ended]:
        """Yield the tasks that have ended, waiting a second at most; if all hosts are lost, all tasks have failed."""
        try:
            names = [self.ended.get(timeout=TICK)]
        except queue.Empty:
            names = [] if self.has_hosts() else list(self.running)
        for name in names:
            if name in self.running:
                yield self.reap(name)

    def has_hosts(self) -> bool:
        """Return whether there are hosts, or were a short while ago."""
        if self.hosts():
            self.seen = time.monotonic()
        return time.monotonic() - self.seen < TIMEOUT

    def reap(self, name: str) -> Ended:
        """Remove an ended task; return how it ended."""
        future, begun, claim = self.running.pop(name)
        claim.unlink(missing_ok=True)
        return Ended(name, get_failure(future), time.monotonic() - begun)

    def end_all(self) -> None:
        """Cancel the running tasks, wait until their hosts have ended them, and leave the cluster."""
        for future, _, claim in self.running.values():
            future.cancel()
            claim.unlink(missing_ok=True)
        deadline = time.monotonic() + END_SECONDS
        while self.running and any(self.client.run(dask_child.is_busy).values()) and time.monotonic() < deadline:
            time.sleep(dask_child.POLL)
        self.running.clear()
        self.client.close()
        if self.local:
            self.local.close()


def start_local_cluster(count: int) -> Any:
    """Start a scheduler and workers on this machine, with TLS keys of their own and without web pages."""
    import dask  # noqa: PLC0415 - an extra
    import distributed  # noqa: PLC0415 - as above

    dask.config.set({"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []})
    make: Any = distributed.LocalCluster
    return make(n_workers=count, threads_per_worker=1, dashboard_address=None, security=True)


def require_encryption(address: str) -> None:
    """Raise ConfigError for a cluster whose ports are open to all: who reaches them runs what he likes as this user."""
    if not address.startswith((LOCAL, ENCRYPTED)):
        raise ConfigError(
            f"--cluster {address}: without TLS, anybody who reaches the cluster can run programs on its hosts",
            "write tls://HOST:PORT, with Dask's own configuration of certificates; or add --cluster-insecure",
        )


def get_failure(future: Any) -> TaskFailure | None:
    """Return a finished task's failure, None if it succeeded."""
    if future.status != "finished":
        error = future.exception() if future.status == "error" else None
        return TaskFailure(f"the cluster lost it: {error or future.status}", "see the cluster's own logs")
    failure = future.result()
    return TaskFailure(**failure) if failure else None
