"""DSSE envelopes: a signed text of any type, as JSON (github.com/secure-systems-lab/dsse, envelope.md and protocol.md)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from composelib.dataclass import dataclass
from composelib.text.json_file import parse_json


@dataclass(frozen=True)
class Envelope:
    """A text with its type, and the signatures of both by the fingerprint of their key."""

    payload_type: str
    payload: bytes
    signatures: Mapping[str, bytes]

    @property
    def signed_bytes(self) -> bytes:
        """What is signed: DSSE's pre-authentication encoding of the type and the text."""
        return pre_authenticate(self.payload_type, self.payload)


def pre_authenticate(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that stand for a text and its type in a signature."""
    return b"DSSEv1 %d %b %d %b" % (len(payload_type.encode()), payload_type.encode(), len(payload), payload)


def format_envelope(envelope: Envelope) -> dict[str, Any]:
    """Return an envelope as a JSON value."""
    return {
        "payload": b64encode(envelope.payload).decode(),
        "payloadType": envelope.payload_type,
        "signatures": [
            {"keyid": keyid, "sig": b64encode(signature).decode()} for keyid, signature in envelope.signatures.items()
        ],
    }


def read_envelope(content: bytes) -> Envelope:
    """Read an envelope. Raise ValueError, KeyError or TypeError if it is none."""
    value = parse_json(content)
    return Envelope(
        payload_type=value["payloadType"],
        payload=b64decode(value["payload"], validate=True),
        signatures={row["keyid"]: b64decode(row["sig"], validate=True) for row in value["signatures"]},
    )
