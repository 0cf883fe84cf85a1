"""Archives with `uri: host`, and others behind client certificates, by real servers and this machine's real apt."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from composelib.errors import ComposeError, ConfigError
from composelib.fetch import apt_auth, suite
from composelib.model.archive import ClientCertificate
from composelib.tools import apt
from tests.kit.archive_server import ArchiveServer, serving
from tests.kit.archive_stages import ORIGIN, ArchiveStages
from tests.kit.client_apt import ClientApt, make_apt
from tests.kit.tiny_archive import DATE, Key, TinyArchive, gpg
from tests.kit.tls_server import listening, make_certificate, make_server_context

DEAD = "http://127.0.0.1:1/debian"
REFUSED = "(?i)certificate|eof occurred"
"""What is said where a certificate is wanted: OpenSSL's words depend on what arrives first, and on what was trusted before."""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClientApt:
    """Make an apt without sources that counts as the machine's."""
    client = make_apt(tmp_path / "machine", "")
    config = client.root / "apt.conf"
    config.write_text(config.read_text().replace('Acquire::http::Proxy "DIRECT";\n', ""))
    monkeypatch.setenv("APT_CONFIG", str(config))
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    return client


@pytest.fixture
def hosted(getting: ArchiveStages) -> Iterator[ArchiveStages]:
    """Let the tiny archive be the mirror of the machine's apt."""
    forget()
    getting.change(uri="host")
    yield getting
    forget()


def forget() -> None:
    for cached in (apt.read_indices, apt.read_settings, apt_auth.read_logins):
        cached.cache_clear()
    suite.AGENT.close()
    suite.AGENT.accesses.clear()


def write_sources(machine: ClientApt, text: str, suffix: str = "list") -> None:
    (machine.root / f"etc/apt/sources.list.d/own.{suffix}").write_text(text)


def add_settings(machine: ClientApt, text: str) -> None:
    with (machine.root / "apt.conf").open("a") as config:
        config.write(text + "\n")


def fetch_all(stages: ArchiveStages) -> None:
    """Get everything, to the last package."""
    stages.all()
    stages.choose_all()
    assert len(stages.fetch()) == 1


def test_a_dead_first_mirror_leads_to_the_second(
    hosted: ArchiveStages, machine: ClientApt, mirror: ArchiveServer, key: Key
) -> None:
    block = gpg(key.home, "--armor", "--export", key.fingerprint).decode()
    inline = "".join(f" {line or '.'}\n" for line in block.splitlines())
    text = f"Types: deb\nURIs: {DEAD} {mirror.url}\nSuites: stable\nComponents: main\nSigned-By:\n{inline}"
    write_sources(machine, text, "sources")
    fetch_all(hosted)


def test_a_mirror_that_lacks_files_is_helped_out_by_the_next(
    hosted: ArchiveStages, machine: ClientApt, archive: TinyArchive, mirror: ArchiveServer, tmp_path: Path
) -> None:
    partial = tmp_path / "partial"
    shutil.copytree(archive.root / "dists", partial / "dists")
    shutil.rmtree(partial / "dists/stable/main")
    with serving(partial) as first:
        write_sources(
            machine, f"deb [arch=amd64 signed-by=/k.gpg] {first.url} stable main\ndeb {mirror.url} stable main\n"
        )
        fetch_all(hosted)
    assert first.paths("*InRelease")
    assert not mirror.paths("*InRelease")
    assert mirror.paths("*.deb")


def test_components_come_from_different_mirrors(
    hosted: ArchiveStages, machine: ClientApt, archive: TinyArchive, mirror: ArchiveServer, tmp_path: Path
) -> None:
    other = TinyArchive(tmp_path / "contrib", archive.key, components=("contrib",))
    other.add("extra", component="contrib")
    other.publish(by_hash=False)
    with serving(other.root) as there:
        write_sources(machine, f"deb {mirror.url} stable main\ndeb {there.url} stable contrib\n")
        hosted.change(components=("main", "contrib"))
        assert hosted.all().count(b"Package: ") == 2
        hosted.choose_all()
        assert len(hosted.fetch()) == 2
        (token,) = hosted.probe()
        other.publish(by_hash=False, date=DATE + 1)
        suite.ANSWERS.clear()
        assert hosted.probe() != [token]


