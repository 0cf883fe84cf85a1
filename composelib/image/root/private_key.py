"""Recognize private keys in every common form: PEM, DER, OpenSSH, OpenPGP, and those of single programs."""

from __future__ import annotations

import re
from collections.abc import Iterator

PEM = re.compile(
    rb"-----BEGIN ([A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?)-----\s+(?:[A-Za-z0-9-]+: [^\n]*\n)*\s*([A-Za-z0-9+/=]{32,})"
)
OTHER_FORMS = {
    "an SSH2 private key": re.compile(rb"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----"),
    "an SSH1 private key": re.compile(rb"\ASSH PRIVATE KEY FILE FORMAT 1\.1\n"),
    "a private key of Dropbear": re.compile(rb"\A\x00\x00\x00[\x07-\x20](?:ssh-|ecdsa-)"),
    "a private key of PuTTY": re.compile(rb"\APuTTY-User-Key-File-[0-9]+: "),
    "a private key of GnuPG": re.compile(rb"(?m)(?:\A|^Key: )\((?:[0-9]+:)?(?:protected-|shadowed-)?private-key"),
    "a private key of DNSSEC": re.compile(rb"\APrivate-key-format: v"),
    "a private key of age": re.compile(rb"AGE-SECRET-KEY-1[0-9A-Z]{40,}"),
    "a private key of signify": re.compile(rb"\Auntrusted comment: [^\n]*secret key[^\n]*\n[A-Za-z0-9+/=]{40,}"),
    "a private key of Tor": re.compile(rb"\A== ed25519v1-secret: "),
    "a private JSON web key": re.compile(rb'\A\s*[{\[](?:[^"]*"[^"]*")*?[^"]*"d"\s*:\s*"[A-Za-z0-9_-]{20,}"'),
    "a Java keystore with a private key": re.compile(
        rb"(?s)\A(?:\xfe\xed\xfe\xed|\xce\xce\xce\xce).{8}\x00\x00\x00\x01"
    ),
    "a Kerberos keytab": re.compile(rb"(?s)\A\x05\x02\x00[\x00\x01].{20,}"),
}
INTEGER, OCTETS, OBJECT, SEQUENCE = 0x02, 0x04, 0x06, 0x30
PASSWORD_SCHEMES = (bytes.fromhex("2a864886f70d0105"), bytes.fromhex("2a864886f70d010c01"))
"""Object identifiers of ciphers that encrypt a key by a password (PKCS #5, PKCS #12)."""
KEY_BAGS = (bytes.fromhex("060b2a864886f70d010c0a0101"), bytes.fromhex("060b2a864886f70d010c0a0102"))
"""Object identifiers of a private key within a PKCS #12 file."""
PRIMES = {6: "DSA", 9: "PKCS #1"}
"""Forms of a key that is a sequence of numbers, by how many there are."""
PGP_VERSIONS = (3, 4, 5, 6)
PGP_ALGORITHMS = (1, 2, 3, 16, 17, 18, 19, 22, 25, 26, 27, 28)
HEADER_OF_LONG = 0x80


def describe_private_key(content: bytes) -> str:
    """Return what private key a file's content is or holds, in words; empty if none."""
    match = PEM.search(content)
    if match:
        return f"a private key (PEM: {match[1].decode()})"
    name = next((name for name, form in OTHER_FORMS.items() if form.search(content)), "")
    if name:
        return name
    form = describe_der(content)
    if form:
        return f"a private key (DER: {form})"
    return "a private key of OpenPGP" if is_pgp_secret(content) else ""


def find_trace(content: bytes) -> bytes:
    """Return a text of a private key that is in no other key."""
    match = PEM.search(content)
    return match[2] if match else content.strip()


def describe_der(content: bytes) -> str:
    """Return the form of the DER private key that a content is; empty if it is none."""
    outer = next(read_elements(content), None)
    if outer is None or outer[0] != SEQUENCE or len(content) - outer[2] not in {0, 1}:
        return ""
    elements = list(read_elements(content[outer[1] : outer[2]]))
    inside = content[outer[1] : outer[2]]
    tags = [tag for tag, _, _ in elements]
    values = [inside[start:end] for _, start, end in elements]
    return describe_elements(tags, values)


def describe_elements(tags: list[int], values: list[bytes]) -> str:
    """Return the form of the private key whose outermost sequence has these elements; empty if it is none."""
    if tags[:3] == [INTEGER, SEQUENCE, OCTETS] and values[0] in {b"\0", b"\1"} and values[1][:1] == bytes([OBJECT]):
        return "PKCS #8"
    if tags[:2] == [INTEGER, OCTETS] and values[0] == b"\1" and len(values[1]) > 15:  # noqa: PLR2004 - the shortest
        return "SEC 1"
    if tags[:2] == [SEQUENCE, OCTETS] and any(scheme in values[0][:16] for scheme in PASSWORD_SCHEMES):
        return "PKCS #8, encrypted"
    if tags[:2] == [INTEGER, SEQUENCE] and values[0] == b"\3" and any(bag in values[1] for bag in KEY_BAGS):
        return "PKCS #12"
    if set(tags) == {INTEGER} and values[0] in {b"\0", b"\1"}:
        return PRIMES.get(len(tags), "")
    return ""


def read_elements(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the tag of each DER element, and the positions of its value's begin and end; stop where it is not DER."""
    position = 0
    while position + 2 <= len(content):
        tag, length = content[position], content[position + 1]
        start = position + 2
        if length >= HEADER_OF_LONG:
            digits = length - HEADER_OF_LONG
            if not 0 < digits <= 4:  # noqa: PLR2004 - bytes of a length that a file can have
                return
            length = int.from_bytes(content[start : start + digits])
            start += digits
        if start + length > len(content):
            return
        yield tag, start, start + length
        position = start + length


def is_pgp_secret(content: bytes) -> bool:
    """Return whether a content begins with an OpenPGP packet of a secret key (RFC 9580, 5.5.3)."""
    if not content or content[0] not in {0x94, 0x95, 0x96, 0xC5}:
        return False
    sizes = {0x94: 1, 0x95: 2, 0x96: 4}
    size = sizes.get(content[0]) or (1 if content[1:2] < b"\xc0" else 2 if content[1:2] < b"\xe0" else 5)
    body = content[1 + size : 1 + size + 6]
    return len(body) == 6 and body[0] in PGP_VERSIONS and body[5] in PGP_ALGORITHMS  # noqa: PLR2004 - up to the algorithm
