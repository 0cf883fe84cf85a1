from __future__ import annotations

from pathlib import Path

import pytest

from composelib.errors import TrustError
from composelib.fetch.document import fetch_document
from composelib.fetch.errors import NetworkError, NotThereError
from composelib.fetch.http import Agent
from tests.kit import archive_server as bad
from tests.kit.archive_server import ArchiveServer


def test_a_file_that_has_not_changed_is_not_transferred(server: ArchiveServer, agent: Agent) -> None:
    first = fetch_document(agent, f"{server.url}/file", 100)
    assert first.content == b"content"
    assert fetch_document(agent, f"{server.url}/file", 100, etag=first.etag).content is None


def test_a_file_without_an_etag_is_requested_by_its_date(server: ArchiveServer, agent: Agent) -> None:
    fetch_document(agent, f"{server.url}/file", 100, modified="Thu, 01 Jan 1970 00:00:10 GMT")
    assert server.requests[0].headers["If-Modified-Since"] == "Thu, 01 Jan 1970 00:00:10 GMT"


def test_caches_on_the_way_are_passed_by(server: ArchiveServer, agent: Agent) -> None:
    fetch_document(agent, f"{server.url}/file", 100)
    assert server.requests[0].headers["Cache-Control"] == "max-age=0"


def test_unchanged_without_a_condition_is_no_document(server: ArchiveServer, agent: Agent) -> None:
    server.fault("file", bad.status(304))
    assert fetch_document(agent, f"{server.url}/file", 100).content == b""


@pytest.mark.parametrize("etag", ['"a\nb: c"', '"\u4e2d"'])
def test_an_etag_that_cannot_be_sent_is_an_error_of_ours(server: ArchiveServer, agent: Agent, etag: str) -> None:
    with pytest.raises(NetworkError):
        fetch_document(agent, f"{server.url}/file", 100, etag=etag)


def test_a_file_of_exactly_the_limit_is_read(server: ArchiveServer, agent: Agent) -> None:
    assert fetch_document(agent, f"{server.url}/file", 7).content == b"content"
    with pytest.raises(TrustError, match="longer than 6 bytes"):
        fetch_document(agent, f"{server.url}/file", 6)


def test_a_local_file_is_read_within_the_limit(tmp_path: Path, agent: Agent) -> None:
    (tmp_path / "a b").write_bytes(b"content")
    url = (tmp_path / "a b").as_uri()
    assert fetch_document(agent, url, 7).content == b"content"
    with pytest.raises(TrustError, match="longer than 6 bytes"):
        fetch_document(agent, url, 6)


def test_a_local_file_that_is_absent_is_not_there(tmp_path: Path, agent: Agent) -> None:
    with pytest.raises(NotThereError, match="no such file"):
        fetch_document(agent, (tmp_path / "absent").as_uri(), 7)
    with pytest.raises(NetworkError, match="Is a directory"):
        fetch_document(agent, tmp_path.as_uri(), 7)
