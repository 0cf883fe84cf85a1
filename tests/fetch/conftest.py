"""Fixtures for what asks servers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from composelib.fetch import apt_auth
from composelib.fetch.http import Agent
from composelib.fetch.store import Store, open_store
from tests.kit.archive_server import ArchiveServer, serving
from tests.kit.archive_stages import IMPATIENT

SHA256 = hashlib.sha256(b"x").hexdigest()
"""Of the one file that the fixture `store` has."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ArchiveServer]:
    """Serve a folder with one file."""
    (tmp_path / "file").write_bytes(b"content")
    with serving(tmp_path) as mirror:
        yield mirror


@pytest.fixture
def agent() -> Iterator[Agent]:
    """Make an agent that does not wait long."""
    agent = Agent(IMPATIENT)
    yield agent
    agent.close()


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what this machine's environment and apt say."""
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(apt_auth, "read_logins", lambda: ())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Make a store with one file that the ledger lacks."""
    store = open_store(tmp_path / "sha256")
    store.locate(SHA256).parent.mkdir(parents=True)
    store.locate(SHA256).write_bytes(b"x")
    return store
