"""openssl: signatures of the kind that cosign makes (openssl-dgst(1))."""

from __future__ import annotations

from pathlib import Path


def sign_with_pem(key: Path) -> list[str]:
    """Return the command that prints the signature, with SHA256, of its standard input by a private key in PEM."""
    return ["openssl", "dgst", "-sha256", "-sign", str(key)]
