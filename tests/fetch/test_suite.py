from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from composelib.errors import TrustError
from composelib.fetch import suite
from composelib.fetch.http import Agent
from composelib.fetch.suite import (
    LastAnswer,
    SuiteMemory,
    Whereabouts,
    hash_content,
    load_memory,
    make_last_token,
    request_signed,
)
from tests.kit.archive_server import ArchiveServer


@pytest.fixture
def memory(tmp_path: Path, agent: Agent, monkeypatch: pytest.MonkeyPatch) -> SuiteMemory:
    """Make an empty memory, for a process that has asked nothing."""
    monkeypatch.setattr(suite, "AGENT", agent)
    monkeypatch.setattr(suite, "ANSWERS", {})
    return load_memory(tmp_path / "memory")


@pytest.fixture
def published(server: ArchiveServer) -> Path:
    """Publish an InRelease, which nobody verifies here."""
    path = server.root / "dists/stable/InRelease"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"first")
    return path


def ask_now(memory: SuiteMemory, server: ArchiveServer) -> suite.SignedSuite:
    return request_signed(memory, "source", "stable", lambda: Whereabouts((f"{server.url}/",)))


def remember(memory: SuiteMemory, signed: suite.SignedSuite) -> LastAnswer:
    """Store an answer as the stage does once it is verified."""
    last = LastAnswer("source", signed.base, signed.url, signed.sha256, "", signed.etag, signed.modified, 1, None)
    memory.suites["stable"] = last
    memory.keep(signed.content, signed.signature)
    memory.save()
    suite.ANSWERS.clear()
    return last


def test_a_suite_is_requested_once_a_process(memory: SuiteMemory, server: ArchiveServer, published: Path) -> None:
    assert ask_now(memory, server).content == published.read_bytes() == ask_now(memory, server).content
    assert len(server.requests) == 1


def test_a_failure_is_raised_again_without_a_request(memory: SuiteMemory, server: ArchiveServer) -> None:
    for _ in range(2):
        with pytest.raises(TrustError, match="neither InRelease nor Release is there; is stable a suite"):
            ask_now(memory, server)
    assert server.paths() == ["dists/stable/InRelease", "dists/stable/Release"]


def test_an_unchanged_suite_has_the_token_of_the_memory(
    memory: SuiteMemory, server: ArchiveServer, published: Path
) -> None:
    last = remember(memory, ask_now(memory, server))
    assert ask_now(load_memory(memory.folder), server).token == make_last_token(last, "stable")
    published.write_bytes(b"second")
    suite.ANSWERS.clear()
    assert ask_now(memory, server).token != make_last_token(last, "stable")


@pytest.mark.usefixtures("published")
def test_the_memory_of_another_source_is_not_used(memory: SuiteMemory, server: ArchiveServer) -> None:
    remember(memory, ask_now(memory, server))
    assert memory.recall("stable", "source")
    assert memory.recall("stable", "another") is None


def test_an_inrelease_that_has_gone_is_looked_for_as_a_release(
    memory: SuiteMemory, server: ArchiveServer, published: Path
) -> None:
    remember(memory, ask_now(memory, server))
    published.rename(published.with_name("Release"))
    published.with_name("Release.gpg").write_bytes(b"signature")
    signed = ask_now(memory, server)
    assert (signed.content, signed.signature) == (b"first", b"signature")


def test_a_signed_file_that_was_damaged_is_not_used(memory: SuiteMemory) -> None:
    memory.keep(b"content", b"")
    digest = hash_content(b"content")
    assert memory.signed(digest) == (b"content", b"")
    (memory.folder / "signed" / digest).write_bytes(b"damaged")
    assert memory.signed(digest) is None


@pytest.mark.parametrize("damage", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/proc/version")])
@pytest.mark.parametrize("suffix", ["", ".gpg"])
def test_a_signed_file_that_is_no_file_any_more_is_replaced(
    memory: SuiteMemory, damage: Callable[[Path], None], suffix: str
) -> None:
    path = memory.folder / "signed" / hash_content(b"content")
    path.parent.mkdir(parents=True)
    damage(path.with_suffix(suffix))
    memory.keep(b"content", b"signature")
    assert memory.signed(path.name) == (b"content", b"signature")
