"""gpgv: checks a signature against a keyring and nothing else (gpgv(1))."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from composelib.archive.format.openpgp import PublicKey
from composelib.errors import TrustError

PACKAGE = "gpgv"
WEAK_DIGESTS = ("MD5", "SHA1", "RIPEMD160")
WEAK_DIGEST_NUMBERS = {"1": "MD5", "2": "SHA-1", "3": "RIPEMD-160"}
ANY_OUTCOME = (0, 1, 2)  # the status lines tell what happened


def verify(keyring: Path, signed: Path, text: Path) -> list[str]:
    """Give argv that checks a clearsigned file, writes what was signed to `text`, and prints status lines."""
    return [*base(keyring), "--output", str(text), str(signed)]


def verify_detached(keyring: Path, signature: Path, text: Path) -> list[str]:
    """Give argv that checks a file against a signature apart from it, and prints status lines."""
    return [*base(keyring), str(signature), str(text)]


def base(keyring: Path) -> list[str]:
    """Give what both calls begin with; a keyring without a slash in its name would be looked for in GNUPGHOME."""
    weak = [word for digest in WEAK_DIGESTS for word in ("--weak-digest", digest)]
    return ["gpgv", "--quiet", "--status-fd", "1", *weak, "--keyring", str(keyring.absolute())]


@dataclass(frozen=True)
class Verdict:
    """What gpgv said of a file: who signed it well, and who else with what is wrong."""

    signers: tuple[str, ...] = ()
    """Fingerprints of primary keys."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """By fingerprint (or key ID where that is all there is): why that signature does not count."""
    bad: bool = False
    """The text is not what a key of the keyring signed."""


def verdict(status: bytes, keyring: Mapping[str, PublicKey]) -> Verdict:
    """Read gpgv's status lines (GnuPG's doc/DETAILS); a signature counts if its key is good in every respect."""
    signers: list[str] = []
    refused: dict[str, str] = {}
    state, bad = "", False
    for line in status.decode(errors="replace").splitlines():
        word, *rest = line.removeprefix("[GNUPG:] ").split(" ")
        if word == "NEWSIG":
            state = ""
        elif word in STATES:
            state = STATES[word]
            bad = bad or word == "BADSIG"
            if word in {"ERRSIG", "BADSIG"}:
                refused[signer(rest)] = errsig(rest) if word == "ERRSIG" else state
        elif word == "VALIDSIG" and rest:
            reason = state or weakness(rest, keyring)
            if reason:
                refused[rest[0]] = reason
            else:
                signers.append(rest[-1])
    return Verdict(tuple(dict.fromkeys(signers)), refused, bad)


STATES = {
    "GOODSIG": "",
    "BADSIG": "the text is not what it signed",
    "EXPSIG": "the signature has expired",
    "EXPKEYSIG": "the key has expired",
    "REVKEYSIG": "the key is revoked",
    "ERRSIG": "the signature cannot be checked",
}
"""What is wrong with a signature, by the status line that opens it; empty for nothing."""


def signer(words: list[str]) -> str:
    """Give who made a signature that failed: the fingerprint if gpgv gives it, else the key ID."""
    last = words[-1] if words else ""
    return last if len(last) >= 40 and set(last) <= set("0123456789ABCDEF") else (words or ["?"])[0]  # noqa: PLR2004


def errsig(words: list[str]) -> str:
    """Put the reason of an ERRSIG line in words: `KEYID ALGORITHM DIGEST CLASS TIME REASON FINGERPRINT`."""
    digest, reason = (*words, "", "", "", "", "", "")[2], (*words, "", "", "", "", "", "")[5]
    if digest in WEAK_DIGEST_NUMBERS:
        return f"the signature uses {WEAK_DIGEST_NUMBERS[digest]}, which is weak"
    return "unknown key" if reason == "9" else STATES["ERRSIG"]


def weakness(words: list[str], keyring: Mapping[str, PublicKey]) -> str:
    """Tell what makes a valid signature not count: `FINGERPRINT DATE … ALGORITHM DIGEST CLASS PRIMARY`."""
    digest = words[7] if len(words) > 7 else ""  # noqa: PLR2004
    if digest in WEAK_DIGEST_NUMBERS:
        return f"the signature uses {WEAK_DIGEST_NUMBERS[digest]}, which is weak"
    for key in filter(None, (keyring.get(words[0]), keyring.get(words[-1]))):
        if key.revoked:
            return "the key is revoked"
        if key.weak:
            return f"the key is weak: {key.bits} bits"
    return ""


def judge(found: Verdict, place: str, keyring: Mapping[str, PublicKey]) -> tuple[str, ...]:
    """Give the fingerprints of who signed well; raises TrustError, naming all keys, if nobody of the keyring did."""
    if found.signers and not found.bad:
        return found.signers
    pinned = ", ".join(sorted({key.primary for key in keyring.values()}))
    if not found.refused:
        raise TrustError(f"{place}: not signed", f"its archive's `signed-by` has {pinned}")
    reasons = "; ".join(f"{key}: {reason}" for key, reason in found.refused.items())
    raise TrustError(f"{place}: no good signature: {reasons}", f"`signed-by` trusts {pinned}")
