"""Fixtures that tests of several modules share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.kit.demo_compose import Demo
from tests.kit.demo_mould import Mould, make_mould
from tests.kit.tiny_archive import Key, TinyArchive, make_key

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")  # no test depends on the clock


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


@pytest.fixture(scope="session")
def mould(tmp_path_factory: pytest.TempPathFactory, key: Key) -> Mould:
    """Give a finished demo that tests leave as it is."""
    return make_mould(tmp_path_factory.mktemp("mould"), key)


@pytest.fixture
def demo(mould: Mould) -> Iterator[Demo]:
    """Give a finished demo to go on from."""
    with mould.poured() as demo:
        yield demo
