"""Fixtures for stages that get things from archives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from composelib.fetch import retry, suite
from composelib.fetch.http import Agent
from composelib.model.archive import Archive
from tests.kit.archive_server import ArchiveServer, serving
from tests.kit.archive_stages import IMPATIENT, ORIGIN, ArchiveStages
from tests.kit.tiny_archive import TinyArchive


@pytest.fixture
def mirror(archive: TinyArchive, monkeypatch: pytest.MonkeyPatch) -> Iterator[ArchiveServer]:
    """Return a mirror of the tiny archive, for clients that do not wait long."""
    monkeypatch.setattr(retry, "PATIENCE", IMPATIENT)
    agent = Agent(IMPATIENT)
    monkeypatch.setattr(suite, "AGENT", agent)
    archive.root.mkdir(parents=True)
    with serving(archive.root) as found:
        yield found
    agent.close()


@pytest.fixture
def getting(mirror: ArchiveServer, archive: TinyArchive, tmp_path: Path) -> ArchiveStages:
    """Return a compose of the tiny archive, which has one package, by way of the mirror."""
    archive.add("hello")
    archive.publish()
    made = Archive("tiny", ORIGIN, mirror.url, ("stable",), ("main",), archive.key.public)
    return ArchiveStages(tmp_path / "build", (made,))


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that is the working directory, as the checkout is when a compose is made."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder
