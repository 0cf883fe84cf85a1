"""Debian version numbers: whether one is valid, and their order (Debian Policy 5.6.12, deb-version(7))."""

from __future__ import annotations

import re
from functools import lru_cache

VALID = re.compile(
    r"([0-9]{1,10}):(?:[A-Za-z0-9.+~:-]+-[A-Za-z0-9.+~]+|[A-Za-z0-9.+~:]+)"  # only with an epoch may there be more colons
    r"|(?:[A-Za-z0-9.+~-]+-)?[A-Za-z0-9.+~]+"
)
MAX_EPOCH = 2**31 - 1  # dpkg keeps it in an int
SEGMENT = re.compile(r"([^0-9]*)([0-9]*)")
ORDER = str.maketrans({"~": "\0", **{sign: chr(ord(sign) + 256) for sign in "+-.:_"}})
END = "\1"  # ends a segment without digits: sorts after a tilde, before all else


def is_valid_version(version: str) -> bool:
    """Return whether a version has a small epoch, an upstream version and a revision of dpkg's characters, in this order.

    It may begin with a letter, about which dpkg warns.
    """
    match = VALID.fullmatch(version)
    return match is not None and int(match[1] or 0) <= MAX_EPOCH


@lru_cache(1 << 17)
def make_version_key(version: str) -> str:
    """Return a text that sorts as the version does; equal versions (`1.0`, `0:1.0-0`) have the same."""
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "", version
    upstream, hyphen, revision = rest.rpartition("-")
    if not hyphen:
        upstream, revision = rest, ""
    return encode_number(epoch) + encode_string(upstream) + encode_string(revision or "0")


def encode_string(text: str) -> str:
    """Return a text that sorts as an upstream version or revision, and is never the beginning of another one's."""
    return "".join([encode_letters(letters) + encode_number(digits) for letters, digits in SEGMENT.findall(text)])


@lru_cache(1 << 12)
def encode_letters(letters: str) -> str:
    """Return a text that sorts as a segment without digits."""
    return letters.translate(ORDER) + END


@lru_cache(1 << 12)
def encode_number(digits: str) -> str:
    """Return a text that sorts as a number of any length: the length comes first."""
    digits = digits.lstrip("0")
    return chr(len(digits)) + digits


def compare_versions(a: str, b: str) -> int:
    """Return -1, 0 or 1 if version `a` is older than, equal to or newer than `b`, as dpkg sees it."""
    if a == b:
        return 0
    first_key, second_key = make_version_key(a), make_version_key(b)
    return (first_key > second_key) - (first_key < second_key)


def satisfies(version: str, operator: str, bound: str) -> bool:
    """Return whether `version` stands in this relation (`<< <= = >= >>`) to `bound`; always true without an operator."""
    match operator:
        case "":
            return True
        case ">=":
            return version == bound or make_version_key(version) >= make_version_key(bound)
        case "=":
            return version == bound or make_version_key(version) == make_version_key(bound)
        case "<<":
            return make_version_key(version) < make_version_key(bound)
        case ">>":
            return make_version_key(version) > make_version_key(bound)
        case "<=":
            return version == bound or make_version_key(version) <= make_version_key(bound)
        case _:
            raise ValueError(operator)
