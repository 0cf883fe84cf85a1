from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from composelib.image.root.tar import find_content, list_members
from composelib.tools.qemu import Drive, Firmware, Machine
from composelib.tools.serial_console import Console, start_machine
from tests.kit.altered_disk import write_altered
from tests.kit.operating_system import System, make_edge_system
from tests.kit.tiny_archive import Key

LARGER = "8G"
"""The disk of the machine."""
BOOT = 600  # seconds for a boot by emulation on a busy machine
TASK = 300  # seconds for a command in the guest
PROMPT = r"root@edge:\S+# $"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory, key: Key, request: pytest.FixtureRequest) -> System:
    build = tmp_path_factory.mktemp("system") / "build"
    system = make_edge_system(build, key, request.config.cache.mkdir("debs"), free_port())
    system.make("ostree_disk", "disk")
    system.make("image_format", "disk")
    subprocess.run(["qemu-img", "resize", "-q", "-f", "raw", disk_of(system), LARGER], check=True)
    return system


def disk_of(system: System) -> Path:
    return system.compose.paths.image("Server", "amd64", "disk", ".raw")


@contextmanager
def machine(drive: Path, log: Path, firmware: Firmware = "secure") -> Iterator[Console]:
    with start_machine(
        Machine("amd64", (Drive(drive),), firmware=firmware, network=True, reboots=True), log
    ) as console:
        yield console


def log_in(console: Console) -> None:
    console.wait("edge login:", BOOT)
    console.log_in("root", "test", TASK)


def ask(console: Console, command: str) -> str:
    return console.ask(command, TASK, PROMPT)


@contextmanager
def served(system: System) -> Iterator[None]:
    """Serve the released tree where the machine's remote points to."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_words: Any) -> None:
            return

    port = int(system.compose.base_url.rpartition(":")[2])
    with ThreadingHTTPServer(("127.0.0.1", port), partial(Quiet, directory=str(system.compose.paths.tree))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


@pytest.mark.slow
@pytest.mark.parametrize("firmware", ["bios", pytest.param("secure", marks=pytest.mark.longest)])
def test_a_disk_boots_into_its_commit(edge: System, tmp_path: Path, firmware: Firmware) -> None:
    commit = edge.commit
    with machine(disk_of(edge), tmp_path / "serial.log", firmware) as console:
        log_in(console)
        assert f"* demo {commit}.0" in ask(console, "ostree admin status")
        assert int(ask(console, "findmnt -n -b -o SIZE /sysroot").split()[-1]) > 7 << 30
        assert "0 loaded units listed" in ask(console, "systemctl --failed --no-pager")
        assert "ii  marker" in ask(console, "dpkg -l marker | cat")


@pytest.mark.longest
def test_with_secure_boot_on_an_altered_kernel_is_refused(edge: System, tmp_path: Path) -> None:
    root = edge.compose.paths.rootfs("Server", "amd64", "edge")
    version = json.loads(edge.compose.paths.commit("Server", "amd64", "edge").read_text())["kernel"]
    kernel = find_content(root, list_members(root), f"boot/vmlinuz-{version}")
    altered = write_altered(disk_of(edge), kernel or b"", tmp_path / "altered.raw")
    with machine(altered, tmp_path / "serial.log") as console:
        console.wait("bad shim signature", BOOT)


@pytest.mark.longest
def test_a_machine_upgrades_over_http_boots_the_new_commit_and_rolls_back(edge: System, tmp_path: Path) -> None:
    old = edge.commit
    edge.put_marker("2")
    for stage, images in (("solve", "edge"), ("rootfs", "edge"), ("ostree", "edge"), ("ostree_refs", "")):
        edge.make(stage, *filter(None, [images]))
    new = edge.commit
    assert new != old
    with served(edge), machine(disk_of(edge), tmp_path / "serial.log") as console:
        log_in(console)
        assert "1" in ask(console, "cat /usr/share/marker").split()
        ask(
            console,
            "export SYSTEMD_PAGER=; echo mine >/etc/mine; echo kept >/var/kept; networkctl --quiet; ip -br address",
        )
        ask(console, "ostree admin upgrade")
        assert f"  demo {new}.0 (pending)" in ask(console, "ostree admin status")
        console.type("systemctl reboot\n")
        log_in(console)
        assert f"* demo {new}.0" in ask(console, "ostree admin status")
        assert "2" in ask(console, "cat /usr/share/marker").split()
        assert {"mine", "kept"} <= set(ask(console, "cat /etc/mine /var/kept").split())
        console.type("systemctl reboot\n")
        console.wait(r"\(ostree:1\)", BOOT)
        console.type("\x0e\r")  # the second line of the boot menu
        log_in(console)
        assert f"* demo {old}.0" in ask(console, "ostree admin status")
        ask(console, "ostree admin undeploy 0")
        assert new not in ask(console, "ostree admin status")
