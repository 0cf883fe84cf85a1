"""DSSE envelopes."""

from __future__ import annotations

import json

import pytest
from securesystemslib import dsse as public

from composelib.text.dsse import Envelope, format_envelope, pre_authenticate, read_envelope

ENVELOPE = Envelope("application/example", "grüße {}".encode(), {"ABCD": b"\x00\x01signature"})


def test_what_is_signed_has_the_lengths_of_the_type_and_the_text() -> None:
    assert pre_authenticate("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )  # the example of DSSE's protocol.md


def test_an_envelope_is_read_as_it_was_written() -> None:
    assert read_envelope(json.dumps(format_envelope(ENVELOPE)).encode()) == ENVELOPE


def test_a_public_reader_sees_the_same_signed_bytes() -> None:
    envelope = public.Envelope.from_dict(format_envelope(ENVELOPE))
    assert envelope.pae() == ENVELOPE.signed_bytes
    assert list(envelope.signatures) == ["ABCD"]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"payload": "%", "payloadType": "x", "signatures": []}'])
def test_what_is_no_envelope_is_refused(content: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_envelope(content)