@pytest.mark.parametrize("by", ["file", "http"])
def test_a_list_of_mirrors_is_read(hosted: ArchiveStages, machine: ClientApt, mirror: ArchiveServer, by: str) -> None:
    mirrors = mirror.root / "mirrors.list"
    mirrors.write_text(f"{mirror.url}\tpriority:2\n{DEAD}\tpriority:1\n")
    uri = f"file:{mirrors}" if by == "file" else f"{mirror.url}/mirrors.list"
    write_sources(machine, f"deb mirror+{uri} stable main\n")
    fetch_all(hosted)


def test_the_proxy_of_apt_is_used_and_its_login_sent(
    hosted: ArchiveStages, machine: ClientApt, mirror: ArchiveServer
) -> None:
    write_sources(machine, "deb http://archive.invalid/debian stable main\n")
    (machine.root / "etc/apt/auth.conf.d").mkdir()
    (machine.root / "etc/apt/auth.conf.d/own").write_text("machine http://archive.invalid login me password CANARY\n")
    add_settings(
        machine, f'Acquire::http::Proxy "http://127.0.0.1:1";\nAcquire::http::Proxy::archive.invalid "{mirror.url}";'
    )
    (mirror.root / "debian").symlink_to(".")
    fetch_all(hosted)
    assert {request.target.partition("/debian")[0] for request in mirror.requests} == {"http://archive.invalid"}
    assert all("Authorization" in request.headers for request in mirror.requests)


def test_authorities_and_certificates_of_apt_are_used(
    hosted: ArchiveStages, machine: ClientApt, mirror: ArchiveServer, tmp_path: Path
) -> None:
    server, client = make_certificate(tmp_path / "server.pem"), make_certificate(tmp_path / "client.pem", "DNS:client")
    with listening(mirror, make_server_context(server, client.with_suffix(".crt"))) as url:
        write_sources(machine, f"deb {url} stable main\n")
        with pytest.raises(ComposeError, match="certificate"):
            hosted.inrelease()
        forget()
        add_settings(
            machine,
            f'Acquire::https::CaInfo "{server.with_suffix(".crt")}";\nAcquire::https::SslCert::127.0.0.1 "{client}";\n'
            f'Acquire::https::SslKey::127.0.0.1 "{client}";',
        )
        fetch_all(hosted)


def test_a_suite_that_the_sources_do_not_name_is_at_the_same_mirror(
    hosted: ArchiveStages, machine: ClientApt, archive: TinyArchive, mirror: ArchiveServer
) -> None:
    write_sources(machine, f"deb {mirror.url} stable main\n")
    newer = TinyArchive(archive.root, archive.key, suite="testing")
    newer.add("hello", "2.0")
    newer.publish()
    hosted.change(suites=("testing",))
    assert b"Version: 2.0" in hosted.all()
    hosted.change(suites=("tasting",))
    with pytest.raises(
        ConfigError, match=r"tiny.yaml:3:5: .*apt has no suite tasting, nor has .*; its suites are stable"
    ):
        hosted.inrelease()
    hosted.change(suites=("stabel",))
    with pytest.raises(ConfigError, match=r"did you mean stable\?"):
        hosted.inrelease()


def test_an_archive_behind_client_certificates_is_read(
    getting: ArchiveStages, mirror: ArchiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, client = make_certificate(tmp_path / "server.pem"), make_certificate(tmp_path / "client.pem", "DNS:client")
    client.chmod(0o600)
    monkeypatch.setenv("SSL_CERT_FILE", str(server.with_suffix(".crt")))
    with listening(mirror, make_server_context(server, client.with_suffix(".crt"))) as url:
        getting.change(uri=url)
        with pytest.raises(ComposeError, match=REFUSED):
            getting.inrelease()
        certificate = ClientCertificate(ORIGIN, client.with_suffix(".crt"), client)
        getting.change(client_certificate=certificate)
        fetch_all(getting)
    words = subprocess.run(["grep", "-rl", "PRIVATE KEY", getting.build], capture_output=True, check=False).stdout
    assert words == b""
