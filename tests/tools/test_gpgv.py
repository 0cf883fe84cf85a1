from __future__ import annotations

import pytest

from composelib.errors import TrustError
from composelib.tools import gpgv

KEY, OTHER = "A" * 40, "B" * 40
GOOD = f"NEWSIG\nGOODSIG {KEY[:16]} somebody\nVALIDSIG {KEY} 2026-01-01 1 0 4 0 22 10 01 {KEY}\n"


def verdict(text: str) -> gpgv.Verdict:
    return gpgv.read_verdict("".join(f"[GNUPG:] {line}\n" for line in text.splitlines()).encode(), {})


def test_a_good_signature_counts() -> None:
    assert verdict(GOOD) == gpgv.Verdict((KEY,))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"ERRSIG {OTHER[:16]} 1 10 01 0 9 {OTHER}", "unknown key"),
        (f"ERRSIG {OTHER[:16]} 1 2 01 0 5 {OTHER}", "the signature uses SHA-1, which is weak"),
        (f"ERRSIG {OTHER[:16]} 1 10 01 0 4 {OTHER}", "the signature cannot be checked"),
        (f"EXPKEYSIG {OTHER[:16]} x\nVALIDSIG {OTHER} d 1 0 4 0 22 10 01 {OTHER}", "the key has expired"),
        (f"REVKEYSIG {OTHER[:16]} x\nVALIDSIG {OTHER} d 1 0 4 0 22 10 01 {OTHER}", "the key is revoked"),
        (
            f"GOODSIG {OTHER[:16]} x\nVALIDSIG {OTHER} d 1 0 4 0 22 2 01 {OTHER}",
            "the signature uses SHA-1, which is weak",
        ),
    ],
)
def test_a_further_signature_that_does_not_count_harms_none_that_does(line: str, reason: str) -> None:
    both = verdict(f"{GOOD}NEWSIG\n{line}\n")
    assert (both.signers, both.refused, both.bad) == ((KEY,), {OTHER: reason}, False)


def test_a_bad_signature_spoils_good_ones() -> None:
    both = verdict(f"{GOOD}NEWSIG\nBADSIG {OTHER[:16]} x\n")
    assert both.bad
    with pytest.raises(TrustError, match=r"no good signature: B{16}: the text is not what it signed"):
        gpgv.check_verdict(both, "http://example.org/InRelease", {})


def test_a_file_without_signatures_is_not_signed() -> None:
    with pytest.raises(TrustError, match=r"^http://example\.org/InRelease: not signed"):
        gpgv.check_verdict(verdict(""), "http://example.org/InRelease", {})
