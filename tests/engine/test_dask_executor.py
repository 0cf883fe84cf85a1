"""The same graph on a Dask cluster: a scheduler and workers as processes of their own on 127.0.0.1.

Also covers: composelib.engine.dask_child.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.kit.task_world import World, until

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow


class Hosts:
    """A scheduler, and workers that stand for hosts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self.file = folder / "scheduler.json"
        self.start("scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(self.file))
        until(lambda: self.file.exists() and self.file.stat().st_size, 60)
        self.address = json.loads(self.file.read_text())["address"]

    def start(self, what: str, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "distributed.cli.dask_" + what, *arguments]
        log = (self.folder / f"{what}{len(self.processes)}.log").open("wb")
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])} | variables
        process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, env=environment)
        log.close()
        self.processes.append(process)
        return process

    def worker(self, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
        common = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(self.folder))
        started = self.start("worker", self.address, *common, *arguments, **variables)
        log = self.folder / f"worker{len(self.processes) - 1}.log"
        until(
            lambda: b"Starting established connection" in log.read_bytes() or b"Registered to" in log.read_bytes(), 60
        )
        return started

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    folder = tmp_path / "hosts"
    folder.mkdir()
    hosts = Hosts(folder)
    yield hosts
    hosts.end()


def run(world: World, hosts: Hosts, *arguments: str) -> Any:
    return world.run("--cluster", hosts.address, "--cluster-insecure", *arguments, timeout=120)


def tasks(world: World) -> None:
    for name in "abc":
        world.task(name, ["in"], f"work/{name}", "shell", script="echo $PPID > $1")
    world.task("sum", ["work/a", "work/b", "work/c"], "compose/sum", tools=["sh"])


def test_tasks_run_on_the_hosts_and_are_recorded_here(world: World, hosts: Hosts) -> None:
    hosts.worker()
    hosts.worker()
    tasks(world)
    ended = run(world, hosts)
    assert (ended.status, sorted(ended.ran), ended.err) == (0, ["a", "b", "c", "sum"], "")
    assert world.status() == "FINISHED"
    assert world.path("logs/copy").joinpath("a.log").read_text().startswith("$ sh -c")
    assert run(world, hosts).ran == []
    assert world.run().ran == []
    world.write("in", "two")
    assert world.run("copy:a").ran == ["a"]
    assert sorted(run(world, hosts).ran) == ["b", "c", "sum"]


def test_code_edited_between_two_runs_is_what_the_hosts_run(world: World, hosts: Hosts) -> None:
    hosts.worker()
    world.task("a", ["in"], "compose/a")
    run(world, hosts)
    world.write("work.py", world.read("work.py").replace("content + word", "content.upper() + word"))
    assert run(world, hosts).ran == ["a"]
    assert world.read("compose/a") == "ONE"


def test_a_failure_on_a_host_is_told_as_one_here(world: World, hosts: Hosts) -> None:
    hosts.worker()
    world.task("a", ["in"], "compose/a", "shell", script="echo words; exit 5")
    world.task("b", ["in"], "compose/b")
    ended = run(world, hosts)
    assert (ended.status, world.read("compose/b")) == (1, "one")
    assert "exit status 5\n" in ended.out
    assert "    words\n" in ended.out


def test_the_death_of_a_host_fails_its_task_only(world: World, hosts: Hosts) -> None:
    workers = [hosts.worker(), hosts.worker()]
    world.task("a", ["in"], "compose/a", "shell", script="echo > started; sleep 8000")
    world.task("b", ["in"], "compose/b", seconds=4)
    world.task("c", ["compose/b"], "compose/c")
    with world.started("--cluster", hosts.address, "--cluster-insecure") as process:
        world.wait_for("started", 60)
        while not (busy := [worker for worker in workers if children_with(worker.pid, b"sleep\0" + b"8000")]):
            assert process.poll() is None
            time.sleep(0.1)
        busy[0].kill()
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (1, "")
    assert "copy:a: FAILED\n  error: the host that ran it was lost" in out
    assert world.read("compose/c") == "one"
    world.task("a", ["in"], "compose/a")
    assert run(world, hosts).ran == ["a"]
    assert sorted(world.tree()) == ["a", "b", "c"]
    until(lambda: not [line for line in world.alive().values() if "sleep" in line], 10)


