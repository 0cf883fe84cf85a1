"""Debian version numbers: whether one is valid, and their order (Debian Policy 5.6.12, deb-version(7))."""

from __future__ import annotations

import re
from functools import lru_cache

VALID = re.compile(r"(?:([0-9]{1,10}):)?[A-Za-z0-9.+~]+(?:-[A-Za-z0-9.+~]+)*")
MAX_EPOCH = 2**31 - 1  # dpkg keeps it in an int
PART = re.compile(r"([^0-9]*)([0-9]*)")
ORDER = str.maketrans({"~": "\0", **{sign: chr(ord(sign) + 256) for sign in "+-.:_"}})
END = "\1"  # of a part without digits: after a tilde, before all else


def valid(version: str) -> bool:
    """Return whether Policy allows this version: a small epoch, an upstream version, a revision, and no odd sign."""
    match = VALID.fullmatch(version)
    return match is not None and int(match[1] or 0) <= MAX_EPOCH


@lru_cache(1 << 17)
def key(version: str) -> str:
    """Return a text that sorts as the version does; versions that are equal (`1.0`, `0:1.0-0`) have the same."""
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "", version
    upstream, hyphen, revision = rest.rpartition("-")
    if not hyphen:
        upstream, revision = rest, ""
    return number(epoch) + ordered(upstream) + ordered(revision or "0")


def ordered(text: str) -> str:
    """Return a text that sorts as an upstream version or revision, and is never the beginning of another one's."""
    return "".join([lettered(letters) + number(digits) for letters, digits in PART.findall(text)])


@lru_cache(1 << 12)
def lettered(letters: str) -> str:
    """Return a text that sorts as a part without digits."""
    return letters.translate(ORDER) + END


@lru_cache(1 << 12)
def number(digits: str) -> str:
    """Return a text that sorts as a number of any length, its length coming first."""
    digits = digits.lstrip("0")
    return chr(len(digits)) + digits


def compare(a: str, b: str) -> int:
    """Return -1, 0 or 1 as version `a` is older than, the same as or newer than `b`, as dpkg sees it."""
    if a == b:
        return 0
    first, second = key(a), key(b)
    return (first > second) - (first < second)


def satisfies(version: str, operator: str, wanted: str) -> bool:
    """Return whether `version` stands in this relation (`<< <= = >= >>`) to `wanted`; any does when there is none."""
    match operator:
        case "":
            return True
        case ">=":
            return version == wanted or key(version) >= key(wanted)
        case "=":
            return version == wanted or key(version) == key(wanted)
        case "<<":
            return key(version) < key(wanted)
        case ">>":
            return key(version) > key(wanted)
        case "<=":
            return version == wanted or key(version) <= key(wanted)
        case _:
            raise ValueError(operator)
