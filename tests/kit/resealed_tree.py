"""Damages files of a finished compose, and signs SHA256SUMS again with the right key: what is wrong then lies deeper."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Replace what a path holds; other links to its file keep theirs."""
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def flip_bit(path: Path, position: int, bit: int = 0) -> None:
    """Flip one bit of a file; other links to it keep their content."""
    content = bytearray(path.read_bytes())
    content[position] ^= 1 << bit
    replace_file(path, bytes(content))


def reseal(tree: Path, key_home: Path) -> None:
    """Write into SHA256SUMS, and the sums beside images, what the files are now, and sign the list again."""
    for path in tree.rglob("*.sha256"):
        names = [line.split("  ", 1)[1] for line in path.read_text().splitlines()]
        replace_file(path, "".join(f"{sum_of(path.with_name(name))}  {name}\n" for name in names).encode())
    for sums in (tree / "ostree/SHA256SUMS", tree / "SHA256SUMS"):
        if sums.exists():
            names = [line.split("  ", 1)[1] for line in sums.read_text().splitlines()]
            files = [name for name in names if (sums.parent / name).exists()]
            replace_file(sums, "".join(f"{sum_of(sums.parent / name)}  {name}\n" for name in files).encode())
    sums = tree / "SHA256SUMS"
    command = [
        "gpg",
        "--homedir",
        str(key_home),
        "--batch",
        "--quiet",
        "--armor",
        "--detach-sign",
        "--output",
        "-",
        str(sums),
    ]
    signed = subprocess.run(command, check=True, capture_output=True)
    replace_file(tree / "SHA256SUMS.sign", signed.stdout)


def sum_of(path: Path) -> str:
    """Return the SHA256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
