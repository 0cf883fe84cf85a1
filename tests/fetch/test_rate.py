"""Downloads keep to a limit together: all connections of all processes."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from composelib.engine.run import limit_downloads
from composelib.fetch.download import Download
from composelib.fetch.rate import DOWNLOADS
from composelib.fetch.store import open_store
from composelib.fetch.transfer import transfer
from composelib.model.limits import Limits
from tests.kit.archive_server import ArchiveServer

FILES, SIZE, RATE = 8, 60_000, 600_000


@pytest.fixture
def limited() -> Iterator[None]:
    """Limit what this process, and those that it forks, download."""
    limit_downloads(Limits(download=RATE))
    yield
    DOWNLOADS.limit(0)


def download(server: ArchiveServer, folder: Path) -> None:
    """Download all files, over several connections."""
    store = open_store(folder)
    files = []
    for number in range(FILES):
        content = server.content(f"file{number}")
        digest = hashlib.sha256(content).hexdigest()
        files.append(Download(digest, len(content), (f"{server.url}/file{number}",), store.locate(digest), "a file"))
    transfer(store, files, connections=4)


@pytest.mark.usefixtures("limited")
def test_two_processes_of_several_connections_each_keep_to_one_limit(server: ArchiveServer, tmp_path: Path) -> None:
    for number in range(FILES):
        (server.root / f"file{number}").write_bytes(os.urandom(SIZE))
    begun = time.monotonic()
    children = []
    for name in "ab":
        pid = os.fork()
        if not pid:
            download(server, tmp_path / name / "sha256")
            os._exit(0)
        children.append(pid)
    statuses = [os.waitpid(pid, 0)[1] for pid in children]
    seconds = time.monotonic() - begun
    assert statuses == [0, 0]
    assert len([path for path in tmp_path.glob("[ab]/sha256/*/*") if path.is_file()]) == 2 * FILES
    assert 0.2 * RATE < 2 * FILES * SIZE / seconds < 1.02 * RATE
