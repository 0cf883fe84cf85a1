"""Runs this machine's apt as a client of one repository, with a configuration that trusts one key."""

from __future__ import annotations

import functools
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass(frozen=True)
class ClientApt:
    """A folder that apt takes for its root."""

    root: Path

    def run(self, program: str, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run apt-get, apt-cache or apt-cdrom."""
        env = {"APT_CONFIG": str(self.root / "apt.conf"), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        return subprocess.run([program, *words], env=env, cwd=self.root, capture_output=True, text=True, check=check)


def make_apt(root: Path, sources: str, arch: str = "amd64", options: str = "") -> ClientApt:
    """Make apt's folders and its sources.list."""
    for folder in (
        "etc/apt/sources.list.d",
        "etc/apt/preferences.d",
        "etc/apt/trusted.gpg.d",
        "state/lists/partial",
        "cache/archives/partial",
    ):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "state/status").touch()
    (root / "etc/apt/sources.list").write_text(sources)
    (root / "apt.conf").write_text(
        f'Dir "/";\nDir::Etc "{root}/etc/apt/";\nDir::Etc::main "/dev/null";\nDir::Etc::parts "/dev/null";\n'
        f'Dir::State "{root}/state/";\nDir::State::status "{root}/state/status";\nDir::Cache "{root}/cache/";\n'
        f'Dir::Etc::trusted "/dev/null";\nDir::Etc::trustedparts "{root}/etc/apt/trusted.gpg.d/";\n'
        f'APT::Architecture "{arch}";\nAPT::Architectures {{ "{arch}"; }};\nAPT::Sandbox::User "root";\n'
        'APT::Update::Error-Mode "any";\nAcquire::Check-Valid-Until "true";\nAcquire::Check-Date "true";\n'
        f'Acquire::http::Proxy "DIRECT";\nAcquire::Languages "none";\nAPT::Get::List-Cleanup "false";\n{options}'
    )
    return ClientApt(root)


def find_free_port() -> int:
    """Return a port below 32768, as apt-cacher-ng knows no others."""
    for port in range(20000, 32768):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise OSError("no port is free")


@contextmanager
def serve(folder: Path, port: int = 0) -> Iterator[tuple[str, list[str]]]:
    """Serve a folder on loopback; yield its URL, and a list that gets each requested path."""
    requested: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_request(self, *_: object) -> None:
            requested.append(self.path)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requested
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
