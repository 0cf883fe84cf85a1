"""Makes stanzas and listings of packages, for tests that need no archive."""

from __future__ import annotations

import hashlib

from composelib.archive.choose.packages.index import Index
from composelib.archive.choose.packages.index_build import build_index
from composelib.archive.choose.packages.package import PackageListing
from composelib.archive.choose.packages.universe import Universe
from tests.kit.tiny_archive import paragraph


def make_stanza(name: str, version: str = "1.0", arch: str = "amd64", **fields: str) -> str:
    """Return a stanza of Packages; further fields by keyword, `_` for `-`."""
    overrides = {key.replace("_", "-"): value for key, value in fields.items()}
    defaults = {"Package": name, "Version": version, "Architecture": arch, "Priority": "optional", "Section": "misc"}
    filename = f"pool/main/{name[0]}/{name}/{name}_{version}_{arch}.deb"
    digest = hashlib.sha256(filename.encode()).hexdigest()
    return paragraph({**defaults, "Filename": filename, "Size": "7", "SHA256": digest, **overrides})


def make_source(name: str, version: str = "1.0", **fields: str) -> str:
    """Return a stanza of Sources."""
    overrides = {key.replace("_", "-"): value for key, value in fields.items()}
    digest = hashlib.sha256(name.encode()).hexdigest()
    files = f"\n {digest} 5 {name}_{version}.dsc"
    defaults = {"Package": name, "Version": version, "Architecture": "any", "Directory": f"pool/main/{name[0]}/{name}"}
    return paragraph({**defaults, "Checksums-Sha256": files, **overrides})


def make_listing(
    *stanzas: str, archive: str = "main", arch: str = "amd64", priority: int | None = None, lookaside: bool = False
) -> PackageListing:
    """Return the listing of an archive that has these stanzas."""
    text = "\n".join(stanzas).encode("utf-8", "surrogateescape")
    return PackageListing(archive, text, Index(build_index(text, arch, f"archive {archive}")), priority, lookaside)


def make_universe(*stanzas: str, arch: str = "amd64") -> Universe:
    """Return the universe of one archive."""
    return Universe([make_listing(*stanzas, arch=arch)], arch)
