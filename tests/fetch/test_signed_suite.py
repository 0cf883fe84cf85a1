from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from composelib.errors import ComposeError, ConfigError
from composelib.fetch import suite
from composelib.fetch.http import Agent
from composelib.fetch.lockfile import LockedSuite
from composelib.fetch.signed_suite import (
    ask_suite,
    describe_source,
    find_pinned,
    locate_live,
    recall_offline,
    recall_settings,
)
from composelib.fetch.suite import LastAnswer, SignedSuite, SuiteMemory, load_memory
from composelib.fetch.verify import verify_text
from composelib.model.archive import Archive
from tests.kit.archive_server import ArchiveServer
from tests.kit.archive_stages import ORIGIN

SNAPSHOT = "20261101T000000Z"


@pytest.fixture
def memory(tmp_path: Path, agent: Agent, monkeypatch: pytest.MonkeyPatch) -> SuiteMemory:
    """Make an empty memory, for a process that has asked nothing."""
    monkeypatch.setattr(suite, "AGENT", agent)
    monkeypatch.setattr(suite, "ANSWERS", {})
    return load_memory(tmp_path / "memory")


@pytest.fixture
def live(server: ArchiveServer) -> Archive:
    """Publish an InRelease in an archive that is trusted."""
    publish(server.root, b"first")
    return Archive("tiny", ORIGIN, server.url, ("stable",), trusted=True)


def publish(root: Path, content: bytes) -> None:
    path = root / "dists/stable/InRelease"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def remember(memory: SuiteMemory, archive: Archive, signed: SignedSuite) -> None:
    """Store an answer as the stage does once it is verified."""
    source = describe_source(archive)
    memory.suites["stable"] = LastAnswer(source, signed.base, signed.url, signed.sha256, "", "", "", 1, None)
    memory.keep(signed.content, signed.signature)
    suite.ANSWERS.clear()


def pin(signed: SignedSuite) -> LockedSuite:
    return LockedSuite(url=signed.url, sha256=signed.sha256, date=1)


def test_a_source_is_the_uri_and_the_snapshot(live: Archive) -> None:
    assert describe_source(live) == live.uri
    assert describe_source(replace(live, snapshot=SNAPSHOT)) == f"{live.uri} {SNAPSHOT}"


def test_the_archive_has_what_it_serves_now(live: Archive, memory: SuiteMemory) -> None:
    signed = ask_suite(live, memory, "stable")
    assert (signed.content, signed.url) == (b"first", f"{live.uri}/dists/stable/InRelease")


def test_offline_it_is_what_an_earlier_run_stored(live: Archive, memory: SuiteMemory, server: ArchiveServer) -> None:
    remember(memory, live, ask_suite(live, memory, "stable"))
    requests = len(server.requests)
    assert recall_offline(live, memory, "stable", None).content == b"first"
    assert len(server.requests) == requests


def test_offline_without_an_earlier_run_is_an_error_that_names_the_suite(live: Archive, memory: SuiteMemory) -> None:
    with pytest.raises(ComposeError, match="archive tiny, suite stable: offline, and no earlier run"):
        recall_offline(live, memory, "stable", None)


def test_a_locked_suite_is_the_stored_file_whatever_the_archive_serves(
    live: Archive, memory: SuiteMemory, server: ArchiveServer
) -> None:
    first = ask_suite(live, memory, "stable")
    remember(memory, live, first)
    publish(server.root, b"second")
    stored = find_pinned(live, memory, "stable", pin(first))
    assert stored
    assert stored.content == b"first"
    assert ask_suite(live, memory, "stable").content == b"second"


def test_a_locked_suite_that_is_not_stored_is_not_there(live: Archive, memory: SuiteMemory) -> None:
    locked = replace(pin(ask_suite(live, memory, "stable")), sha256="0" * 64)
    assert find_pinned(live, memory, "stable", locked) is None


def test_a_snapshot_in_the_uri_is_put_in(memory: SuiteMemory) -> None:
    archive = Archive("tiny", ORIGIN, "http://example.org/{snapshot}", ("stable",), snapshot=SNAPSHOT)
    assert locate_live(archive, memory, "stable").bases == (f"http://example.org/{SNAPSHOT}/",)


def test_a_text_of_a_trusted_archive_needs_no_signature(live: Archive, memory: SuiteMemory) -> None:
    assert verify_text(live, ask_suite(live, memory, "stable"), memory.folder).text == b"first"


def test_a_text_is_verified_by_some_keyring_or_the_archive_is_trusted(live: Archive, memory: SuiteMemory) -> None:
    signed = ask_suite(live, memory, "stable")
    with pytest.raises(ConfigError, match="archive tiny needs `signed-by`, or `trusted: true`"):
        verify_text(replace(live, trusted=False), signed, memory.folder)


def test_apts_settings_are_stored_where_a_run_has_made_the_folder_and_nowhere_else(tmp_path: Path) -> None:
    absent, present = tmp_path / "build/acme/apt.json", tmp_path / "apt.json"
    assert recall_settings(absent, "state") == recall_settings(present, "state")
    assert not absent.parent.parent.exists()
    assert present.is_file()
