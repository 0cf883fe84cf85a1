"""What is wrong in a compose's tree, by its signatures and hashes alone: an oracle that shares no code with the program."""

from __future__ import annotations

import gzip
import hashlib
import json
import lzma
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.kit.iso_files import extract_iso

LISTED = re.compile(r"^ ([0-9a-f]{64}) +([0-9]+) (\S+)$", re.MULTILINE)
STANZA_FILE = re.compile(r"^ ([0-9a-f]{64}) ([0-9]+) (\S+)$", re.MULTILINE)
SUM_LINE = re.compile(r"^([0-9a-f]{64})  (?:\./)?(.+)$", re.MULTILINE)


def sha256(path: Path) -> str:
    """Return a file's SHA256; a word if there is no such regular file."""
    if path.is_symlink() or not path.is_file():
        return "no regular file"
    return hashlib.sha256(path.read_bytes()).hexdigest()


def find_wrong(tree: Path) -> list[str]:
    """Return a line for each thing in a tree, and in its ISO images, that is not as it is signed."""
    with TemporaryDirectory() as folder:
        ring = Path(folder, "ring.gpg")
        command = ["gpg", "--yes", "--output", str(ring), "--dearmor", str(tree / "archive-key.asc")]
        subprocess.run(command, capture_output=True, check=True)
        return sorted(walk(tree, ring, Path(folder)))


def walk(tree: Path, ring: Path, scratch: Path) -> Iterator[str]:
    """Yield what is wrong in a tree."""
    yield from check_signature(ring, tree / "SHA256SUMS.sign", tree / "SHA256SUMS")
    for sums in (tree / "SHA256SUMS", *tree.rglob("*.sha256")):
        yield from check_sums(sums)
    repositories = [path.parents[2] for path in sorted(tree.rglob("dists/*/InRelease"))]
    for repository in repositories:
        yield from check_repository(repository, ring, by_hash=True)
    packages = {path.name: sha256(path) for root in repositories for path in (root / "pool").rglob("*.*")}
    for iso in sorted(tree.rglob("*.iso")):
        disc = extract_iso(iso, scratch / iso.name)
        yield from check_sums(disc / "sha256sum.txt")
        yield from check_repository(disc, ring, by_hash=False)
        for path in (disc / "pool").rglob("*.*"):
            if packages.get(path.name) != sha256(path):
                yield f"{iso}: {path.name} is not the repository's"
    yield from check_metadata(tree, packages)


def check_signature(ring: Path, *words: Path) -> Iterator[str]:
    """Yield a line if a signature is not good."""
    command = ["gpgv", "--quiet", "--keyring", str(ring), *map(str, words)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        yield f"{words[0]}: bad signature"


def check_sums(sums: Path) -> Iterator[str]:
    """Yield the files that differ from a list of their sums."""
    for digest, name in SUM_LINE.findall(sums.read_text()):
        if sha256(sums.parent / name) != digest:
            yield f"{sums.parent / name}: differs from {sums.name}"


def check_repository(root: Path, ring: Path, *, by_hash: bool) -> Iterator[str]:
    """Yield what is wrong in a repository: signatures, indices, by-hash files, the pool."""
    (suite,) = (root / "dists").iterdir()
    yield from check_signature(ring, suite / "InRelease")
    yield from check_signature(ring, suite / "Release.gpg", suite / "Release")
    text = (suite / "Release").read_text()
    if text.strip() not in (suite / "InRelease").read_text():
        yield f"{suite}: InRelease is not Release"
    pool: set[Path] = set()
    for digest, _, name in LISTED.findall(text):
        index = suite / name
        hashed = index.parent / "by-hash/SHA256" / digest
        for path in (index, hashed) if by_hash else (index,):
            if sha256(path) != digest:
                yield f"{path}: differs from Release"
        yield from check_packed(index)
        if index.name in {"Packages", "Sources"}:
            files = {root / file: value for file, value in read_pool(index.read_text())}
            pool |= files.keys()
            yield from (f"{path}: differs from {index}" for path, value in files.items() if sha256(path) != value)
    yield from (f"{path}: has another name" for path in suite.rglob("by-hash/*/*") if sha256(path) != path.name)
    yield from (f"{path}: in no index" for path in (root / "pool").rglob("*") if path.is_file() and path not in pool)


def check_packed(index: Path) -> Iterator[str]:
    """Yield a line if a packed index is not the plain one's."""
    opens = {".gz": gzip.decompress, ".xz": lzma.decompress}.get(index.suffix)
    if opens and index.is_file() and index.with_suffix("").is_file():
        try:
            same = opens(index.read_bytes()) == index.with_suffix("").read_bytes()
        except (OSError, lzma.LZMAError, EOFError):
            same = False
        if not same:
            yield f"{index}: is not the plain one, packed"


def read_pool(text: str) -> Iterator[tuple[str, str]]:
    """Yield path and SHA256 of each file that an index lists."""
    for stanza in text.split("\n\n"):
        fields = dict(re.findall(r"^([\w-]+):[ ]?(.*(?:\n .*)*)", stanza, re.MULTILINE))
        if "Filename" in fields:
            yield fields["Filename"], fields["SHA256"]
        for digest, _, name in STANZA_FILE.findall("\n" + fields.get("Checksums-Sha256", "")):
            yield f"{fields['Directory']}/{name}", digest


def check_metadata(tree: Path, packages: dict[str, str]) -> Iterator[str]:
    """Yield the rows of metadata that differ from the files they are about."""
    for variant in json.loads((tree / "metadata/debs.json").read_text())["variants"].values():
        for row in (row for rows in variant.values() for row in rows if "filename" in row):
            if packages.get(Path(row["filename"]).name) != row["sha256"]:
                yield f"metadata/debs.json: {row['filename']} differs"
    for row in json.loads((tree / "metadata/images.json").read_text())["images"]:
        if sha256(tree / row["path"]) != row["sha256"]:
            yield f"metadata/images.json: {row['path']} differs"
