"""The key that a compose ships."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from composelib.errors import MachineError
from composelib.stages import key as stage
from composelib.stages.key import KeyJob
from tests.kit.gathered_variant import compose, run_stages
from tests.kit.tiny_archive import Key


def test_without_sign_a_key_is_made_on_first_use_and_its_public_half_shipped(tmp_path: Path) -> None:
    home, shipped = tmp_path / "keys", tmp_path / "compose/archive-key.asc"
    stage.ship_key(KeyJob(None, home, tmp_path / "build", shipped))
    assert shipped.read_text().startswith("-----BEGIN PGP PUBLIC KEY BLOCK-----")
    shown = subprocess.run(["gpg", "--show-keys", "--with-colons", shipped], capture_output=True, check=True).stdout
    assert b"ed25519" in shown
    assert b"sec:" not in shown


def test_the_same_key_is_shipped_again(tmp_path: Path) -> None:
    home, shipped = tmp_path / "keys", tmp_path / "compose/archive-key.asc"
    stage.ship_key(KeyJob(None, home, tmp_path / "build", shipped))
    first = shipped.read_bytes()
    shipped.unlink()
    stage.ship_key(KeyJob(None, home, tmp_path / "build", shipped))
    assert shipped.read_bytes() == first


def test_the_same_key_signs_after_the_build_folder_is_removed(tmp_path: Path) -> None:
    demo = compose(tmp_path / "build")
    run_stages(demo, stage)
    first = demo.paths.archive_key.read_bytes()
    shutil.rmtree(demo.build)
    run_stages(demo, stage)
    assert demo.paths.archive_key.read_bytes() == first


def test_with_sign_the_users_key_is_shipped(tmp_path: Path, key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNUPGHOME", str(key.home))
    shipped = tmp_path / "archive-key.asc"
    stage.ship_key(KeyJob(f"0x{key.fingerprint}", tmp_path / "keys", tmp_path / "build", shipped))
    shown = subprocess.run(["gpg", "--show-keys", "--with-colons", shipped], capture_output=True, check=True).stdout
    assert key.fingerprint.encode() in shown
    assert not (tmp_path / "keys").exists()


def test_a_key_that_is_not_there_is_named(tmp_path: Path, key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNUPGHOME", str(key.home))
    with pytest.raises(MachineError, match="0xFFFFFFFF: no such key"):
        stage.ship_key(KeyJob("0xFFFFFFFF", tmp_path / "keys", tmp_path / "build", tmp_path / "archive-key.asc"))


def test_the_state_of_the_own_key_changes_only_when_it_is_lost(tmp_path: Path) -> None:
    home, shipped = tmp_path / "keys", tmp_path / "archive-key.asc"
    token = stage.probe_keyring(KeyJob(None, home, tmp_path / "build", shipped))
    stage.ship_key(KeyJob(None, home, tmp_path / "build", shipped))
    assert stage.probe_keyring(KeyJob(None, home, tmp_path / "build", shipped)) == token
    home.rename(tmp_path / "lost")
    assert stage.probe_keyring(KeyJob(None, home, tmp_path / "build", shipped)) != token
