"""Whatever a server sends ends as an error of ours in bounded time, or as the file."""

from __future__ import annotations

import gzip
import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composelib.errors import ComposeError, ConfigError, TrustError
from composelib.fetch.document import fetch_document
from composelib.fetch.errors import NetworkError
from composelib.fetch.http import Agent
from tests.kit import archive_server as bad
from tests.kit.archive_server import ArchiveServer

OK = b"HTTP/1.1 200 OK\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
LIMIT = 1_000_000


@pytest.mark.parametrize(
    "location",
    [
        "http://x:99999/",
        "http://x:-1/",
        "http://x:port/",
        "http://[::1/x",
        f"http://{'a' * 300}/",
        "http://a b/",
    ],
)
def test_a_redirect_to_what_is_not_a_url_is_refused(server: ArchiveServer, agent: Agent, location: str) -> None:
    server.fault("file", bad.redirect(location))
    with pytest.raises(TrustError, match=r"file: redirected to http://?.*, which is not a URL"):
        fetch_document(agent, f"{server.url}/file", LIMIT)


def test_a_redirect_that_names_nothing_is_refused(server: ArchiveServer, agent: Agent) -> None:
    server.fault("file", bad.status(302))
    with pytest.raises(NetworkError, match="302 without a Location"):
        fetch_document(agent, f"{server.url}/file", LIMIT)


def test_blanks_in_a_redirect_are_encoded_as_apt_does(server: ArchiveServer, agent: Agent) -> None:
    server.fault("file", bad.redirect("/blob?cd=attachment; filename=foo 1"))
    server.fault("blob", bad.replace_content(b"blob"))
    assert fetch_document(agent, f"{server.url}/file", LIMIT).content == b"blob"
    assert server.requests[-1].target == "/blob?cd=attachment;%20filename=foo%201"


