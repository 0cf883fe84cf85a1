from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from composelib.errors import ConfigError, TrustError
from composelib.fetch import apt_auth, http
from composelib.fetch.access import Access, TlsOptions
from composelib.fetch.document import fetch_document
from composelib.fetch.errors import NetworkError
from composelib.fetch.http import Agent
from tests.kit import archive_server as bad
from tests.kit.archive_server import ArchiveServer
from tests.kit.archive_stages import IMPATIENT
from tests.kit.tls_server import listening, make_certificate, make_server_context

TEN_SECONDS = "Thu, 01 Jan 1970 00:00:10 GMT"


def test_one_connection_serves_many_requests(server: ArchiveServer, agent: Agent) -> None:
    for _ in range(5):
        assert fetch_document(agent, f"{server.url}/file", 100).content == b"content"
    assert len({request.port for request in server.requests}) == 1


def test_a_connection_outlives_an_answer_that_is_an_error(server: ArchiveServer, agent: Agent) -> None:
    with pytest.raises(NetworkError):
        fetch_document(agent, f"{server.url}/absent", 100)
    fetch_document(agent, f"{server.url}/file", 100)
    assert len({request.port for request in server.requests}) == 1


def test_a_kept_connection_that_the_server_closed_meanwhile_is_made_anew(server: ArchiveServer, agent: Agent) -> None:
    fetch_document(agent, f"{server.url}/file", 100)
    server.fault("file", lambda handler, _: handler.hang_up(), times=1)
    assert fetch_document(agent, f"{server.url}/file", 100).content == b"content"


def test_a_forked_child_leaves_its_parents_connections_alone(server: ArchiveServer, agent: Agent) -> None:
    fetch_document(agent, f"{server.url}/file", 100)
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if fetch_document(agent, f"{server.url}/file", 100).content == b"content" else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert fetch_document(agent, f"{server.url}/file", 100).content == b"content"
    ports = [request.port for request in server.requests]
    assert ports[0] == ports[2] != ports[1]


