"""Packages written in a few words, for tests that need an archive's stanzas but no archive."""

from __future__ import annotations

import hashlib

from composelib.archive.choose.packages.index import Index, build
from composelib.archive.choose.packages.package import Part
from composelib.archive.choose.packages.universe import Universe
from tests.kit.tiny_archive import paragraph


def stanza(name: str, version: str = "1.0", arch: str = "amd64", **fields: str) -> str:
    """Give a stanza of Packages; further fields by keyword, `_` for `-`."""
    own = {key.replace("_", "-"): value for key, value in fields.items()}
    described = {"Package": name, "Version": version, "Architecture": arch, "Priority": "optional", "Section": "misc"}
    filename = f"pool/main/{name[0]}/{name}/{name}_{version}_{arch}.deb"
    digest = hashlib.sha256(filename.encode()).hexdigest()
    return paragraph({**described, "Filename": filename, "Size": "7", "SHA256": digest, **own})


def source(name: str, version: str = "1.0", **fields: str) -> str:
    """Give a stanza of Sources."""
    own = {key.replace("_", "-"): value for key, value in fields.items()}
    digest = hashlib.sha256(name.encode()).hexdigest()
    files = f"\n {digest} 5 {name}_{version}.dsc"
    described = {"Package": name, "Version": version, "Architecture": "any", "Directory": f"pool/main/{name[0]}/{name}"}
    return paragraph({**described, "Checksums-Sha256": files, **own})


def part(
    *stanzas: str, archive: str = "main", arch: str = "amd64", priority: int | None = None, lookaside: bool = False
) -> Part:
    """Give the part of an archive that these stanzas are."""
    text = "\n".join(stanzas).encode("utf-8", "surrogateescape")
    return Part(archive, text, Index(build(text, arch, f"archive {archive}")), priority, lookaside)


def universe(*stanzas: str, arch: str = "amd64") -> Universe:
    """Give the universe of one archive."""
    return Universe([part(*stanzas, arch=arch)], arch)
