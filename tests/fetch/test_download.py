from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from composelib.errors import MachineError, TrustError
from composelib.fetch.download import BusyError, Download, lock_partial, obtain
from composelib.fetch.errors import NetworkError, NotThereError
from composelib.fetch.http import Agent
from composelib.fetch.retry import PROGRESS
from tests.kit import archive_server as bad
from tests.kit.archive_server import ArchiveServer

CONTENT = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def file(server: ArchiveServer, tmp_path: Path) -> Download:
    """Serve a file of some size."""
    (tmp_path / "big").write_bytes(CONTENT)
    return Download(SHA256, len(CONTENT), (f"{server.url}/big",), tmp_path / "store/big", "big 1 of archive tiny")


def test_a_file_arrives_read_only_and_its_url_is_returned(file: Download, agent: Agent) -> None:
    assert obtain(agent, file) == file.urls[0]
    assert file.target.read_bytes() == CONTENT
    assert file.target.stat().st_mode & 0o777 == 0o444


def test_a_file_that_exists_is_not_requested(file: Download, agent: Agent, server: ArchiveServer) -> None:
    obtain(agent, file)
    server.requests.clear()
    assert obtain(agent, file) == ""
    assert not server.requests


def test_every_block_is_counted(file: Download, agent: Agent) -> None:
    sizes: list[int] = []
    obtain(agent, file, sizes.append)
    assert sum(sizes) == len(CONTENT)


def test_nothing_is_left_of_a_file_that_is_nowhere(file: Download, agent: Agent, server: ArchiveServer) -> None:
    server.fault("big", bad.status(404))
    with pytest.raises(NotThereError, match=r"big 1 of archive tiny: .*404"):
        obtain(agent, file)
    assert not list(file.target.parent.iterdir())


def test_a_file_of_the_wrong_length_is_refused_before_it_is_transferred(
    file: Download, agent: Agent, server: ArchiveServer
) -> None:
    server.fault("big", bad.lengthen)
    sizes: list[int] = []
    with pytest.raises(TrustError, match=r"wanted 256000 bytes of SHA256 .*, got 256005 bytes \(tried 3 times\)"):
        obtain(agent, file, sizes.append)
    assert not sizes


def test_a_file_that_goes_on_for_ever_is_left_at_its_size(file: Download, agent: Agent, server: ArchiveServer) -> None:
    server.fault("big", bad.send_endless)
    sizes: list[int] = []
    with pytest.raises(TrustError, match="got at least"):
        obtain(agent, file, sizes.append)
    assert sum(sizes) <= 3 * len(CONTENT)


def test_garbage_that_breaks_off_again_and_again_has_an_end(
    file: Download, agent: Agent, server: ArchiveServer
) -> None:
    """One half of garbage is no progress beyond another, though each is larger than what makes progress."""

    def half(handler: bad.Handler, _path: str) -> None:
        if "Range" in handler.headers:
            handler.answer(206, b"", {"Content-Range": "bytes 0-0/1"})
            return
        handler.head(200, {"Content-Length": str(len(CONTENT))})
        handler.wfile.write(b"x" * (PROGRESS + 1000))
        handler.close_connection = True

    server.fault("big", half)
    with pytest.raises(TrustError, match="tried"):
        obtain(agent, file)
    assert len(server.requests) < 20


@pytest.mark.parametrize("span", ["bytes \x1b[2J", f"bytes {'9' * 5000}-9/9", "bytes \u00b2-9/9", ""])
def test_a_range_that_is_none_is_told_without_what_a_terminal_obeys(
    file: Download, agent: Agent, server: ArchiveServer, span: str
) -> None:
    file.target.parent.mkdir()
    file.partial.write_bytes(CONTENT[:10])
    server.fault("big", lambda handler, _: handler.answer(206, CONTENT, {"Content-Range": span}))
    with pytest.raises(TrustError, match="requested bytes from") as caught:
        obtain(agent, file)
    assert str(caught.value).isprintable()


def test_a_packed_answer_is_not_the_file(file: Download, agent: Agent, server: ArchiveServer) -> None:
    server.fault("big", lambda handler, _: handler.answer(200, b"x", {"Content-Encoding": "gzip"}))
    with pytest.raises(TrustError, match="got 1 bytes"):
        obtain(agent, file)


def test_the_worst_error_of_several_urls_is_raised(agent: Agent, server: ArchiveServer, tmp_path: Path) -> None:
    server.fault("wrong", bad.replace_content(b"wrong"))
    urls = (f"{server.url}/absent", f"{server.url}/wrong", f"{server.url}/absent")
    two = Download(SHA256, len(CONTENT), urls, tmp_path / "store/two", "two")
    with pytest.raises(TrustError, match="got 5 bytes"):
        obtain(agent, two)


def test_a_local_file_that_is_wrong_is_refused(tmp_path: Path, agent: Agent) -> None:
    (tmp_path / "local").write_bytes(b"other")
    wrong = Download(SHA256, len(CONTENT), ((tmp_path / "local").as_uri(),), tmp_path / "store/x", "x")
    with pytest.raises(TrustError, match="got SHA256"):
        obtain(agent, wrong)
    assert not wrong.target.exists()


def test_only_one_process_downloads_a_file(file: Download, agent: Agent) -> None:
    with lock_partial(file.partial), pytest.raises(BusyError):
        obtain(agent, file)


def test_a_link_in_place_of_the_unfinished_file_is_not_followed(file: Download, agent: Agent, tmp_path: Path) -> None:
    file.target.parent.mkdir()
    file.partial.symlink_to(tmp_path / "victim")
    with pytest.raises(MachineError, match="remove it, then run again"):
        obtain(agent, file)
    assert not (tmp_path / "victim").exists()


def test_a_refused_connection_names_the_package(agent: Agent, tmp_path: Path) -> None:
    file = Download(SHA256, 1, ("http://127.0.0.1:1/x",), tmp_path / "x", "nginx 1")
    with pytest.raises(NetworkError, match=r"nginx 1: http://127\.0\.0\.1:1/x: connection refused"):
        obtain(agent, file)
