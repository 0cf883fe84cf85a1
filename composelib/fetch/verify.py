"""Verifies who signed a suite's Release file: runs gpgv, and checks what gpgv leaves to its caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from composelib.archive.format import openpgp
from composelib.archive.format.release import parse_release
from composelib.dataclass import dataclass
from composelib.errors import ConfigError, TrustError
from composelib.fetch.suite import SignedSuite
from composelib.fetch.url import display_url
from composelib.files import scratch_folder
from composelib.model.archive import Archive
from composelib.text.escape import excerpt
from composelib.tools import gpgv
from composelib.tools.run import run

EXCERPT = 60  # bytes of a file that is no Release file


@dataclass(frozen=True)
class VerifiedText:
    """The signed text without what surrounds it; the keys of the keyring that signed it, and the others."""

    text: bytes
    signers: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    expired: Mapping[str, int] = field(default_factory=dict, hash=False)
    """When each of these keys expired, by fingerprint, in seconds since 1970; empty if one has not."""


def verify_text(archive: Archive, signed: SignedSuite, folder: Path, *, lenient: bool = False) -> VerifiedText:
    """Verify a signed file as the archive's config requires, and return its text; if `lenient`, by a key that has expired.

    Raise TrustError if that fails.
    """
    if archive.trusted:
        return accept_unsigned(signed)
    if archive.signed_by is None:
        raise ConfigError(f"{archive.origin}: archive {archive.name} needs `signed-by`, or `trusted: true`")
    return verify_signature(signed, archive.signed_by, folder, lenient=lenient)


def accept_unsigned(signed: SignedSuite) -> VerifiedText:
    """Return the text of a file of an archive that is trusted without a signature."""
    return VerifiedText(openpgp.strip_signature(signed.content))


def verify_signature(signed: SignedSuite, keyring: Path, folder: Path, *, lenient: bool = False) -> VerifiedText:
    """Verify a file by a keyring, armored or not; `folder` is for temporary files. A `lenient` caller checks `expired`.

    Raise TrustError if it is not signed, or not by a good key of the keyring; its message names all keys in question.
    """
    url = display_url(signed.url)
    check_shape(signed, url)
    ring = openpgp.dearmor(keyring.read_bytes(), str(keyring))
    keys = openpgp.read_keys(ring, str(keyring))
    with scratch_folder(folder / "verify") as aside:
        status, text = run_gpgv(signed, ring, aside)
    verdict = gpgv.read_verdict(status, keys)
    signers = gpgv.check_verdict(verdict, url, keys, lenient=lenient)
    return VerifiedText(text, signers, tuple(sorted(verdict.refused)), {} if verdict.signers else verdict.expired)


def check_shape(signed: SignedSuite, url: str) -> None:
    """Raise TrustError for a file that is not signed as a whole, or whose signature has other text around it."""
    stray = openpgp.find_stray_line(signed.signature)
    if stray:
        raise TrustError(f"{url}.gpg: not just armored signatures: {stray}", "apt refuses such a file as well")
    if signed.signature or openpgp.is_clearsigned(signed.content):
        return
    if openpgp.SIGNED in signed.content:
        raise TrustError(
            f"{url}: not signed as a whole: it is cut off, or there is text around what is signed", "run again later"
        )
    try:
        parse_release(signed.content, url)
    except TrustError:
        start = excerpt(signed.content[:EXCERPT].decode(errors="replace"))
        message = f"{url}: not signed, and not a Release file: it begins with `{start}`"
        raise TrustError(message, "a proxy or a login page may answer in the archive's place") from None
    raise TrustError(f"{url}: not signed", "`trusted: true` would accept it unsigned; better ask who runs it")


def run_gpgv(signed: SignedSuite, ring: bytes, folder: Path) -> tuple[bytes, bytes]:
    """Run gpgv on a signed file and return its status lines and the text that the signature covers."""
    keyring, file = folder / "keyring.gpg", folder / "signed"
    keyring.write_bytes(ring)
    file.write_bytes(signed.content)
    if signed.signature:
        text, signature = file, folder / "signature"
        signature.write_bytes(signed.signature)
        argv = gpgv.verify_detached(keyring, signature, file)
    else:
        text = folder / "text"
        argv = gpgv.verify_clearsigned(keyring, file, text)
    done = run(argv, capture=True, ok=gpgv.ANY_OUTCOME)
    return done.stdout, text.read_bytes() if text.exists() else b""
