"""gpgv: checks signatures against a keyring; what its status lines mean (gpgv(1))."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from composelib.archive.format.openpgp import WEAK_DIGESTS, PublicKey
from composelib.dataclass import dataclass
from composelib.errors import TrustError

WEAK_DIGEST_NAMES = ("MD5", "SHA1", "RIPEMD160")
WEAK_DIGEST_NUMBERS = {str(number): name for number, name in WEAK_DIGESTS.items()}
UNKNOWN_KEY, BAD_KEY = "9", "6"  # reasons of an ERRSIG line: libgpg-error's GPG_ERR_NO_PUBKEY, GPG_ERR_BAD_PUBKEY
ANY_OUTCOME = (0, 1, 2)  # the status lines say what happened


def verify_clearsigned(keyring: Path, signed: Path, text: Path) -> list[str]:
    """Return the command that checks a clearsigned file, writes the signed text to `text`, and prints status lines."""
    return [*make_options(keyring), "--output", str(text), str(signed)]


def verify_detached(keyring: Path, signature: Path, text: Path) -> list[str]:
    """Return the command that checks a file against a detached signature, and prints status lines."""
    return [*make_options(keyring), str(signature), str(text)]


def make_options(keyring: Path) -> list[str]:
    """Return the beginning of both commands. The keyring's path is absolute, as gpgv looks for a bare name in GNUPGHOME."""
    weak = [word for digest in WEAK_DIGEST_NAMES for word in ("--weak-digest", digest)]
    return ["gpgv", "--quiet", "--status-fd", "1", *weak, "--keyring", str(keyring.absolute())]


