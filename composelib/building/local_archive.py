"""An archive in a folder, made of files of the store: apt and mmdebstrap install from it without any network."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from composelib.archive.format.repository import read_field, replace_field
from composelib.files import link_file
from composelib.image.root import apt_solution
from composelib.model.paths import locate_stored
from composelib.tools import apt_get

SUITE = "compose"
"""The name by which mmdebstrap selects the packages."""


def write_local_archive(folder: Path, stanzas: Iterable[bytes], store: Path) -> str:
    """Write an archive of packages of the store into a folder; return apt's source of it, which copies from there."""
    folder.mkdir()
    index = []
    for stanza in stanzas:
        name = name_deb(stanza)
        link_file(locate_stored(store, read_field(stanza, "SHA256")), folder / name)
        index.append(replace_field(stanza, "Filename", name))
    packages = b"\n".join(index)
    (folder / "Packages").write_bytes(packages)
    (folder / "Release").write_text(f"Suite: {SUITE}\n{apt_solution.render_stand_in_release(packages)}")
    return apt_get.format_source("copy", folder.absolute(), "./", ())


def name_deb(stanza: bytes) -> str:
    """Return the name of a package's file: `hello_2.10-3_amd64.deb`, without the epoch."""
    names = [read_field(stanza, name) for name in ("Package", "Version", "Architecture")]
    names[1] = names[1].rpartition(":")[2]
    return f"{'_'.join(names)}.deb"