def test_bytes_in_a_redirect_are_encoded_as_they_came(server: ArchiveServer, agent: Agent) -> None:
    location = "/bl\N{LATIN SMALL LETTER O WITH DIAERESIS}b".encode()
    server.fault("file", bad.raw(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"))
    server.fault("bl*", bad.replace_content(b"blob"))
    assert fetch_document(agent, f"{server.url}/file", LIMIT).content == b"blob"
    assert server.requests[-1].target == "/bl%C3%B6b"


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 403 \x1b[2J\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: file:///\x1b[31mx\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[\x1b[31m/\r\n\r\n",
        b"\x1b[2J\r\n\r\n",
        OK + b"Content-Length: \x1b[2J\r\n\r\n",
        OK + b"Content-Encoding: \x1b[2J\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_no_message_has_what_a_terminal_obeys(
    server: ArchiveServer, agent: Agent, head: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    server.fault("file", bad.raw(head))
    with pytest.raises(ComposeError) as caught:
        fetch_document(agent, f"{server.url}/file", LIMIT)
    lines = f"{caught.value}\n{capsys.readouterr().out}".splitlines()
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("status", [100, 102, 103])
def test_an_interim_answer_is_skipped(server: ArchiveServer, agent: Agent, status: int) -> None:
    interim = f"HTTP/1.1 {status} Wait\r\nLink: x\r\n\r\n".encode()
    server.fault("file", bad.raw(interim + interim + OK + b"Content-Length: 1\r\n\r\nx"))
    assert fetch_document(agent, f"{server.url}/file", LIMIT).content == b"x"


@pytest.mark.parametrize(
    ("beginning", "repeated"),
    [
        (b"", CONTINUE),
        (b"", CONTINUE.replace(b"100", b"103")),
        (OK, b"A: b\r\n"),
        (OK + b"A: ", b"a"),
        (b"", b"a"),
        (b"", b"HTTP/1.1 200 OK\r\n"),
        (CHUNKED, b"1"),
        (CHUNKED + b"1\r\nx\r\n0\r\n", b"A: b\r\n"),
        (CHUNKED + b"1;", b"a"),
    ],
)
@pytest.mark.parametrize("pause", [0, 0.01])
def test_headers_without_end_are_given_up(
    server: ArchiveServer, agent: Agent, beginning: bytes, repeated: bytes, pause: float
) -> None:
    agent.patience = replace(agent.patience, head=0.3, tries=1)
    server.fault("file", bad.endless_raw(beginning, repeated, pause))
    began = time.monotonic()
    with pytest.raises(NetworkError, match="no answer in time" if pause else "not an answer in HTTP|no answer in time"):
        fetch_document(agent, f"{server.url}/file", LIMIT)
    assert time.monotonic() - began < 5


def test_a_proxys_answer_to_connect_has_an_end_as_well(
    server: ArchiveServer, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bad.Handler, "do_CONNECT", bad.Handler.do_GET, raising=False)
    monkeypatch.setenv("https_proxy", server.url)
    agent.patience = replace(agent.patience, head=0.3, tries=1)
    server.fault("*", bad.endless_raw(OK, b"A: b\r\n", 0.01))
    with pytest.raises(NetworkError, match="no answer in time"):
        fetch_document(agent, "https://somewhere.invalid/file", LIMIT)


def test_the_body_of_an_error_that_drips_is_left(server: ArchiveServer, agent: Agent) -> None:
    head = b"HTTP/1.1 404 Not Found\r\nContent-Length: 100000\r\n\r\n"
    server.fault("file", bad.endless_raw(head, b"x", 0.02))
    began = time.monotonic()
    with pytest.raises(NetworkError, match="404"):
        fetch_document(agent, f"{server.url}/file", LIMIT)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("chunks", [b"x\r\n", b"-1\r\nx\r\n", b"", b"5\r\nab", b"\xff\r\n", b"1\r\nxy\r\n", b"1\r\nx"])
def test_bad_chunks_are_told_as_such(server: ArchiveServer, agent: Agent, chunks: bytes) -> None:
    server.fault("file", bad.raw(CHUNKED + chunks))
    with pytest.raises(NetworkError, match="not an answer in HTTP"):
        fetch_document(agent, f"{server.url}/file", LIMIT)


@pytest.mark.parametrize("length", [b"-1", b"x", b"1_0", b"\xb2", b"7, 8", b"9" * 5000])
def test_a_length_that_is_none_is_refused(server: ArchiveServer, agent: Agent, length: bytes) -> None:
    server.fault("file", bad.raw(OK + b"Content-Length: " + length + b"\r\n\r\ncontent"))
    with pytest.raises(NetworkError, match="not an answer in HTTP"):
        fetch_document(agent, f"{server.url}/file", LIMIT)


def pack(content: bytes, encoding: bytes = b"gzip") -> bad.How:
    return bad.raw(OK + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (encoding, len(content)) + content)


def test_a_file_that_comes_compressed_unasked_is_unpacked(server: ArchiveServer, agent: Agent) -> None:
    server.fault("file", pack(gzip.compress(b"content")))
    assert fetch_document(agent, f"{server.url}/file", LIMIT).content == b"content"


@pytest.mark.parametrize(
    ("content", "encoding", "message"),
    [
        (b"x", b"br", "file: comes with Content-Encoding: br, which was not requested"),
        (b"content", b"gzip", "file: comes with Content-Encoding: gzip, which was not requested; it is damaged"),
        (
            gzip.compress(b"content", mtime=0)[:-9],
            b"gzip",
            "Content-Encoding: gzip, which was not requested; it is cut off",
        ),
        (gzip.compress(bytes(100 * LIMIT), mtime=0), b"gzip", f"file: longer than {LIMIT} bytes"),
    ],
)
def test_an_encoding_that_cannot_be_undone_is_named(
    server: ArchiveServer, agent: Agent, content: bytes, encoding: bytes, message: str
) -> None:
    server.fault("file", pack(content, encoding))
    with pytest.raises(TrustError, match=message):
        fetch_document(agent, f"{server.url}/file", LIMIT)


def test_a_packed_file_may_say_how_it_is_packed(server: ArchiveServer, agent: Agent) -> None:
    server.fault("file.tar.gz", bad.raw(OK + b"Content-Encoding: x-gzip\r\nContent-Length: 1\r\n\r\nx"))
    assert fetch_document(agent, f"{server.url}/file.tar.gz", LIMIT).content == b"x"


def test_a_head_that_is_not_utf8_is_read(server: ArchiveServer, agent: Agent) -> None:
    server.fault("file", bad.raw(b"HTTP/1.1 200 \xff\xfe\r\nX: \x80\r\n\xe4: y\r\nContent-Length: 1\r\n\r\nx"))
    assert fetch_document(agent, f"{server.url}/file", LIMIT).content == b"x"


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/", "http://[::1/x", f"http://{'a' * 300}/", "http:///x"])
def test_a_config_that_names_no_server_is_told(agent: Agent, url: str) -> None:
    with pytest.raises(ConfigError, match="not a URL"):
        fetch_document(agent, url, LIMIT)


HEADS = st.lists(
    st.sampled_from(
        [
            b"HTTP/1.1 ",
            b"HTTP/1.0 ",
            b"200",
            b"302",
            b"404",
            b" ",
            b"\r\n",
            b"\n",
            b"Content-Length: ",
            b"Location: ",
            b"Transfer-Encoding: chunked",
            b"Retry-After: ",
            b"503",
            b"9",
            b"-",
            b":",
            b"//",
            b"http",
            b"[",
            b"\xb2",
            b"\0",
            b"\x1b",
            b"\x85",
            b"\r",
            b"Content-Range: bytes ",
            b"206",
            b"/",
            b"5\r\nabcde\r\n",
            b"0\r\n\r\n",
        ]
    )
    | st.binary(max_size=3),
    max_size=24,
).map(b"".join)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HEADS)
def test_any_bytes_end_as_a_file_or_an_error_of_ours(server: ArchiveServer, agent: Agent, answer: bytes) -> None:
    agent.patience = replace(agent.patience, tries=1, connect=0.3)
    server.faults[:] = [bad.Fault("file", bad.raw(b"HTTP/1.1 2" + answer if len(answer) % 2 else answer))]
    message = ""
    try:
        fetch_document(agent, f"{server.url}/file", 1000)
    except ComposeError as error:
        message = str(error)
    assert message.isprintable()
