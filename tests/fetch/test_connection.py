from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.client import HTTPResponse
from pathlib import Path

import pytest
from urllib3 import HTTPConnectionPool

from composelib.errors import ConfigError
from composelib.fetch.access import TlsOptions
from composelib.fetch.connection import FRAMING, BoundedResponse, BoundedStream, FramingError, make_context, open_pool
from composelib.fetch.retry import Patience, get_patience
from tests.kit.archive_stages import IMPATIENT


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Yield the two ends of a connection."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def read_from(connected: socket.socket, patience: Patience = IMPATIENT) -> BoundedStream:
    return BoundedStream(connected.makefile("rb"), connected, patience)


def test_a_line_is_read_to_its_end_and_no_further(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[1].sendall(b"A: b\r\nC")
    stream = read_from(pair[0])
    assert stream.readline(100) == b"A: b\r\n"
    assert stream.read1(100) == b"C"


def test_a_line_is_no_longer_than_the_limit(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[1].sendall(b"abcdef\n")
    assert read_from(pair[0]).readline(3) == b"abc"


def test_a_line_that_the_end_of_the_connection_cuts_off_is_returned(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[1].sendall(b"abc")
    pair[1].close()
    assert read_from(pair[0]).readline(100) == b"abc"


def test_a_line_that_does_not_come_is_given_up_after_the_silence(pair: tuple[socket.socket, socket.socket]) -> None:
    stream = read_from(pair[0], replace(IMPATIENT, silence=0.01))
    with pytest.raises(TimeoutError):
        stream.readline(100)


def test_lines_are_given_up_once_the_head_has_taken_too_long(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[1].sendall(b"a\nb\n")
    stream = read_from(pair[0], replace(IMPATIENT, head=0))
    with pytest.raises(TimeoutError):
        stream.readline(100)


def test_lines_of_more_bytes_than_a_head_has_are_an_error() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stream = BoundedStream(io.BufferedReader(io.BytesIO(b"a" * (FRAMING + 1))), ours, IMPATIENT)
        stream.readline(FRAMING)
        with pytest.raises(FramingError, match=f"more than {FRAMING} bytes"):
            stream.readline(FRAMING)


def test_a_piece_of_the_body_lets_the_count_begin_anew(pair: tuple[socket.socket, socket.socket]) -> None:
    stream = read_from(pair[0])
    pair[1].sendall(b"abc\nbody")
    stream.readline(100)
    assert stream.remaining == FRAMING - 4
    stream.read1(100)
    assert stream.remaining == FRAMING


def test_the_body_is_waited_for_as_long_as_the_silence_may_be(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[1].sendall(b"a\n")
    read_from(pair[0], replace(IMPATIENT, silence=7)).readline(100)
    assert pair[0].gettimeout() == 7


def test_a_context_checks_certificates_and_names() -> None:
    context = make_context(TlsOptions())
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_a_file_without_certificates_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    with pytest.raises(ConfigError, match="not usable as certificate authorities"):
        make_context(TlsOptions(tmp_path / "empty.pem"))


def address(pool: HTTPConnectionPool) -> tuple[str, int | None]:
    return pool.host, pool.port


def test_connections_lead_to_the_server() -> None:
    pool = open_pool("http://example.org:8080/a", "", IMPATIENT, None)
    assert address(pool) == ("example.org", 8080)
    assert pool.timeout.connect_timeout == IMPATIENT.connect


def test_connections_lead_to_the_proxy_if_there_is_one() -> None:
    pool = open_pool("http://example.org/a", "http://proxy.example:3128", IMPATIENT, None)
    assert address(pool) == ("proxy.example", 3128)


def test_connections_by_tls_lead_through_the_proxy() -> None:
    pool = open_pool("https://example.org/a", "http://proxy.example:3128", IMPATIENT, TlsOptions())
    assert address(pool) == ("example.org", 443)
    assert "proxy.example" in str(pool.proxy)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX: a\r\nX: b\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 4\nX: a\n\n",
        b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\ncontent-length:4\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\n",
        b"HTTP/1.1 200\r\nTransfer-Encoding: CHUNKED\r\nContent-Length: 4\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\nConnection: keep-alive\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 4\r\n\r\n",
    ],
)
def test_a_head_means_what_it_means_to_http_client(head: bytes) -> None:
    def read(make: Callable[[socket.socket], HTTPResponse]) -> tuple[object, ...]:
        here, there = socket.socketpair()
        with here, there:
            there.sendall(head + b"body")
            there.shutdown(socket.SHUT_WR)
            answer = make(here)
            answer.begin()
            fields = " ".join((answer.headers.get("X") or "").split())
            rest = b"" if answer.chunked else answer.read()
            return answer.status, answer.version, answer.reason, answer.chunked, answer.will_close, fields, rest

    assert read(partial(BoundedResponse, patience=get_patience())) == read(HTTPResponse)
