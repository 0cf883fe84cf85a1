"""An archive's server on 127.0.0.1 that serves a folder over HTTP, with the faults that a test adds."""

from __future__ import annotations

import fnmatch
import hashlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

ALWAYS = 1 << 30


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection, which is kept alive."""

    protocol_version = "HTTP/1.1"
    mirror: ArchiveServer

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path).lstrip("/")
        self.mirror.requests.append(Request(path, self.path, dict(self.headers.items()), self.client_address[1]))
        if self.mirror.latency:
            time.sleep(self.mirror.latency)
        with suppress(BrokenPipeError, ConnectionResetError):
            for fault in self.mirror.faults:
                if fault.takes(path):
                    fault.how(self, path)
                    return
            self.serve(path)

    def serve(self, path: str) -> None:
        """Serve a file without faults."""
        try:
            content = self.mirror.content(path)
        except OSError:
            self.answer(404, b"there is no such file\n")
            return
        tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == tag:
            self.answer(304, b"", {"ETag": tag})
            return
        requested = self.headers.get("Range")
        if requested:
            start = int(requested.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                self.answer(416, b"")
                return
            span = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self.answer(206, content[start:], {"Content-Range": span})
            return
        self.answer(200, content, {"ETag": tag})

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """Send an answer with its body."""
        self.head(status, {"Content-Length": str(len(body)), **(headers or {})})
        if status != 304:
            self.wfile.write(body)

    def head(self, status: int, headers: dict[str, str]) -> None:
        """Send a status and headers."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Be quiet."""

    def hang_up(self) -> None:
        """Reset the connection, as a crashed server does."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True


How = Callable[[Handler, str], None]


@dataclass
class Fault:
    """A fault in answers to requests for paths that match a pattern, up to `times` times after `after` good answers."""

    pattern: str
    how: How
    times: int = ALWAYS
    after: int = 0
    count: int = 0

    def takes(self, path: str) -> bool:
        """Return whether to answer this request with the fault."""
        if not fnmatch.fnmatchcase(path, self.pattern):
            return False
        self.count += 1
        return self.after < self.count <= self.after + self.times


@dataclass(frozen=True)
class Request:
    """A request as it came."""

    path: str
    target: str
    headers: dict[str, str]
    port: int
    """Of the client: the same for all requests of one connection."""


@dataclass
class ArchiveServer:
    """The server: its URL, the requests it received, its faults."""

    root: Path
    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    """In order of arrival."""
    latency: float = 0
    """Seconds before each answer."""
    over: threading.Event = field(default_factory=threading.Event)
    """Set when the test is over, to end faults that would hang on."""

    def fault(self, pattern: str, how: How, times: int = ALWAYS, after: int = 0) -> None:
        """Add a fault."""
        self.faults.append(Fault(pattern, how, times, after))

    def content(self, path: str) -> bytes:
        """Return the content of a file."""
        return (self.root / path).read_bytes()

    def paths(self, pattern: str = "*") -> list[str]:
        """Return the requested paths that match a pattern, in order."""
        return [request.path for request in self.requests if fnmatch.fnmatchcase(request.path, pattern)]


@contextmanager
def serving(root: Path) -> Iterator[ArchiveServer]:
    """Serve a folder until the block ends."""
    mirror = ArchiveServer(root)
    handler = type("OwnHandler", (Handler,), {"mirror": mirror})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # a client may hang up
    mirror.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield mirror
    finally:
        mirror.over.set()
        server.shutdown()
        server.server_close()


def status(code: int, **headers: str) -> How:
    """Answer with a status."""
    return lambda handler, _: handler.answer(code, b"no\n", {k.replace("_", "-"): v for k, v in headers.items()})


def flip(handler: Handler, path: str) -> None:
    """Send the file with a bit of its middle flipped."""
    content = bytearray(handler.mirror.content(path))
    content[len(content) // 2] ^= 1
    handler.answer(200, bytes(content))


def truncate(handler: Handler, path: str) -> None:
    """Send the first half of a file, having promised all of it, and hang up."""
    content = handler.mirror.content(path)
    handler.head(200, {"Content-Length": str(len(content))})
    handler.wfile.write(content[: len(content) // 2])
    handler.close_connection = True


def shorten(handler: Handler, path: str) -> None:
    """Send the first half of a file as if it were all."""
    content = handler.mirror.content(path)
    handler.answer(200, content[: len(content) // 2])


def lengthen(handler: Handler, path: str) -> None:
    """Send the file and a line after it."""
    handler.answer(200, handler.mirror.content(path) + b"more\n")


def reset(handler: Handler, path: str) -> None:
    """Send the first half of a file and reset the connection."""
    content = handler.mirror.content(path)
    handler.head(200, {"Content-Length": str(len(content))})
    handler.wfile.write(content[: len(content) // 2])
    handler.hang_up()


def send_endless(handler: Handler, path: str) -> None:
    """Send the file and then zeros, 300 MB of them unless the client hangs up."""
    handler.head(200, {"Connection": "close"})
    handler.close_connection = True
    handler.wfile.write(handler.mirror.content(path))
    for _ in range(300):
        handler.wfile.write(bytes(1_000_000))


def hang(handler: Handler, _path: str) -> None:
    """Send nothing until the test is over."""
    handler.mirror.over.wait(30)
    handler.close_connection = True


def stall(handler: Handler, path: str) -> None:
    """Send the first half of a file, and nothing more until the test is over."""
    content = handler.mirror.content(path)
    handler.head(200, {"Content-Length": str(len(content))})
    handler.wfile.write(content[: len(content) // 2])
    hang(handler, path)


def drip(handler: Handler, path: str) -> None:
    """Send a file a byte at a time."""
    content = handler.mirror.content(path)
    handler.head(200, {"Content-Length": str(len(content))})
    for position in range(len(content)):
        handler.wfile.write(content[position : position + 1])
        if handler.mirror.over.wait(0.02):
            break
    handler.close_connection = True


def send_another_range(handler: Handler, path: str) -> None:
    """Answer a request for a range with another range."""
    content = handler.mirror.content(path)
    if "Range" not in handler.headers:
        handler.answer(200, content)
        return
    handler.answer(206, content[1:], {"Content-Range": f"bytes 1-{len(content) - 1}/{len(content)}"})


def send_lying_range(handler: Handler, path: str) -> None:
    """Answer a request for a range with the right header and the wrong bytes."""
    content = handler.mirror.content(path)
    start = int(handler.headers["Range"].removeprefix("bytes=").rstrip("-")) if "Range" in handler.headers else 0
    if not start:
        handler.answer(200, content)
        return
    span = f"bytes {start}-{len(content) - 1}/{len(content)}"
    handler.answer(206, content[: len(content) - start], {"Content-Range": span})


def ignore_range(handler: Handler, path: str) -> None:
    """Send the whole file, whatever was requested."""
    handler.answer(200, handler.mirror.content(path))


def redirect(target: str) -> How:
    """Redirect; `{path}` stands for the requested path."""
    return lambda handler, path: handler.answer(302, b"there\n", {"Location": target.format(path=path)})


def raw(content: bytes) -> How:
    """Send these bytes instead of an answer, and hang up."""

    def send(handler: Handler, _path: str) -> None:
        handler.wfile.write(content)
        handler.close_connection = True

    return send


def endless_raw(beginning: bytes, repeated: bytes, pause: float = 0) -> How:
    """Send the beginning, then the repeated bytes again and again until the test is over or the client hangs up."""

    def send(handler: Handler, _path: str) -> None:
        handler.close_connection = True
        handler.wfile.write(beginning)
        while not handler.mirror.over.wait(pause):
            handler.wfile.write(repeated)

    return send


def replace_content(content: bytes) -> How:
    """Send other content."""
    return lambda handler, _: handler.answer(200, content)
