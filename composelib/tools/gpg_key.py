"""gpg: what a public key in a file is."""

from __future__ import annotations

from pathlib import Path

from composelib.tools.run import run


def show(public: Path) -> list[str]:
    """Give the command that prints the keys in a file in gpg's colon format; no keyring is touched."""
    return ["gpg", "--no-options", "--batch", "--no-keyring", "--with-colons", "--show-keys", str(public)]


def fingerprint(public: Path) -> str:
    """Give the fingerprint of the first key in a file."""
    printed = run(show(public), capture=True, package="gnupg").stdout.decode(errors="replace")
    return next(line.split(":")[9] for line in printed.splitlines() if line.startswith("fpr:"))
