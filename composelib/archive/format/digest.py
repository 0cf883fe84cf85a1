"""Digests that files are trusted by: SHA256, and SHA512 where an archive lists nothing else. Their length tells them apart."""

from __future__ import annotations

import hashlib

SHA512_LENGTH = 128


def name_algorithm(digest: str) -> str:
    """Return the algorithm of a digest in hex, as Release files spell it: SHA256 or SHA512."""
    return "SHA512" if len(digest) == SHA512_LENGTH else "SHA256"


def start_hash(digest: str) -> hashlib._Hash:
    """Return an empty hash of the algorithm of a digest in hex."""
    return hashlib.sha512() if len(digest) == SHA512_LENGTH else hashlib.sha256()
