"""Checks who signed a .dsc that the config names by its path."""

from __future__ import annotations

from pathlib import Path

from composelib.archive.format import openpgp
from composelib.errors import TrustError
from composelib.fetch.suite import SignedSuite
from composelib.fetch.verify import run_gpgv
from composelib.files import scratch_folder
from composelib.tools import gpgv


def check_signature(path: Path, content: bytes, keyring: Path, folder: Path, label: str) -> bytes:
    """Return the text within the content of a .dsc that a key of the keyring signed. Raise TrustError if none did.

    `folder` is for temporary files.
    """
    if not openpgp.is_clearsigned(content):
        raise TrustError(
            f"{label}: {path}: it is not signed as a whole", "`debsign` signs it; `trusted: true` takes it unsigned"
        )
    ring = openpgp.dearmor(keyring.read_bytes(), str(keyring))
    keys = openpgp.read_keys(ring, str(keyring))
    with scratch_folder(folder) as aside:
        status, text = run_gpgv(SignedSuite("", "", str(path), content), ring, aside)
    verdict = gpgv.read_verdict(status, keys)
    if verdict.bad or not verdict.signers:
        reasons = "; ".join(f"{key}: {reason}" for key, reason in verdict.refused.items()) or "no signature counts"
        trusted = ", ".join(sorted({key.primary for key in keys.values()}))
        raise TrustError(f"{label}: {path}: no good signature: {reasons}", f"{keyring} has {trusted}")
    return text
