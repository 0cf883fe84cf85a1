"""Checks of each stanza of an index before anything acts on it: names, versions, sizes, hashes, paths.

They raise HostileStanzaError for what closes an archive, and StanzaError for what is merely odd.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from composelib.archive.format import version
from composelib.archive.format.stanza import HostileStanzaError, StanzaError, decode_value

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]*")
ARCH = re.compile(r"[a-z0-9][a-z0-9-]*")
SHA256 = re.compile(r"[0-9a-f]{64}")
PLAIN_PATH = re.compile(r"(?:[A-Za-z0-9+_~][A-Za-z0-9+._~:=,@-]*/)*[A-Za-z0-9+_~][A-Za-z0-9+._~:=,@-]*")
SOUND = re.compile(
    rb"%s\n(?:[0-9]{1,9}:)?(?:[A-Za-z0-9.+~-]+-)?[A-Za-z0-9.+~]+\n%s\n(?:\./)?%s\n[0-9]{1,18}\n%s"
    % tuple(expression.pattern.encode() for expression in (NAME, ARCH, PLAIN_PATH, SHA256))
)
"""Package, Version, Architecture, Filename, Size and SHA256 of nearly all packages, which need no further check."""
HIDDEN = re.compile(r"%(?:2f|2e|5c|00)", re.IGNORECASE)  # an encoded slash, dot, backslash or NUL
MAX_SIZE = 2**63
MAX_DIGITS = 19
MAX_COMPONENT = 255  # bytes of a file name: NAME_MAX of Linux file systems
SOURCE = "source"


def check_binary(values: Mapping[str, bytes]) -> None:
    """Check a stanza of Packages, its field names in lower case. Raise StanzaError, which names the field."""
    check_version(values)
    check_text(values, "architecture", "Architecture", ARCH)
    check_path("Filename", require_value(values, "filename", "Filename"))
    check_size("Size", require_value(values, "size", "Size"))
    check_sha256(values)


def check_source(values: Mapping[str, bytes]) -> None:
    """Check a stanza of Sources, as check_binary does."""
    check_version(values)
    directory = require_value(values, "directory", "Directory")
    if directory != ".":
        check_path("Directory", directory)
    if "checksums-sha256" not in values:
        if "checksums-sha512" in values:
            raise StanzaError("Checksums-Sha512: not rows of a SHA512, a size and a name")
        if "files" in values:
            raise HostileStanzaError("Checksums-Sha256: weak hash: only MD5 or SHA1 is given")
        raise StanzaError(MISSING)
    for line in filter(None, require_value(values, "checksums-sha256", "Checksums-Sha256").split("\n")):
        check_source_file(line.split())


MISSING = "Checksums-Sha256: the field is missing"


def check_source_file(words: list[str]) -> None:
    """Check one line of Checksums-Sha256."""
    if len(words) != len(("sha256", "size", "name")) or "/" in words[2]:
        raise HostileStanzaError(f"Checksums-Sha256: {' '.join(words)[:80]!r} is not a hash, a size and a name")
    if not SHA256.fullmatch(words[0]):
        raise HostileStanzaError(f"Checksums-Sha256: {words[0][:80]!r} is not a SHA256")
    check_size("Checksums-Sha256", words[1])
    check_path("Checksums-Sha256", words[2])


def require_value(values: Mapping[str, bytes], key: str, field: str) -> str:
    """Return a field's value as text. Raise StanzaError if it is missing or empty."""
    value = values.get(key)
    if not value:
        raise StanzaError(f"{field}: the field is missing" if value is None else f"{field}: the value is empty")
    return decode_value(value)


def check_text(values: Mapping[str, bytes], key: str, field: str, allowed: re.Pattern[str]) -> None:
    """Check that a field is present and matches an expression."""
    text = require_value(values, key, field)
    if not allowed.fullmatch(text):
        raise StanzaError(f"{field}: {text[:80]!r} is not valid")


def check_version(values: Mapping[str, bytes]) -> None:
    """Check the Version field."""
    text = require_value(values, "version", "Version")
    if not version.is_valid_version(text):
        raise StanzaError(f"Version: {text[:80]!r} is not a version")


def check_size(field: str, text: str) -> None:
    """Check that a size is a number that a file can have."""
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS and int(text) < MAX_SIZE):
        raise HostileStanzaError(f"{field}: {text[:80]!r} is not a size")


def check_sha256(values: Mapping[str, bytes]) -> None:
    """Check that there is a SHA256: older hashes prove nothing."""
    if "sha256" not in values and "sha512" in values:
        raise StanzaError(f"SHA512: {decode_value(values['sha512'])[:80]!r} is not valid")
    if "sha256" not in values and ("md5sum" in values or "sha1" in values):
        raise HostileStanzaError("SHA256: weak hash: only MD5 or SHA1 is given")
    sha256 = require_value(values, "sha256", "SHA256")
    if not SHA256.fullmatch(sha256):
        raise HostileStanzaError(f"SHA256: {sha256[:80]!r} is not valid")


def check_path(field: str, path: str) -> None:
    """Check that a path stays below the archive's root and means the same to everyone who reads it.

    A leading `./` is how dpkg-scanpackages writes a flat repository's names, and is allowed.
    """
    relative = path.removeprefix("./")
    if PLAIN_PATH.fullmatch(relative) and len(relative) < MAX_COMPONENT:
        return
    for component in relative.split("/"):
        fault = find_fault(component)
        if fault:
            raise HostileStanzaError(f"{field}: {path[:80]!r} is unsafe: {fault}")


def is_short_path(filename: bytes) -> bool:
    """Return whether a path is so short that no component of it can be too long."""
    return len(filename) < MAX_COMPONENT


def find_fault(component: str) -> str:
    """Describe what is unsafe in a component of a path; '' if nothing is."""
    if component in {"", ".", ".."}:
        return f"{component!r} is a component of it"
    if component.startswith("-"):
        return "a component begins with '-'"
    if "\\" in component or HIDDEN.search(component):
        return "a separator is hidden in it"
    if not component.isprintable():
        return "there are control characters in it"
    if len(component.encode("utf-8", "surrogateescape")) >= MAX_COMPONENT:
        return "a component is too long"
    return ""