def test_an_answer_that_is_not_http_is_told_as_such(agent: Agent) -> None:
    class Nonsense(BaseHTTPRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 this is FTP\r\n")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Nonsense)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    with pytest.raises(NetworkError, match="not an answer in HTTP"):
        fetch_document(agent, f"http://127.0.0.1:{server.server_address[1]}/", 100)
    server.shutdown()
    server.server_close()


def test_row_20_a_black_hole_is_given_up_in_time() -> None:
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        filler = [socket.create_connection(hole.getsockname(), 1)]  # the queue is full: no more is answered
        began = time.monotonic()
        quick = Agent(replace(IMPATIENT, connect=0.2, tries=2))
        with pytest.raises(NetworkError, match="no answer in time"):
            fetch_document(quick, f"http://127.0.0.1:{hole.getsockname()[1]}/", 100)
        assert time.monotonic() - began < 3
        filler[0].close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate of 127.0.0.1 that nobody vouches for, with its key in the same file."""
    return make_certificate(tmp_path_factory.mktemp("tls") / "server.pem")


@pytest.fixture
def secure(server: ArchiveServer, certificate: Path) -> Iterator[str]:
    """Serve the same by TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with listening(server, context) as url:
        yield url


def trust(agent: Agent, authority: Path, **options: Any) -> None:
    """Let servers by TLS be trusted if a certificate that `authority` vouches for says who they are."""
    agent.accesses["https://"] = Access(certificate=TlsOptions(authority.with_suffix(".crt"), **options))


def test_row_22_a_certificate_that_nobody_vouches_for_is_refused_at_once(
    secure: str, agent: Agent, server: ArchiveServer
) -> None:
    with pytest.raises(TrustError, match="its certificate is not trusted: self-signed certificate"):
        fetch_document(agent, f"{secure}/file", 100)
    assert not server.requests


def test_a_server_that_is_vouched_for_is_spoken_to(secure: str, agent: Agent, certificate: Path) -> None:
    trust(agent, certificate)
    assert fetch_document(agent, f"{secure}/file", 100).content == b"content"


def test_archives_share_connections_if_they_trust_the_same_by_tls_and_only_then(
    secure: str, agent: Agent, certificate: Path, server: ArchiveServer
) -> None:
    trusting = TlsOptions(certificate.with_suffix(".crt"))
    for access in (Access(certificate=trusting), Access(certificate=trusting)):
        agent.accesses[secure] = access
        assert fetch_document(agent, f"{secure}/file", 100).content == b"content"
    assert len({request.port for request in server.requests}) == 1
    agent.accesses[secure] = Access()
    with pytest.raises(TrustError, match="its certificate is not trusted"):
        fetch_document(agent, f"{secure}/file", 100)


def test_of_several_archives_at_a_server_the_one_whose_url_is_the_nearest_says_how_it_is_reached(agent: Agent) -> None:
    outer, inner = (Access(certificate=TlsOptions(Path(name))) for name in ("outer", "inner"))
    agent.accesses |= {"https://h/": outer, "https://h/inner/": inner}
    assert agent.find_access("https://h/inner/x") is inner
    assert agent.find_access("https://h/x") is outer


def test_a_certificate_of_ours_is_shown_to_a_server_that_requires_one(
    agent: Agent, certificate: Path, server: ArchiveServer
) -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    serving.load_verify_locations(certificate.with_suffix(".crt"))
    serving.verify_mode = ssl.CERT_REQUIRED
    with listening(server, serving) as url:
        trust(agent, certificate)
        with pytest.raises(NetworkError):
            fetch_document(agent, f"{url}/file", 100)
        trust(agent, certificate, certificate=certificate, key=certificate)
        assert fetch_document(agent, f"{url}/file", 100).content == b"content"


def test_row_21_a_redirect_from_https_to_http_is_refused(
    secure: str, agent: Agent, server: ArchiveServer, certificate: Path
) -> None:
    trust(agent, certificate)
    server.fault("file", bad.redirect(f"{server.url}/other"))
    with pytest.raises(TrustError, match="refused to be redirected to http://"):
        fetch_document(agent, f"{secure}/file", 100)


def test_row_23_a_proxy_is_asked_in_place_of_the_server(
    server: ArchiveServer, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url.replace("http://", "http://me:secret@"))
    assert fetch_document(agent, "http://somewhere.invalid/file", 100).content == b"content"
    (request,) = server.requests
    assert request.target == "http://somewhere.invalid/file"
    assert request.headers["Proxy-Authorization"] == "Basic bWU6c2VjcmV0"


def test_row_23_https_goes_through_a_proxys_tunnel(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    targets = []

    class Proxy(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            targets.append(self.path)
            self.send_error(403)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("https_proxy", f"127.0.0.1:{server.server_address[1]}")
    with pytest.raises(NetworkError, match="403"):
        fetch_document(agent, "https://somewhere.invalid/file", 100)
    assert targets[0] == "somewhere.invalid:443"
    server.shutdown()
    server.server_close()


def test_row_23_a_proxy_that_cannot_be_used_is_refused_in_so_many_words(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "socks5://me:secret@127.0.0.1:1080")
    with pytest.raises(ConfigError, match=r"http_proxy: cannot use the proxy socks5://127\.0\.0\.1:1080; use an http"):
        fetch_document(agent, "http://somewhere.invalid/file", 100)


def test_a_login_of_apt_is_sent_and_shown_nowhere(
    server: ArchiveServer, agent: Agent, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = apt_auth.Login(f"{server.url}/private/", "me", "secret")
    monkeypatch.setattr(apt_auth, "read_logins", lambda: (entry,))
    server.fault("private/*", bad.status(403))
    with pytest.raises(NetworkError, match="403") as caught:
        fetch_document(agent, f"{server.url}/private/file", 100)
    assert server.requests[0].headers["Authorization"] == "Basic bWU6c2VjcmV0"
    assert "secret" not in str(caught.value) + repr(entry) + capsys.readouterr().out


def test_a_login_of_apt_is_not_sent_elsewhere(
    server: ArchiveServer, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apt_auth, "read_logins", lambda: (apt_auth.Login(f"{server.url}/private/", "me", "secret"),))
    server.fault("private/*", bad.redirect("/file"))
    fetch_document(agent, f"{server.url}/private/x", 100)
    fetch_document(agent, f"{server.url}/file", 100)
    assert [("Authorization" in request.headers) for request in server.requests] == [True, False, False]


def test_a_login_in_a_url_is_sent_and_shown_nowhere(server: ArchiveServer, agent: Agent) -> None:
    url = server.url.replace("http://", "http://me:secret@")
    with pytest.raises(NetworkError) as caught:
        fetch_document(agent, f"{url}/absent", 100)
    assert server.requests[0].headers["Authorization"] == "Basic bWU6c2VjcmV0"
    assert "secret" not in str(caught.value)


def test_a_certificate_of_another_host_is_refused(secure: str, agent: Agent, certificate: Path) -> None:
    trust(agent, certificate)
    with pytest.raises(TrustError, match="its certificate is not trusted"):
        fetch_document(agent, secure.replace("127.0.0.1", "localhost") + "/file", 100)


def test_a_certificate_of_a_name_does_not_vouch_for_its_address(
    server: ArchiveServer, agent: Agent, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path / "name.pem", "DNS:localhost")
    trust(agent, certificate)
    with listening(server, make_server_context(certificate)) as url:
        with pytest.raises(TrustError, match="its certificate is not trusted"):
            fetch_document(agent, f"{url}/file", 100)
        named = url.replace("127.0.0.1", "localhost")
        assert fetch_document(agent, f"{named}/file", 100).content == b"content"


def test_a_certificate_of_another_host_is_taken_where_apt_is_told_to(
    secure: str, agent: Agent, certificate: Path
) -> None:
    trust(agent, certificate, verify_host=False)
    for host in ("127.0.0.1", "localhost"):
        assert fetch_document(agent, secure.replace("127.0.0.1", host) + "/file", 100).content == b"content"


def test_a_server_that_speaks_no_tls_is_told_as_such(server: ArchiveServer, agent: Agent) -> None:
    with pytest.raises(NetworkError, match="TLS: "):
        fetch_document(agent, server.url.replace("http:", "https:") + "/file", 100)


def test_connections_to_ever_more_servers_are_not_all_kept(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MOST_SERVERS", 3)
    for port in range(1, 6):
        with pytest.raises(NetworkError):
            fetch_document(agent, f"http://127.0.0.1:{port}/", 100)
    assert len(agent.servers) <= 3


def test_a_proxy_that_refuses_is_named(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://me:secret@127.0.0.1:1")
    with pytest.raises(NetworkError, match=r"connection refused \(by the proxy http://127\.0\.0\.1:1\)"):
        fetch_document(agent, "http://somewhere.invalid/file", 100)


def test_a_dead_proxy_of_apt_is_named(agent: Agent) -> None:
    agent.accesses["http://deb.example.org/"] = Access({"acquire::http::proxy": "http://127.0.0.1:1"})
    with pytest.raises(NetworkError, match=r"connection refused \(by the proxy http://127\.0\.0\.1:1\)"):
        fetch_document(agent, "http://deb.example.org/x", 100)


def test_nothing_heavy_is_loaded_before_a_request_is_made() -> None:
    program = (
        "import sys\n"
        "from composelib.actions import buildinstall, extra_files, fetch, inrelease, pkgset\n"
        "assert 'composelib.fetch.http' in sys.modules\n"
        "print(*({'urllib3', 'ssl', 'http.client'} & set(sys.modules)))"
    )
    printed = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert printed.split() == []
