from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from composelib.errors import MachineError, TrustError
from composelib.fetch.download import Download
from composelib.fetch.errors import NotThereError
from composelib.fetch.store import Store, open_store
from composelib.fetch.transfer import combine, transfer
from tests.kit import archive_server as bad
from tests.kit.archive_server import ArchiveServer
from tests.kit.archive_stages import IMPATIENT


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Make an empty store."""
    return open_store(tmp_path / "store")


def serve_files(server: ArchiveServer, store: Store, count: int) -> list[Download]:
    """Serve files, and list them as to be fetched."""
    files = []
    for number in range(count):
        content = f"file {number}".encode() * (number + 1)
        (server.root / str(number)).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        urls = (f"{server.url}/{number}",)
        files.append(Download(digest, len(content), urls, store.locate(digest), f"package {number}", str(number)))
    return files


def test_all_files_are_in_the_store_and_its_record(server: ArchiveServer, store: Store) -> None:
    files = serve_files(server, store, 30)
    transfer(store, files, connections=4, patience=IMPATIENT)
    assert sorted(open_store(store.root).ledger.signatures) == sorted(file.digest for file in files)


def test_no_more_connections_are_opened_than_allowed(server: ArchiveServer, store: Store) -> None:
    transfer(store, serve_files(server, store, 30), connections=4, patience=IMPATIENT)
    assert len({request.port for request in server.requests}) <= 4


def test_a_file_that_is_listed_twice_is_fetched_once(server: ArchiveServer, store: Store) -> None:
    transfer(store, serve_files(server, store, 1) * 2, patience=IMPATIENT)
    assert server.paths() == ["0"]


def test_nothing_to_do_is_no_error(store: Store) -> None:
    transfer(store, [], patience=IMPATIENT)


def test_one_failure_keeps_no_other_file_away(server: ArchiveServer, store: Store) -> None:
    files = serve_files(server, store, 10)
    server.fault("3", bad.status(404))
    with pytest.raises(NotThereError, match="package 3"):
        transfer(store, files, patience=IMPATIENT)
    assert sum(file.target.exists() for file in files) == 9


def test_errors_are_combined_into_the_gravest() -> None:
    error = combine([NotThereError("a"), TrustError("b", "hint"), MachineError("c")])
    assert isinstance(error, TrustError)
    assert str(error) == "3 files could not be fetched: a; b; c; hint"


def test_a_long_list_of_errors_is_cut() -> None:
    assert "; and 2 more, see the log" in str(combine([NotThereError("a")] * 12))
