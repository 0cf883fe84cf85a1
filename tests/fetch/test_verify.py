from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from composelib.errors import TrustError
from composelib.fetch.suite import SignedSuite
from composelib.fetch.verify import accept_unsigned, verify_signature
from tests.kit.tiny_archive import Key, gpg, make_key

TEXT = b"Suite: stable\n"


def sign(key: Key, *words: str) -> bytes:
    return gpg(key.home, "-u", key.fingerprint, *words, data=TEXT)


def test_a_clearsigned_text_is_verified(key: Key, tmp_path: Path) -> None:
    signed = SignedSuite("stable", "http://x/", "http://x/InRelease", sign(key, "--clear-sign"))
    result = verify_signature(signed, key.public, tmp_path)
    assert (result.text, result.signers, result.others) == (TEXT, (key.fingerprint,), ())
    assert not (tmp_path / "verify").exists()


def test_a_detached_signature_is_verified(key: Key, tmp_path: Path) -> None:
    signed = SignedSuite("stable", "http://x/", "http://x/Release", TEXT, sign(key, "--armor", "--detach-sign"))
    assert verify_signature(signed, key.public, tmp_path).text == TEXT


def test_a_signature_of_another_text_is_refused(key: Key, tmp_path: Path) -> None:
    signed = SignedSuite(
        "stable", "http://x/", "http://x/Release", b"Suite: evil\n", sign(key, "--armor", "--detach-sign")
    )
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


def detach(key: Key) -> bytes:
    return sign(key, "--armor", "--detach-sign")


def surround(key: Key, before: bytes, between: bytes) -> SignedSuite:
    """Return a Release file with two signatures and text around them."""
    return SignedSuite("stable", "http://x/", "http://x/Release", TEXT, before + detach(key) + between + detach(key))


def test_several_signatures_apart_may_follow_one_another(key: Key, tmp_path: Path) -> None:
    assert verify_signature(surround(key, b"", b""), key.public, tmp_path).signers == (key.fingerprint,)


@pytest.mark.parametrize(
    ("before", "between"), [(b"evil\n", b""), (b"", b"evil\n"), (b"\n", b""), (b"", b"-----BEGIN PGP X-----\n")]
)
def test_text_around_signatures_apart_is_refused(key: Key, tmp_path: Path, before: bytes, between: bytes) -> None:
    with pytest.raises(TrustError, match=r"http://x/Release\.gpg: not just armored signatures: line \d+ is not one"):
        verify_signature(surround(key, before, between), key.public, tmp_path)


def test_a_signature_apart_that_is_binary_or_cut_off_is_refused(key: Key, tmp_path: Path) -> None:
    for signature in (sign(key, "--detach-sign"), detach(key).replace(b"-----END PGP SIGNATURE-----\n", b"")):
        with pytest.raises(TrustError, match="not just armored signatures"):
            verify_signature(
                SignedSuite("stable", "http://x/", "http://x/Release", TEXT, signature), key.public, tmp_path
            )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>\x1b[2J", r"not signed, and not a Release file: it begins with `<html>\\x1b\[2J`"),
        (b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nSuite: x\n", "not signed as a whole: it is cut off"),
    ],
)
def test_only_a_whole_release_file_is_offered_to_be_trusted(
    key: Key, tmp_path: Path, content: bytes, message: str
) -> None:
    with pytest.raises(TrustError, match=message) as refusal:
        verify_signature(SignedSuite("stable", "http://x/", "http://x/InRelease", content), key.public, tmp_path)
    assert "trusted" not in str(refusal.value)
    whole = SignedSuite("stable", "http://x/", "http://x/Release", b"Date: Tue, 14 Nov 2023 22:13:20 UTC\nSHA256:\n")
    with pytest.raises(TrustError, match="`trusted: true` would accept it"):
        verify_signature(whole, key.public, tmp_path)


def test_a_key_that_rests_on_sha1_is_told_as_such(tmp_path: Path) -> None:
    allowed = ("--allow-weak-digest-algos", "--allow-weak-key-signatures")
    weak = (*allowed, "--cert-digest-algo", "SHA1", "--digest-algo", "SHA1")
    primary = make_key(tmp_path / "weak", "weak", algorithm="rsa2048", words=weak)
    signed = SignedSuite(
        "stable", "http://x/", "http://x/InRelease", sign(primary, *allowed, "--digest-algo", "SHA512", "--clear-sign")
    )
    with pytest.raises(
        TrustError,
        match=f"{primary.fingerprint}: the key itself rests on SHA-1, which is weak.*owner has to certify it anew",
    ):
        verify_signature(signed, primary.public, tmp_path)
    gpg(primary.home, *weak, "--passphrase", "", "--quick-add-key", primary.fingerprint, "rsa2048", "sign")
    primary.public.write_bytes(gpg(primary.home, "--export"))
    signed = replace(signed, content=sign(primary, *allowed, "--digest-algo", "SHA512", "--clear-sign"))
    with pytest.raises(TrustError, match="the subkey itself rests on SHA-1, which is weak"):
        verify_signature(signed, primary.public, tmp_path)


def test_an_extended_key_after_its_old_export_is_told_as_such(tmp_path: Path) -> None:
    then = ("--faked-system-time", "20200101T000000")
    key = make_key(tmp_path / "old", "old", expires="1y", words=then)
    signed = SignedSuite("stable", "http://x/", "http://x/InRelease", sign(key, *then, "--clear-sign"))
    gpg(key.home, *then, "--quick-set-expire", key.fingerprint, "40y")
    both = tmp_path / "both.gpg"
    both.write_bytes(key.public.read_bytes() + gpg(key.home, "--export"))
    with pytest.raises(
        TrustError,
        match=r"the key has expired, by the first of several copies in the keyring.*leave only the newest export",
    ):
        verify_signature(signed, both, tmp_path)
