from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composelib.fetch.archive_memory import ArchiveMemory, RememberedSuite, combine_states, list_uris, make_file_name

URI, SUITE = "http://example.org/debian", "stable"
STATE = RememberedSuite(1_700_000_000, {"Codename": "stable"}, ("amd64",), {"20261101T000000Z": "0" * 64})


@pytest.fixture
def memory(tmp_path: Path) -> ArchiveMemory:
    """Make the memory of a compose, with one state."""
    memory = ArchiveMemory(tmp_path / "store/archives", tmp_path / "one/archives")
    memory.remember([URI], SUITE, lambda _: STATE)
    return memory


def test_what_is_remembered_is_recalled(memory: ArchiveMemory) -> None:
    assert memory.recall([URI], SUITE) == STATE
    assert memory.recall([URI], "testing") is None
    assert memory.recall(["http://example.org/ubuntu"], SUITE) is None


def test_a_file_about_another_suite_is_damaged(memory: ArchiveMemory) -> None:
    for folder in (memory.shared, memory.own):
        (folder / make_file_name(URI, SUITE)).rename(folder / make_file_name(URI, "testing"))
    assert memory.recall([URI], "testing") is None


def test_copies_of_other_composes_serve_only_while_the_shared_file_is_lost(memory: ArchiveMemory) -> None:
    other = ArchiveMemory(memory.shared, memory.own.parents[1] / "two/archives")
    assert other.recall([URI], SUITE) == STATE
    (memory.shared / make_file_name(URI, SUITE)).unlink()
    assert other.recall([URI], SUITE) == STATE
    other.remember([URI], SUITE, lambda state: replace(state, filled=()))
    assert other.recall([URI], SUITE) == replace(STATE, filled=())


def test_any_byte_that_changes_is_damage(memory: ArchiveMemory) -> None:
    path = memory.shared / make_file_name(URI, SUITE)
    content = path.read_bytes()
    for position in range(0, len(content) - 1, 7):
        path.write_bytes(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
        assert memory.recall([URI], SUITE) == STATE  # by the copy


@given(
    st.lists(st.builds(RememberedSuite, st.integers(0, 3), filled=st.sampled_from([("a",), ("b",), ()])), max_size=4)
)
def test_the_newest_of_several_states_counts_in_whatever_order(states: list[RememberedSuite]) -> None:
    newest = combine_states(states)
    assert newest == combine_states(reversed(states))
    assert (newest.date if newest else None) == max((state.date for state in states), default=None)


def test_an_archive_is_known_by_its_uri_and_by_where_it_was() -> None:
    assert list_uris("host", "http://example.org/debian/") == ("host", URI)
    assert list_uris("http://example.org/debian", "http://example.org/debian/") == (URI,)


def test_names_of_files_are_readable_short_and_tell_no_login() -> None:
    assert make_file_name(URI, SUITE).startswith("http_example.org_debian_stable-")
    assert len(make_file_name(URI + "x" * 9000, SUITE)) < 120
    assert "secret" not in make_file_name("http://me:secret@example.org/", SUITE)
