from __future__ import annotations

from pathlib import Path

import pytest

from composelib.errors import TrustError
from composelib.fetch.suite import SignedSuite
from composelib.fetch.verify import accept_unsigned, verify_signature
from tests.kit.tiny_archive import Key, gpg

TEXT = b"Suite: stable\n"


def sign(key: Key, *words: str) -> bytes:
    return gpg(key.home, "-u", key.fingerprint, *words, data=TEXT)


def test_a_clearsigned_text_is_verified(key: Key, tmp_path: Path) -> None:
    signed = SignedSuite("stable", "http://x/", "http://x/InRelease", sign(key, "--clear-sign"))
    result = verify_signature(signed, key.public, tmp_path)
    assert (result.text, result.signers, result.others) == (TEXT, (key.fingerprint,), ())
    assert not (tmp_path / "verify").exists()


def test_a_detached_signature_is_verified(key: Key, tmp_path: Path) -> None:
    signed = SignedSuite("stable", "http://x/", "http://x/Release", TEXT, sign(key, "--detach-sign"))
    assert verify_signature(signed, key.public, tmp_path).text == TEXT


def test_a_signature_of_another_text_is_refused(key: Key, tmp_path: Path) -> None:
    signed = SignedSuite("stable", "http://x/", "http://x/Release", b"Suite: evil\n", sign(key, "--detach-sign"))
    with pytest.raises(TrustError, match="http://x/Release"):
        verify_signature(signed, key.public, tmp_path)


def test_another_key_is_refused(key: Key, other_key: Key, tmp_path: Path) -> None:
    signed = SignedSuite("stable", "http://x/", "http://x/InRelease", sign(other_key, "--clear-sign"))
    with pytest.raises(TrustError, match=other_key.fingerprint):
        verify_signature(signed, key.public, tmp_path)


def test_no_signature_at_all_is_refused_without_the_urls_password(key: Key, tmp_path: Path) -> None:
    signed = SignedSuite("stable", "http://x/", "http://me:secret@x/Release", TEXT)
    with pytest.raises(TrustError, match="http://x/Release: not signed"):
        verify_signature(signed, key.public, tmp_path)


def test_a_trusted_archive_may_be_signed_or_not(key: Key) -> None:
    for content in (TEXT, sign(key, "--clear-sign")):
        assert accept_unsigned(SignedSuite("stable", "http://x/", "http://x/Release", content)).text == TEXT