@dataclass(frozen=True)
class Verdict:
    """gpgv's verdict on a file: whose signatures are good, and what is wrong with the others."""

    signers: tuple[str, ...] = ()
    """Fingerprints of primary keys."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """By fingerprint (or key ID if gpgv prints no more): why that signature does not count."""
    bad: bool = False
    """Whether a key of the keyring signed a text other than this."""
    expired: Mapping[str, int] = field(default_factory=dict)
    """By fingerprint of a primary key: since when it, or its subkey, has expired, if nothing else is wrong with its signature."""


def read_verdict(status: bytes, keyring: Mapping[str, PublicKey]) -> Verdict:
    """Return the verdict in gpgv's status lines (GnuPG's doc/DETAILS); a signature counts if nothing is wrong with its key."""
    signers: list[str] = []
    refused: dict[str, str] = {}
    expired: dict[str, int] = {}
    state, bad, ends = "", False, [0]
    for line in status.decode(errors="replace").splitlines():
        word, *rest = line.removeprefix("[GNUPG:] ").split(" ")
        if word == "NEWSIG":
            state, ends = "", []
        elif word == "KEYEXPIRED":
            ends.append(int(rest[0]) if rest and rest[0].isascii() and rest[0].isdigit() else 0)
        elif word in STATES:
            state = STATES[word]
            bad = bad or word == "BADSIG"
            if word in {"ERRSIG", "BADSIG"}:
                refused[find_key(rest)] = describe_error(rest, keyring) if word == "ERRSIG" else state
        elif word == "VALIDSIG" and rest:
            reason = find_weakness(rest, keyring) if not state else state + describe_repetition(rest, keyring)
            if reason:
                refused[rest[0]] = reason
            else:
                signers.append(rest[-1])
            if state == STATES["EXPKEYSIG"] and not find_weakness(rest, keyring):
                expired[rest[-1]] = min(ends, default=0)
    return Verdict(tuple(dict.fromkeys(signers)), refused, bad, expired)


STATES = {
    "GOODSIG": "",
    "BADSIG": "the text is not what it signed",
    "EXPSIG": "the signature has expired",
    "EXPKEYSIG": "the key has expired",
    "REVKEYSIG": "the key is revoked",
    "ERRSIG": "the signature cannot be checked",
}
"""What is wrong with a signature, by its status line; empty if nothing is."""


def find_key(words: list[str]) -> str:
    """Return the key of a signature that failed: the fingerprint if gpgv prints it, else the key ID."""
    last = words[-1] if words else ""
    return last if len(last) >= 40 and set(last) <= set("0123456789ABCDEF") else (words or ["?"])[0]  # noqa: PLR2004 - hex digits of SHA-1


def describe_error(words: list[str], keyring: Mapping[str, PublicKey]) -> str:
    """Return the reason of an ERRSIG line in words: `KEYID ALGORITHM DIGEST CLASS TIME REASON FINGERPRINT`."""
    digest, reason = (*words, "", "", "", "", "", "")[2], (*words, "", "", "", "", "", "")[5]
    if digest in WEAK_DIGEST_NUMBERS:
        return f"the signature uses {WEAK_DIGEST_NUMBERS[digest]}, which is weak"
    key = keyring.get(find_key(words))
    if reason == UNKNOWN_KEY and not (
        key and key.rests_on
    ):  # gpgv of GnuPG 2.4 does not know a key that rests on SHA-1
        return "unknown key"
    return describe_bad_key(key, keyring) if reason in {BAD_KEY, UNKNOWN_KEY} else STATES["ERRSIG"]


def describe_bad_key(key: PublicKey | None, keyring: Mapping[str, PublicKey]) -> str:
    """Return why gpgv does not use a key of the keyring."""
    for weak in (key, keyring.get(key.primary)) if key else ():
        if weak and weak.rests_on:
            kind = "key" if weak.primary == weak.fingerprint else "subkey"
            return f"the {kind} itself rests on {weak.rests_on}, which is weak (gpgv: Bad public key)"
    return "gpgv does not use the key: Bad public key"


def describe_repetition(words: list[str], keyring: Mapping[str, PublicKey]) -> str:
    """Return what to add to a reason if the keyring has the key more than once: `FINGERPRINT … PRIMARY`."""
    key = keyring.get(words[-1])
    return ", by the first of several copies in the keyring: gpgv looks at no other" if key and key.repeated else ""


def find_weakness(words: list[str], keyring: Mapping[str, PublicKey]) -> str:
    """Return why a valid signature does not count, empty if it does: `FINGERPRINT DATE … ALGORITHM DIGEST CLASS PRIMARY`."""
    digest = words[7] if len(words) > 7 else ""  # noqa: PLR2004 - as the docstring has them
    if digest in WEAK_DIGEST_NUMBERS:
        return f"the signature uses {WEAK_DIGEST_NUMBERS[digest]}, which is weak"
    for key in filter(None, (keyring.get(words[0]), keyring.get(words[-1]))):
        if key.revoked:
            return "the key is revoked"
        if key.weak:
            return f"the key is weak: {key.bits} bits"
    return ""


CURES = {
    "rests on": "the key's owner has to certify it anew, by SHA-256 or better",
    "several copies": "leave only the newest export of the key in the keyring",
    "is revoked": "ask the archive's owner for the key that follows it",
}
"""What helps, by a part of the reason."""


def check_verdict(
    verdict: Verdict, url: str, keyring: Mapping[str, PublicKey], *, lenient: bool = False
) -> tuple[str, ...]:
    """Return the fingerprints of the keys whose signatures are good; if none is, and `lenient`, of keys that have expired.

    Raise TrustError, naming all keys, if there is none.
    """
    signers = verdict.signers or (tuple(verdict.expired) if lenient else ())
    if signers and not verdict.bad:
        return signers
    pinned = ", ".join(sorted({key.primary for key in keyring.values()}))
    if not verdict.refused:
        raise TrustError(f"{url}: not signed", f"its archive's `signed-by` has {pinned}")
    reasons = "; ".join(f"{key}: {reason}" for key, reason in verdict.refused.items())
    cures = [cure for reason, cure in CURES.items() if reason in reasons]
    if verdict.expired:
        cures.append("`allow-expired: true` takes one that has expired since the Date")
    raise TrustError(f"{url}: no good signature: {reasons}", "; ".join([f"`signed-by` trusts {pinned}", *cures]))