def children_with(pid: int, words: bytes) -> bool:
    """Tell whether a descendant of a process has these words in its command line."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if words in process.joinpath("cmdline").read_bytes() and ancestor(int(process.name), pid):
                return True
    return False


def ancestor(pid: int, wanted: int) -> bool:
    while pid > 1:
        if pid == wanted:
            return True
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return False


def test_the_loss_of_all_hosts_ends_the_run(world: World, hosts: Hosts) -> None:
    worker = hosts.worker()
    world.task("a", ["in"], "compose/a", "shell", script="echo > started; sleep 8000")
    with world.started("--cluster", hosts.address, "--cluster-insecure") as process:
        world.wait_for("started", 60)
        worker.kill()
        out, _ = process.communicate(timeout=90)
    assert process.returncode == 1
    assert "the cluster lost it" in out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_the_end_of_the_run_is_the_end_of_its_tasks_on_the_hosts(
    world: World, hosts: Hosts, number: signal.Signals
) -> None:
    hosts.worker()
    world.task("a", ["in"], "compose/a", "shell", script="echo > started; sleep 8000")
    with world.started("--cluster", hosts.address, "--cluster-insecure") as process:
        world.wait_for("started", 60)
        process.send_signal(number)
        process.communicate(timeout=30)
        assert process.returncode in (143, -9)
    world.task("a", ["in"], "compose/a")
    ended = run(world, hosts)
    assert (ended.status, ended.ran, ended.err) == (0, ["a"], "")
    assert not [line for line in world.alive().values() if "sleep" in line]


def test_another_program_on_a_host_is_refused(world: World, hosts: Hosts, tmp_path: Path) -> None:
    other = tmp_path / "bin"
    other.mkdir()
    shutil.copy("/bin/dash", other / "sed")
    hosts.worker(PATH=f"{other}:{os.environ['PATH']}")
    world.task("a", ["in"], "compose/a", tools=["sed", "sh"])
    ended = run(world, hosts)
    assert (ended.status, ended.ran) == (3, [])
    assert ": sed: not as on this host" in ended.err
    assert not world.path("compose/STATUS").exists()


def test_a_resource_that_hosts_declare_is_shared_as_they_say(world: World, hosts: Hosts) -> None:
    hosts.worker("--resources", "qemu=1")
    hosts.worker("--resources", "qemu=1")
    for name in "ab":
        world.task(name, ["in"], f"compose/{name}", "shell", pool="qemu", script="echo > in-$$; sleep 3; ls in-* > $1")
    assert run(world, hosts).status == 0
    assert len(world.read("compose/a").split()) == 2


def test_no_workers_and_no_cluster_are_told(world: World, hosts: Hosts) -> None:
    world.task("a", ["in"], "compose/a")
    ended = run(world, hosts)
    assert (ended.status, "the cluster has no workers" in ended.err) == (3, True)
    ended = world.run("--cluster", "local:x")
    assert (ended.status, "not an address" in ended.err) == (2, True)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "127.0.0.1:1", "ws://127.0.0.1:1"])
def test_a_cluster_without_tls_is_refused_unless_that_is_typed(world: World, address: str) -> None:
    world.task("a", ["in"], "compose/a")
    ended = world.run("--cluster", address)
    assert (ended.status, ended.ran) == (2, [])
    assert f"--cluster {address}: without TLS, anybody who reaches" in ended.err
    assert "--cluster-insecure" in ended.err


def test_nobody_else_is_served_by_workers_of_this_machine(world: World) -> None:
    world.task(
        "a", ["in"], "compose/a", "shell", script="echo > started; while [ ! -e go ]; do sleep 0.1; done; echo x > $1"
    )
    with world.started("--cluster", "local:1") as process:
        world.wait_for("started", 60)
        ports = list_ports(process.pid)
        answers = {port: (greet(port), ask_for_pages(port)) for port in ports}
        world.write("go", "")
        assert process.wait(60) == 0
    assert len(ports) > 1, "the scheduler and a worker listen"
    assert answers == dict.fromkeys(ports, ("refused", set()))


def list_ports(root: int) -> set[int]:
    """Return the TCP ports on which a process or a descendant of it listens."""
    sockets = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if ancestor(int(link.parts[2]), root):
                sockets.add(str(link.readlink()))
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets}


def greet(port: int) -> str:
    """Speak TLS without a certificate of one's own, as another user would have to; return whether anything answers."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as plain, context.wrap_socket(plain) as stream:
            return stream.recv(1).hex() or "refused"
    except OSError:
        return "refused"


def ask_for_pages(port: int) -> set[bytes]:
    """Speak HTTP; return the statuses that answer, other than that there is no such page."""
    statuses = set()
    for page in ("", "health", "info/main/workers.html", "json/counts.json", "metrics", "sysmon"):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as stream:
            stream.sendall(f"GET /{page} HTTP/1.0\r\n\r\n".encode())
            statuses.add(stream.recv(1000)[9:12])
    return statuses - {b"", b"404"}
