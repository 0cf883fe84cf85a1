"""The source packages of a folder: makes the index that it lacks, of each .dsc and the files that belong to it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from composelib.archive.format.openpgp import strip_signature
from composelib.archive.format.stanza import StanzaError, decode_value, split_fields
from composelib.archive.format.stanza_checks import check_source_file
from composelib.errors import TrustError
from composelib.fetch.deb_folder import check_entry, digest_entries
from composelib.fetch.store import hash_file
from composelib.fetch.url import resolve_inside

INDEX_FIELDS = {b"package", b"directory"}
"""Fields that only an index may have, in lower case."""
SUMS, MD5_SUMS, SHA1_SUMS = b"checksums-sha256", b"files", b"checksums-sha1"


def list_dscs(folder: Path) -> list[Path]:
    """Return the .dsc files below a folder, sorted. Raise TrustError as `list_debs` does."""
    paths = sorted(folder.rglob("*.dsc"))
    for path in paths:
        check_entry(path, folder)
    return paths


def describe_source_state(folder: Path) -> str:
    """Describe the state of a folder's source packages without reading them: of all files beside a .dsc but packages."""
    if not folder.is_dir():
        return "no such folder"
    folders = {path.parent for path in list_dscs(folder)}
    entries = (path for parent in folders for path in parent.iterdir() if not path.name.endswith("deb"))
    return digest_entries(sorted(entries), folder)


def read_source_stanzas(folder: Path) -> Iterator[bytes]:
    """Yield the stanza that an archive's Sources would have for each .dsc. Raise TrustError for a broken one."""
    for path in list_dscs(folder):
        yield read_source_stanza(path, folder)


def read_source_stanza(path: Path, folder: Path) -> bytes:
    """Return the stanza of one .dsc after a check of all files that it lists.

    A signature around it is not verified: a folder is trusted as its .debs are.
    """
    content = resolve_inside(path, folder).read_bytes()
    try:
        text = strip_signature(content).strip(b"\n")
        fields = split_fields(text) if text else []
        values = {name.lower(): value.rstrip(b" \t\n") for name, value in fields}
        if INDEX_FIELDS & values.keys() or not {b"source", SUMS} <= values.keys():
            raise StanzaError("is no .dsc: needs Source and Checksums-Sha256, and no Package or Directory")
        for line in filter(None, decode_value(values[SUMS]).split("\n")):
            check_member(path, folder, line.split())
    except StanzaError as error:
        raise TrustError(f"{path}: {error}", "mend or remove it") from None
    sums = {
        SUMS: f"{hashlib.sha256(content).hexdigest()} {len(content)} {path.name}",
        MD5_SUMS: f"{hashlib.md5(content, usedforsecurity=False).hexdigest()} {len(content)} {path.name}",
    }
    lines = [b"Package: " + values[b"source"]]
    for name, value in fields:
        if name.lower() not in {b"source", SHA1_SUMS}:
            listed = value.rstrip(b" \t\n")
            own = f"\n {sums[name.lower()]}".encode() if name.lower() in sums else b""
            lines.append(name + b":" + (b"" if listed.startswith(b"\n") else b" ") + listed + own)
    lines.append(f"Directory: {path.parent.relative_to(folder)}".encode())
    return b"\n".join(lines) + b"\n"


def check_member(dsc: Path, folder: Path, words: list[str]) -> None:
    """Check a file that a .dsc lists by size and SHA256. Raise StanzaError for a bad row, TrustError for a bad file."""
    check_source_file(words)
    sha256, size, name = words
    path = dsc.with_name(name)
    real = resolve_inside(path, folder)
    if not real.is_file():
        raise TrustError(f"{path}: is missing; {dsc.name} lists it", f"copy it beside {dsc.name}, or remove that")
    actual = real.stat().st_size
    if actual != int(size) or hash_file(real) != sha256:
        raise TrustError(f"{path}: is not the file that {dsc.name} lists", f"copy it anew: it has {size} bytes there")
