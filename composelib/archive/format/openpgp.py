"""OpenPGP keyrings and clearsigned texts, as far as gpgv leaves their checks to its caller (RFC 4880, RFC 9580)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from composelib.errors import TrustError

PUBLIC_KEY, PUBLIC_SUBKEY, SIGNATURE = 6, 14, 2
KEY_REVOCATION, SUBKEY_REVOCATION = 0x20, 0x28
BINDINGS = (0x10, 0x11, 0x12, 0x13, 0x18, 0x1F)
"""Types of the signatures by which a key says what belongs to it: its user IDs, its subkeys, itself."""
WEAK_DIGESTS = {1: "MD5", 2: "SHA-1", 3: "RIPEMD-160"}
"""By their numbers in a signature."""
RSA, DSA = (1, 2, 3), (17,)
SAFE_BITS = 2048  # of RSA and DSA keys
ARMOR = re.compile(
    rb"^-----BEGIN PGP PUBLIC KEY BLOCK-----\s*?\n(?:[^\n]+:[^\n]*\n)*\s*?\n(?P<body>[A-Za-z0-9+/=\s]*?)"
    rb"(?:^=[A-Za-z0-9+/]{4}\s*?\n)?^-----END PGP PUBLIC KEY BLOCK-----",
    re.MULTILINE,
)
SIGNATURE_ARMOR = re.compile(
    rb"-----BEGIN PGP SIGNATURE-----\n\n(?P<body>(?:[A-Za-z0-9+/]+={0,2}\n)+)"
    rb"(?:=(?P<crc>[A-Za-z0-9+/]{4})\n)?-----END PGP SIGNATURE-----\n"
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
    rests_on: str = ""
    """The weak digest that all signatures use which bind the key to its user IDs or a subkey to it; empty if one is better."""
    repeated: bool = False
    """Whether the keyring has the key more than once; gpgv looks at the first."""

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
    digests: dict[str, list[int]] = {}
    primary = current = ""
    for tag, body in read_packets(keyring, path):
        if tag in {PUBLIC_KEY, PUBLIC_SUBKEY} and body[:1] in {b"\4", b"\6"}:
            current = compute_fingerprint(body)
            primary = current if tag == PUBLIC_KEY else primary
            earlier = keys_by_fingerprint.get(current)
            key = PublicKey(current, primary, read_modulus_bits(body), repeated=earlier is not None)
            keys_by_fingerprint[current] = replace(key, revoked=earlier is not None and earlier.revoked)
        elif tag == SIGNATURE and current:
            kind = read_signature_type(body)
            if kind in {KEY_REVOCATION, SUBKEY_REVOCATION}:
                keys_by_fingerprint[current] = replace(keys_by_fingerprint[current], revoked=True)
            elif kind in BINDINGS:
                digests.setdefault(current, []).append(read_digest(body))
    if not keys_by_fingerprint:
        raise TrustError(f"{path}: contains no OpenPGP key", EXPORT)
    return {
        fingerprint: replace(key, rests_on=find_weak_digest(digests.get(fingerprint, [])))
        for fingerprint, key in keys_by_fingerprint.items()
    }


def list_primary_fingerprints(content: bytes, path: str) -> tuple[str, ...]:
    """Return the fingerprints of the keys in a keyring, armored or not, without those of subkeys. Raise TrustError."""
    keys = read_keys(dearmor(content, path), path)
    return tuple(fingerprint for fingerprint, key in keys.items() if key.primary == fingerprint)


def find_weak_digest(digests: list[int]) -> str:
    """Return the weak digest that all of a key's bindings use, empty if one of them uses a better one."""
    return WEAK_DIGESTS[digests[0]] if digests and WEAK_DIGESTS.keys() >= set(digests) else ""


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


def read_digest(body: bytes) -> int:
    """Return the number of the digest that a signature packet uses."""
    position = 16 if body[:1] == b"\3" else 3
    return body[position] if len(body) > position else 0


def find_stray_line(signature: bytes) -> str:
    """Return why a file is not just armored signatures, one after another, as apt demands; empty if it is."""
    inside = False
    lines = signature.rstrip().split(b"\n") if signature.strip() else []
    for number, line in enumerate(map(bytes.rstrip, lines), 1):
        if inside and line.startswith(b"-"):
            inside = False
            if line != SIGNATURE_END:
                return f"line {number} is not one of a signature"
        elif not inside:
            inside = line == SIGNATURE_BEGIN
            if not inside:
                return f"line {number} is not one of a signature"
    return "its last signature has no end" if inside else ""


def is_clearsigned(content: bytes) -> bool:
    """Return whether content is exactly one clearsigned text, with nothing before or after it."""
    text = content.replace(b"\r\n", b"\n").rstrip(b"\n")
    return (
        text.startswith(SIGNED + b"\n")
        and text.endswith(b"\n" + SIGNATURE_END)
        and all(text.count(b"\n" + mark) == 1 for mark in (SIGNATURE_BEGIN, SIGNATURE_END))
        and text.count(SIGNED) == 1
    )


def is_canonical_armor(signature: bytes) -> bool:
    """Return whether an armored signature is, byte for byte, as gpg writes one: what ends it is not signed."""
    match = SIGNATURE_ARMOR.fullmatch(signature)
    if not match:
        return False
    try:
        binary = base64.b64decode(match["body"].replace(b"\n", b""), validate=True)
    except binascii.Error:
        return False
    lines = base64.encodebytes(binary).replace(b"\n", b"")
    body = b"".join(lines[start : start + 64] + b"\n" for start in range(0, len(lines), 64))
    checksum = base64.b64encode(compute_crc24(binary).to_bytes(3))
    return match["body"] == body and match["crc"] in {None, checksum}


def compute_crc24(content: bytes) -> int:
    """Return the checksum at the end of an armor (RFC 4880, 6.1)."""
    crc = 0xB704CE
    for byte in content:
        crc ^= byte << 16
        for _ in range(8):
            crc = crc << 1 ^ (0x1864CFB if crc & 0x800000 else 0)
    return crc


def strip_signature(content: bytes) -> bytes:
    """Return the text of a clearsigned file without verifying its signature; any other content unchanged."""
    if not is_clearsigned(content):
        return content
    text = content.replace(b"\r\n", b"\n")
    body = text.partition(b"\n\n")[2].partition(b"\n" + SIGNATURE_BEGIN)[0]
    return re.sub(rb"^- ", b"", body, flags=re.MULTILINE) + b"\n"
