from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from composelib.errors import TrustError
from composelib.fetch.package_identity import RECORD, IndexedFile, PackageIdentity, check_identities, open_record
from tests.kit.tiny_archive import deb

FOO = PackageIdentity("foo", "1.0", "amd64")


@pytest.fixture
def file(tmp_path: Path) -> IndexedFile:
    """Make a store of one .deb."""
    content = deb("Package: foo\nVersion: 1.0\nArchitecture: amd64\n", {})
    path = tmp_path / "store/sha256/foo"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return IndexedFile(path, hashlib.sha256(content).hexdigest(), FOO, "foo 1.0 of archive a")


def test_a_record_that_is_wrong_blames_no_archive(file: IndexedFile) -> None:
    record = file.path.parents[1] / RECORD
    record.write_bytes(f"{file.sha256} foo 6.6 amd64 .\n".encode() + b"\0\xff junk\n")
    check_identities(open_record(file.path.parent), [file])
    assert record.read_text(errors="replace").endswith(f"{file.sha256} foo 1.0 amd64 .\n")


def test_ten_packages_are_named_and_the_others_counted(file: IndexedFile) -> None:
    others = [file._replace(identity=FOO._replace(version=f"2.{number}")) for number in range(12)]
    with pytest.raises(TrustError, match=r"its \.deb says Version 1\.0, the index 2\.0; .*; and 2 more; ") as refusal:
        check_identities(open_record(file.path.parent), others)
    assert str(refusal.value).count("the index") == 10


@pytest.mark.parametrize("damage", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/nonexistent")])
def test_a_record_that_is_no_file_is_replaced(file: IndexedFile, damage: Callable[[Path], None]) -> None:
    record = file.path.parents[1] / RECORD
    damage(record)
    check_identities(open_record(file.path.parent), [file])
    assert record.is_file()
    assert not record.is_symlink()


def test_what_was_read_ahead_is_not_opened_again(file: IndexedFile) -> None:
    record = open_record(file.path.parent)
    record.read_ahead(file.sha256, file.path)
    file.path.unlink()
    check_identities(record, [file])
    assert open_record(file.path.parent).identities == {file.sha256: FOO}


def test_what_is_no_deb_is_not_read_ahead(file: IndexedFile) -> None:
    record = open_record(file.path.parent)
    file.path.write_bytes(b"a tarball")
    record.read_ahead(file.sha256, file.path)
    with pytest.raises(TrustError, match=r"foo 1\.0 of archive a: its \.deb: not a \.deb"):
        check_identities(record, [file])
