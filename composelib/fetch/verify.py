"""Who signed a suite's Release file: gpgv's answer, with what gpgv leaves to its caller."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from composelib.archive.format import openpgp
from composelib.errors import TrustError
from composelib.fetch.suite import Signed
from composelib.fetch.url import shown
from composelib.files import scratch
from composelib.tools import gpgv
from composelib.tools.run import run


@dataclass(frozen=True)
class Verified:
    """The text that was signed, nothing around it; by whom of the keyring, and who else signed it."""

    text: bytes
    signers: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def taken_on_trust(signed: Signed) -> Verified:
    """Give the text of a file whose signature nobody asked to look at."""
    return Verified(openpgp.unsigned(signed.content))


def verified(signed: Signed, keyring: Path, folder: Path) -> Verified:
    """Check a file against a keyring, armored or not; `folder` is for files of the meantime.

    Raises TrustError if it is not signed, or not by a good key of the keyring, naming all keys in question.
    """
    place = shown(signed.url)
    if not signed.signature and not openpgp.is_clearsigned(signed.content):
        raise TrustError(f"{place}: not signed", "`trusted: true` would take it unsigned; better ask who runs it")
    ring = openpgp.dearmor(keyring.read_bytes(), str(keyring))
    keys = openpgp.keys(ring, str(keyring))
    with scratch(folder / "verify") as aside:
        status, text = checked(signed, ring, aside)
    verdict = gpgv.verdict(status, keys)
    signers = gpgv.judge(verdict, place, keys)
    return Verified(text, signers, tuple(sorted(verdict.refused)))


def checked(signed: Signed, ring: bytes, folder: Path) -> tuple[bytes, bytes]:
    """Let gpgv look at a signed file; gives its status lines and what the signature is over."""
    keyring, file, other = folder / "keyring.gpg", folder / "signed", folder / "other"
    keyring.write_bytes(ring)
    file.write_bytes(signed.content)
    if signed.signature:
        other.write_bytes(signed.signature)
        argv = gpgv.verify_detached(keyring, other, file)
    else:
        argv = gpgv.verify(keyring, file, other)
    done = run(argv, capture=True, ok=gpgv.ANY_OUTCOME, package=gpgv.PACKAGE)
    text = file if signed.signature else other
    return done.stdout, text.read_bytes() if text.exists() else b""
