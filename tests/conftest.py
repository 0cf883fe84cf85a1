"""Fixtures that tests of several modules share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tiny import Key, TinyArchive, make_key


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Key:
    """Give the key that signs tiny archives."""
    return make_key(tmp_path_factory.mktemp("gnupg"))


@pytest.fixture(scope="session")
def other_key(tmp_path_factory: pytest.TempPathFactory) -> Key:
    """Give a key that nothing trusts."""
    return make_key(tmp_path_factory.mktemp("gnupg-other"), "other")


@pytest.fixture
def archive(tmp_path: Path, key: Key) -> TinyArchive:
    """Give an empty tiny archive."""
    return TinyArchive(tmp_path / "archive", key)
