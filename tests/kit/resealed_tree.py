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
    """Write into the lists of sums, and the sums beside images, what the files are now, and sign the lists again."""
    for suffix in ("sha256", "sha512"):
        for path in tree.rglob(f"*.{suffix}"):
            rewrite_sums(path, suffix)
    ostree = tree / "ostree/SHA256SUMS"
    if ostree.exists():
        rewrite_sums(ostree, "sha256")
    for algorithm in ("sha512", "sha256"):  # the first is listed by the second
        path = tree / f"{algorithm.upper()}SUMS"
        rewrite_sums(path, algorithm)
        sign(path, key_home)


def sign(path: Path, key_home: Path) -> None:
    """Sign a list of sums anew."""
    command = ["gpg", "--homedir", str(key_home), "--batch", "--quiet", "--armor", "--detach-sign", "--output", "-"]
    signed = subprocess.run([*command, str(path)], check=True, capture_output=True)
    replace_file(path.with_name(f"{path.name}.sign"), signed.stdout)


def rewrite_sums(path: Path, algorithm: str) -> None:
    """Write a list of sums anew, without the files that are gone."""
    names = [line.split("  ", 1)[1] for line in path.read_text().splitlines()]
    files = [name for name in names if (path.parent / name).exists()]
    rows = [f"{hashlib.new(algorithm, (path.parent / name).read_bytes()).hexdigest()}  {name}\n" for name in files]
    replace_file(path, "".join(rows).encode())
