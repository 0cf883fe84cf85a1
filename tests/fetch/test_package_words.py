from __future__ import annotations

from pathlib import Path

import pytest

from composelib.fetch.package_words import has_word_in_control, has_word_in_sysusers
from tests.kit.tiny_archive import deb

CONTROL = "Package: engine\nVersion: 1\nArchitecture: all\n"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a .deb whose script makes the group `engine-users`, and whose files for systemd-sysusers the group `gears`."""
    path = tmp_path_factory.mktemp("debs") / "engine.deb"
    files = {"usr/lib/sysusers.d/engine.conf": b"g gears - -\n", "usr/share/doc/engine/README": b"g wheels - -\n"}
    path.write_bytes(deb(CONTROL, files, {"postinst": b"#!/bin/sh\naddgroup --system engine-users\n"}))
    return path


@pytest.mark.parametrize(("word", "expected"), [("engine-users", True), ("engine-user", False), ("users", False)])
def test_a_word_of_a_script_is_looked_for_as_a_whole(package: Path, word: str, expected: bool) -> None:
    assert has_word_in_control(package, word) is expected


@pytest.mark.parametrize(("word", "expected"), [("gears", True), ("wheels", False)])
def test_only_the_files_for_sysusers_are_looked_into(package: Path, word: str, expected: bool) -> None:
    assert has_word_in_sysusers(package, word) is expected
