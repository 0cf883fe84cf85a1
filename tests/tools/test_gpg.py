"""Signing with gpg, and what is wrong with a key that cannot sign."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from composelib.errors import MachineError
from composelib.tools import gpg
from composelib.tools.run import ToolError
from tests.kit.cutting_tool import cut_output
from tests.kit.tiny_archive import DATE, Key
from tests.kit.tiny_archive import gpg as run_gpg

TEXT = b"Origin: Demo\n- dashes\n"
QUICK = "s2k-count 65536\n"  # the agent would measure the machine, to make guesses at passphrases take long


@pytest.fixture
def signer(key: Key) -> gpg.Signer:
    return gpg.Signer(key.fingerprint, key.home)


def make_own_key(folder: Path) -> gpg.Signer:
    home = folder / "keys"
    gpg.make_key(home, "a checkout's own")
    return gpg.find_signer(None, home)


def make_home(folder: Path, *names: str, passphrase: str = "", expires: str = "never") -> Path:
    folder.mkdir(mode=0o700)
    (folder / "gpg-agent.conf").write_text(QUICK)
    for name in names:
        words: tuple[str, ...] = ("--passphrase", passphrase, "--quick-generate-key", name, "ed25519", "sign", expires)
        if expires != "never":
            words = ("--faked-system-time", "20200101T000000!", *words)
        run_gpg(folder, *words)
    subprocess.run(["gpgconf", "--homedir", folder, "--kill", "gpg-agent"], check=True)
    return folder


def test_a_clearsigned_text_verifies_with_the_public_half(tmp_path: Path) -> None:
    checkout_key = make_own_key(tmp_path)
    signed = tmp_path / "InRelease"
    signed.write_bytes(gpg.clearsign(checkout_key, TEXT, DATE))
    public = tmp_path / "key.gpg"
    public.write_bytes(run_gpg(checkout_key.home, "--export"))
    verified = subprocess.run(gpg.verify(public, signed), capture_output=True, check=False)
    assert verified.returncode == 0, verified.stderr
    assert b"Good signature" in verified.stdout


def test_the_same_text_is_signed_with_the_same_bytes_at_any_time(tmp_path: Path) -> None:
    checkout_key = make_own_key(tmp_path)
    first = (gpg.clearsign(checkout_key, TEXT, DATE), gpg.sign_detached(checkout_key, TEXT, DATE))
    subprocess.run(["sleep", "1.1"], check=True)
    assert (gpg.clearsign(checkout_key, TEXT, DATE), gpg.sign_detached(checkout_key, TEXT, DATE)) == first


def test_a_key_younger_than_the_epoch_signs_at_its_own_date(signer: gpg.Signer, key: Key, tmp_path: Path) -> None:
    signature, signed = tmp_path / "s", tmp_path / "t"
    signed.write_bytes(TEXT)
    signature.write_bytes(gpg.sign_detached(signer, TEXT, 1))
    subprocess.run(gpg.verify(key.public, signature, signed), check=True, capture_output=True)


def test_no_agent_is_left_behind(tmp_path: Path) -> None:
    checkout_key = make_own_key(tmp_path)
    gpg.clearsign(checkout_key, TEXT, DATE)
    assert not gpg.is_agent_running(checkout_key.home, {})
    assert not list(tmp_path.rglob("S.gpg-agent*"))


def test_a_home_whose_path_is_too_long_for_a_socket_works(tmp_path: Path) -> None:
    checkout_key = make_own_key(tmp_path / ("d" * 120))
    assert gpg.clearsign(checkout_key, TEXT, DATE)


def test_preflight_is_silent_for_keys_that_sign(signer: gpg.Signer, tmp_path: Path) -> None:
    gpg.check_signer(signer)
    gpg.check_signer(make_own_key(tmp_path))


def refuse(signer: gpg.Signer) -> str:
    """Return why a key is refused."""
    with pytest.raises(MachineError) as caught:
        gpg.check_signer(signer)
    return str(caught.value)


def test_a_missing_key_is_named(signer: gpg.Signer) -> None:
    assert "no such secret key" in refuse(gpg.Signer("0x" + "A" * 40, signer.home))


def test_a_missing_home_is_named(tmp_path: Path) -> None:
    assert "no such folder" in refuse(gpg.Signer("0xAB", tmp_path / "nowhere"))


def test_a_public_key_alone_is_a_missing_key(signer: gpg.Signer, tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    run_gpg(home, "--import", data=run_gpg(signer.home, "--export", signer.key))
    assert "no such secret key" in refuse(gpg.Signer(signer.key, home))


def test_two_keys_that_fit_are_named(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", "one <release@example.org>", "two <release@example.org>")
    assert re.search(r"2 keys match: \w{16}, \w{16}; use the whole fingerprint", refuse(gpg.Signer("release", home)))


def test_an_expired_key_is_named(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", "old", expires="20200201T000000")
    assert "has expired" in refuse(gpg.Signer("old", home))


def test_a_key_with_a_passphrase_and_no_agent_is_named(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", "locked", passphrase="secret words")
    message = refuse(gpg.Signer("locked", home))
    assert "needs a passphrase" in message
    assert "secret words" not in message


def test_a_passphrase_that_the_users_agent_holds_is_used(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    (folder / "gpg-agent.conf").write_text(f"allow-preset-passphrase\n{QUICK}")
    try:
        run_gpg(folder, "--passphrase", "words", "--quick-generate-key", "held", "ed25519", "sign")
        run_gpg(folder, "--passphrase", "words", "--local-user", "held", "--sign", data=TEXT)
        gpg.check_signer(gpg.Signer("held", folder))  # the agent holds it since then
    finally:
        subprocess.run(["gpgconf", "--homedir", folder, "--kill", "gpg-agent"], check=True)
    assert "needs a passphrase" in refuse(gpg.Signer("held", folder))


def test_an_agent_that_cannot_be_started_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout_key = make_own_key(tmp_path)
    shims = tmp_path / "bin"
    shims.mkdir()
    (shims / "gpg-agent").write_text('#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done; shift; exec "$@"\n')
    (shims / "gpg-agent").chmod(0o755)
    monkeypatch.setenv("PATH", str(shims), prepend=":")
    assert "agent" in refuse(checkout_key)


def test_a_key_only_for_encryption_is_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    run_gpg(home, "--passphrase", "", "--quick-generate-key", "auth", "ed25519", "auth")
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], check=True)
    assert "cannot be used to sign" in refuse(gpg.Signer("auth", home))


@pytest.mark.parametrize("sign", [gpg.clearsign, gpg.sign_detached, gpg.sign_binary])
def test_a_signature_that_gpg_prints_in_part_is_an_error(
    signer: gpg.Signer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sign: Callable[..., bytes]
) -> None:
    assert sign(signer, TEXT, DATE)
    cut_output(monkeypatch, tmp_path / "bin", "gpg", "-", "sign")
    with pytest.raises(ToolError, match="printed no whole signature"):
        sign(signer, TEXT, DATE)


def test_each_of_several_keys_makes_a_whole_signature(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", "first", "second")
    listing = run_gpg(home, "--with-colons", "--list-keys").decode()
    keys = [line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr")]
    both = gpg.Signer(" ".join(keys), home)
    gpg.check_signers(both)
    public = tmp_path / "public.asc"
    public.write_bytes(gpg.export_public_key(both))
    assert sorted(gpg.list_fingerprints(public)) == sorted(keys)
    signature, text = tmp_path / "text.sig", tmp_path / "text"
    text.write_bytes(TEXT)
    signature.write_bytes(gpg.sign_binary(both, TEXT, DATE))
    assert gpg.is_signed_by(public, (signature, text))
    assert not gpg.is_whole(signature.read_bytes()[:-1])
