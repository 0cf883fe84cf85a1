"""OpenPGP keyrings and clearsigned texts, as far as gpgv leaves their checks to its caller (RFC 4880, RFC 9580)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from composelib.errors import TrustError

PUBLIC_KEY, PUBLIC_SUBKEY, SIGNATURE = 6, 14, 2
KEY_REVOCATION, SUBKEY_REVOCATION = 0x20, 0x28
RSA, DSA = (1, 2, 3), (17,)
SAFE_BITS = 2048  # of RSA and DSA keys
ARMOR = re.compile(
    rb"^-----BEGIN PGP PUBLIC KEY BLOCK-----\s*?\n(?:[^\n]+:[^\n]*\n)*\s*?\n(?P<body>[A-Za-z0-9+/=\s]*?)"
    rb"(?:^=[A-Za-z0-9+/]{4}\s*?\n)?^-----END PGP PUBLIC KEY BLOCK-----",
    re.MULTILINE,
)
SIGNED = b"-----BEGIN PGP SIGNED MESSAGE-----"
SIGNATURE_BEGIN = b"-----BEGIN PGP SIGNATURE-----"
SIGNATURE_END = b"-----END PGP SIGNATURE-----"
EXPORT = "write it with `gpg --export FINGERPRINT > FILE`"


@dataclass(frozen=True)
class PublicKey:
    """A key or subkey of a keyring; `bits` is the length of its modulus, 0 for algorithms whose length is no measure."""

    fingerprint: str
    primary: str
    """The fingerprint of the key that it belongs to; its own unless it is a subkey."""
    bits: int = 0
    revoked: bool = False

    @property
    def weak(self) -> bool:
        """Whether the key is too short for its signatures to be trusted."""
        return 0 < self.bits < SAFE_BITS


def dearmor(content: bytes, path: str) -> bytes:
    """Return a keyring in binary form, whether it is armored (several blocks make one keyring) or not.

    Raise TrustError if it is neither; `path` is for messages.
    """
    if content[:1] and content[0] & 0x80:
        return content
    blocks = [match["body"] for match in ARMOR.finditer(content.replace(b"\r\n", b"\n"))]
    try:
        binary = b"".join(base64.b64decode(b"".join(block.split()), validate=True) for block in blocks)
    except binascii.Error:
        binary = b""
    if not binary:
        raise TrustError(f"{path}: not an OpenPGP keyring, neither binary nor armored", EXPORT)
    return binary


def read_keys(keyring: bytes, path: str) -> dict[str, PublicKey]:
    """Return the keys and subkeys of a binary keyring by fingerprint. Raise TrustError if it is damaged or empty."""
    keys_by_fingerprint: dict[str, PublicKey] = {}
    primary = current = ""
    for tag, body in read_packets(keyring, path):
        if tag in {PUBLIC_KEY, PUBLIC_SUBKEY} and body[:1] in {b"\4", b"\6"}:
            current = compute_fingerprint(body)
            primary = current if tag == PUBLIC_KEY else primary
            keys_by_fingerprint[current] = PublicKey(current, primary, read_modulus_bits(body))
        elif tag == SIGNATURE and read_signature_type(body) in {KEY_REVOCATION, SUBKEY_REVOCATION} and current:
            keys_by_fingerprint[current] = PublicKey(current, primary, keys_by_fingerprint[current].bits, revoked=True)
    if not keys_by_fingerprint:
        raise TrustError(f"{path}: contains no OpenPGP key", EXPORT)
    return keys_by_fingerprint


def read_packets(content: bytes, path: str) -> Iterator[tuple[int, bytes]]:
    """Yield the packets of a binary keyring as (tag, body)."""
    position = 0
    while position < len(content):
        try:
            tag, start, length = read_packet_header(content, position)
        except IndexError:
            tag, start, length = 0, position, len(content)
        if not tag or start + length > len(content):
            raise TrustError(f"{path}: damaged OpenPGP keyring at byte {position}", EXPORT)
        yield tag, content[start : start + length]
        position = start + length


def read_packet_header(content: bytes, position: int) -> tuple[int, int, int]:
    """Return a packet's tag (0 if it is no packet), the position of its body and the body's length."""
    first = content[position]
    if not first & 0x80:
        return 0, position, 0
    if first & 0x40:
        start, length = read_new_length(content, position + 1)
        return first & 0x3F, start, length
    width = (1, 2, 4, 0)[first & 3]
    start = position + 1 + width
    length = int.from_bytes(content[position + 1 : start]) if width else len(content) - start
    return first >> 2 & 0xF, start, length


def read_new_length(content: bytes, position: int) -> tuple[int, int]:
    """Return the position of a packet's body and its length, which is encoded in OpenPGP's new format."""
    first = content[position]
    if first < 192:  # noqa: PLR2004 - the three forms differ by these numbers
        return position + 1, first
    if first < 224:  # noqa: PLR2004
        return position + 2, ((first - 192) << 8) + content[position + 1] + 192
    return position + 5, int.from_bytes(content[position + 1 : position + 5])


def compute_fingerprint(body: bytes) -> str:
    """Return the fingerprint of a public key packet of version 4 or 6, as gpgv writes it."""
    if body[0] == 6:  # noqa: PLR2004 - the version
        return hashlib.sha256(b"\x9b" + len(body).to_bytes(4) + body).hexdigest().upper()
    return hashlib.sha1(b"\x99" + len(body).to_bytes(2) + body, usedforsecurity=False).hexdigest().upper()


def read_modulus_bits(body: bytes) -> int:
    """Return the length of an RSA or DSA key, whose first number is the modulus; 0 for other algorithms."""
    start = 6 if body[0] == 4 else 10  # noqa: PLR2004 - the version
    if len(body) < start + 2 or body[5] not in RSA + DSA:
        return 0
    return int.from_bytes(body[start : start + 2])


def read_signature_type(body: bytes) -> int:
    """Return the type of a signature packet: 0x20 revokes a key."""
    if body[:1] == b"\3":
        return body[2] if len(body) > 2 else -1  # noqa: PLR2004
    return body[1] if len(body) > 1 else -1


def is_clearsigned(content: bytes) -> bool:
    """Return whether content is exactly one clearsigned text, with nothing before or after it."""
    text = content.replace(b"\r\n", b"\n").rstrip(b"\n")
    return (
        text.startswith(SIGNED + b"\n")
        and text.endswith(b"\n" + SIGNATURE_END)
        and all(text.count(b"\n" + mark) == 1 for mark in (SIGNATURE_BEGIN, SIGNATURE_END))
        and text.count(SIGNED) == 1
    )


def strip_signature(content: bytes) -> bytes:
    """Return the text of a clearsigned file without verifying its signature; any other content unchanged."""
    if not is_clearsigned(content):
        return content
    text = content.replace(b"\r\n", b"\n")
    body = text.partition(b"\n\n")[2].partition(b"\n" + SIGNATURE_BEGIN)[0]
    return re.sub(rb"^- ", b"", body, flags=re.MULTILINE) + b"\n"
