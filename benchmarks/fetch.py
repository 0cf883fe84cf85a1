"""Fetching 500 real packages from a server that takes 30 ms to answer: this program against apt-get --download-only.

Both get the same files over loopback into an empty place, in turns, each in a process of its own whose whole life is
measured. apt checks sizes and SHA256 as we do. The packages come from this machine's mirror by apt, once.

    python -m benchmarks.fetch [FOLDER]
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import shutil
import socketserver
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote

from benchmarks.flat import compose_of
from benchmarks.peers import Comparison, Peer, measure
from composelib.fetch import accepted_suite, deb_folder

COUNT = 500
ANSWER_AFTER = 0.030  # seconds
ROUNDS = 3
WANTED = ("gnome-core", "libreoffice-writer", "gimp")
KEPT_FIELDS = ("Package", "Version", "Architecture", "Maintainer", "Filename", "Size", "SHA256")


class Handler(socketserver.StreamRequestHandler):
    """A server that spends next to nothing of its own, so that what is measured is who asks; every answer is late."""

    disable_nagle_algorithm = True
    root = Path()

    def handle(self) -> None:
        """Answer one connection's requests, one after another."""
        while line := self.rfile.readline():
            while self.rfile.readline() not in {b"\r\n", b""}:
                pass
            time.sleep(ANSWER_AFTER)
            self.give(self.root / unquote(line.split()[1].decode()).lstrip("/"))

    def give(self, path: Path) -> None:
        """Send a file, or that there is none."""
        if not path.is_file():
            self.wfile.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        with path.open("rb") as stream:
            size, sent = path.stat().st_size, 0
            self.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
            while sent < size:
                sent += os.sendfile(self.connection.fileno(), stream.fileno(), sent, size - sent)


class Server(socketserver.ThreadingTCPServer):
    """A thread a connection."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


def serve(root: Path, ready: multiprocessing.connection.Connection) -> None:
    """Serve a folder for ever; tells its port."""
    server = Server(("127.0.0.1", 0), type("RootedHandler", (Handler,), {"root": root}))
    ready.send(server.server_address[1])
    server.serve_forever()


def apt(folder: Path, *words: str) -> list[str]:
    """Return argv of an apt-get that knows nothing of this machine's packages and keeps all it has in a folder."""
    options = {
        "Dir::State": folder / "state",
        "Dir::State::status": "/dev/null",
        "Dir::Cache": folder / "cache",
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "APT::Sandbox::User": "root",
        "APT::Install-Recommends": "false",
        "Debug::NoLocking": "true",
    }
    for part in ("state/lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    return ["apt-get", "-qq", "-y", *(f"-o{name}={value}" for name, value in options.items()), *words]


def corpus(folder: Path, count: int, wanted: tuple[str, ...] = WANTED) -> Path:
    """Return a flat archive of so many real packages that others need, gotten by apt from the machine's mirror the first time."""
    archive, cache = folder / f"archive-{count}", folder / f"download-{count}"
    if not (archive / "Packages").is_file():
        cache.mkdir(parents=True, exist_ok=True)
        own = (f"-oDir::Cache::archives={cache}", "-oDir::State::status=/dev/null", "-oDebug::NoLocking=true")
        command = ["apt-get", "-qq", "-y", "--download-only", "--no-install-recommends", *own, "install", *wanted]
        subprocess.run(command, check=True)
        (archive / "pool").mkdir(parents=True, exist_ok=True)
        for path in sorted(cache.glob("*.deb"))[:count]:
            os.link(path, archive / "pool" / path.name.replace("%3a", "."))
        index = b"\n".join(slim(stanza) for stanza in deb_folder.read_stanzas(archive))
        (archive / "Packages").write_bytes(index)
        listed = f"SHA256:\n {hashlib.sha256(index).hexdigest()} {len(index)} Packages\n"
        (archive / "Release").write_text(f"Date: Tue, 14 Nov 2023 22:13:20 UTC\n{listed}")
    return archive


def slim(stanza: bytes) -> bytes:
    """Leave of a stanza what is needed to fetch its package, so that apt can install any set of them."""
    lines = [line for line in stanza.split(b"\n") if line.partition(b":")[0].decode(errors="replace") in KEPT_FIELDS]
    return b"\n".join([*lines, b"Description: a package", b""])


def prepare(folder: Path, archive: Path, url: str) -> list[str]:
    """Bring both to the point where they only have to fetch; gives the packages' names."""
    (folder / "sources.list").write_text(f"deb [trusted=yes] {url} ./\n")
    subprocess.run(apt(folder, "update"), check=True)
    compose = compose_of(folder)
    stanzas = (archive / "Packages").read_bytes().strip(b"\n").split(b"\n\n")
    chosen = compose.paths.gathered_stanzas("Base", "amd64")
    chosen.parent.mkdir(parents=True, exist_ok=True)
    chosen.write_bytes(b"\n".join(b"Compose-Archive: flat\n" + stanza + b"\n" for stanza in stanzas))
    suite = accepted_suite.AcceptedSuite("./", url, url, f"{url}Release", "", 0)
    signatures = compose.paths.signatures(compose.archives[0])
    signatures.parent.mkdir(parents=True, exist_ok=True)
    signatures.write_text(accepted_suite.dump([suite]))
    return [line.partition(b"\n")[0].removeprefix(b"Package: ").decode() for line in stanzas]


def list_peers(folder: Path, names: list[str]) -> list[Peer]:
    """Return the commands that fetch all into an empty place."""
    compose = compose_of(folder)
    ours = Peer(
        "deb-compose",
        [sys.executable, "-m", "benchmarks.flat", str(folder)],
        before=lambda: shutil.rmtree(compose.build / "store", ignore_errors=True),
    )
    apts = Peer(
        "apt-get --download-only",
        apt(folder, "--download-only", "install", *names),
        before=lambda: shutil.rmtree(folder / "cache" / "archives", ignore_errors=True) or apt(folder),
    )
    return [ours, apts]


def check(got: int, wanted: int) -> None:
    """End if files are missing: a time for less than all would be no figure."""
    if got != wanted:
        sys.exit(f"{got} packages came, not {wanted}")


def run(folder: Path, runs: int) -> list[Comparison]:
    """Fetch a corpus in turn."""
    archive = corpus(folder, COUNT)
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(archive, theirs), daemon=True)
    server.start()
    try:
        names = prepare(folder, archive, f"http://127.0.0.1:{ours.recv()}/")
        title = f"Fetching {len(names)} packages from a server that takes {ANSWER_AFTER * 1000:.0f} ms to answer"
        compared = measure(title, list_peers(folder, names), runs)
        check(len(compose_of(folder).paths.fetched("Base", "amd64").read_text().splitlines()), len(names))
        check(len(list((folder / "cache" / "archives").glob("*.deb"))), len(names))
    finally:
        server.terminate()
    return [compared]


def main() -> None:
    """Measure in the folder named, or in the checkout's build folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("build/benchmarks/fetch"))
    run(parser.parse_args().folder.absolute(), ROUNDS)


if __name__ == "__main__":
    main()
