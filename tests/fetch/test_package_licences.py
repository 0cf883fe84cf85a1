from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from composelib.errors import TrustError
from composelib.fetch.package_licences import read_licences
from composelib.model.paths import locate_stored
from tests.kit.tiny_archive import deb

CONTROL = "Package: a\nVersion: 1\nArchitecture: all\n"
COPYRIGHT = b"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: Expat\n"


def put(store: Path, package: bytes) -> str:
    """Put a .deb into a store; return its SHA256."""
    sha256 = hashlib.sha256(package).hexdigest()
    path = locate_stored(store, sha256)
    path.parent.mkdir(parents=True)
    path.write_bytes(package)
    return sha256


def test_licences_are_read_from_a_deb_once(tmp_path: Path) -> None:
    store, folder = tmp_path / "sha256", tmp_path / "licences"
    files = {
        "usr/bin/a": b"x" * 5000,
        "usr/share/doc/a/copyright": COPYRIGHT,
        "usr/share/doc/a/examples/copyright": b"",
    }
    first, second = put(store, deb(CONTROL, files)), put(store, deb(CONTROL, {}))
    assert read_licences(store, folder, [first, second]) == {first: ["Expat"], second: []}
    record = folder / first[:2] / first
    text = b'\0["remembered"]\n'
    record.write_bytes(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
    assert read_licences(store, folder, [first])[first] == ["remembered"]


def test_a_deb_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    sha256 = put(tmp_path / "sha256", b"no deb")
    with pytest.raises(TrustError, match=rf"{sha256}: not a \.deb"):
        read_licences(tmp_path / "sha256", tmp_path / "licences", [sha256])
