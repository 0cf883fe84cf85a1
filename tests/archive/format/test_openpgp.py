from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composelib.archive.format import openpgp
from composelib.errors import TrustError
from tests.kit.tiny_archive import Key, gpg, make_key

TEXT = b"Suite: stable\n- a line with a dash\n\nlast\n"


def test_a_keyring_gives_its_keys_by_fingerprint(key: Key) -> None:
    keys = openpgp.read_keys(key.public.read_bytes(), "ring")
    assert keys[key.fingerprint].primary == key.fingerprint
    assert not keys[key.fingerprint].weak


def test_the_length_of_a_key_is_known(tmp_path: Path) -> None:
    weak = make_key(tmp_path / "rsa", "rsa", algorithm="rsa1024")
    public = openpgp.read_keys(weak.public.read_bytes(), "ring")[weak.fingerprint]
    assert (public.bits, public.weak) == (1024, True)


def test_subkeys_belong_to_their_key(tmp_path: Path) -> None:
    primary = make_key(tmp_path / "sub", "sub")
    gpg(primary.home, "--passphrase", "", "--quick-add-key", primary.fingerprint, "ed25519", "sign")
    keys = openpgp.read_keys(gpg(primary.home, "--export"), "ring")
    assert len(keys) == 2
    assert {key.primary for key in keys.values()} == {primary.fingerprint}


def test_an_armored_keyring_is_the_binary_one_in_text(key: Key, other_key: Key) -> None:
    armored = gpg(key.home, "--armor", "--export", key.fingerprint)
    both = armored + gpg(other_key.home, "--armor", "--export", other_key.fingerprint)
    assert openpgp.dearmor(armored, "ring") == key.public.read_bytes()
    assert (
        openpgp.dearmor(both.replace(b"\n", b"\r\n"), "ring") == key.public.read_bytes() + other_key.public.read_bytes()
    )


def test_an_armored_key_may_have_headers_and_no_checksum(key: Key) -> None:
    armored = gpg(key.home, "--armor", "--export", key.fingerprint)
    lines = [line for line in armored.split(b"\n") if not (line.startswith(b"=") and len(line) == 5)]
    bare = b"\n".join(lines).replace(b"BLOCK-----\n", b"BLOCK-----\nComment: a key\n", 1)
    assert openpgp.dearmor(bare, "ring") == key.public.read_bytes()


@pytest.mark.parametrize("content", [b"", b"hello", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!!!\n"])
def test_what_is_no_keyring_is_refused(content: bytes) -> None:
    with pytest.raises(TrustError, match="ring: not an OpenPGP keyring"):
        openpgp.dearmor(content, "ring")


def test_a_keyring_that_is_cut_off_is_refused(key: Key) -> None:
    with pytest.raises(TrustError, match="ring: damaged OpenPGP keyring"):
        openpgp.read_keys(key.public.read_bytes()[:-3], "ring")


@given(st.binary(min_size=1))
def test_any_bytes_are_read_as_a_keyring_or_refused(content: bytes) -> None:
    with suppress(TrustError):
        openpgp.read_keys(content, "ring")


def test_only_the_whole_of_a_clearsigned_text_is_one(key: Key) -> None:
    signed = gpg(key.home, "-u", key.fingerprint, "--clear-sign", data=TEXT)
    assert openpgp.is_clearsigned(signed)
    assert not openpgp.is_clearsigned(b"before\n" + signed)
    assert not openpgp.is_clearsigned(signed + b"after\n")
    assert not openpgp.is_clearsigned(signed + signed)
    assert not openpgp.is_clearsigned(TEXT)


def test_the_text_comes_out_as_it_was_signed(key: Key) -> None:
    signed = gpg(key.home, "-u", key.fingerprint, "--clear-sign", data=TEXT)
    assert openpgp.strip_signature(signed) == TEXT
    assert openpgp.strip_signature(TEXT) == TEXT


def test_a_signature_with_another_end_is_not_as_gpg_wrote_it(key: Key) -> None:
    signature = gpg(key.home, "--armor", "--detach-sign", data=TEXT)
    assert openpgp.is_canonical_armor(signature)
    assert not openpgp.is_canonical_armor(signature + b"\n")
    for position in range(len(signature)):
        changed = bytearray(signature)
        changed[position] ^= 1
        assert not openpgp.is_canonical_armor(bytes(changed)), position
