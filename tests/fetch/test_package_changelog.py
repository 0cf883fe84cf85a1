"""What stands in changelogs that nobody has checked."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from composelib.archive.explain.compose_diff import read_contents
from composelib.fetch.package_changelog import find_entries, read_changelog
from composelib.files import write_file
from tests.kit.tiny_archive import deb

ENTRY = "hello ({}) stable; urgency=low\n\n  * {}.\n\n -- A <a@example.org>  Mon, 01 Jan 2024 00:00:00 +0000\n\n"
ROW = {
    "package": "hello",
    "version": "2.0",
    "architecture": "amd64",
    "component": "main",
    "source": "hello",
    "source_version": "2.0",
    "filename": "hello.deb",
    "size": 1,
    "sha256": "0" * 64,
    "archive": "tiny",
    "why": {},
}
DEBS = {"variants": {"Server": {"amd64": [ROW]}}}


def pack(changelog: bytes) -> bytes:
    control = "Package: hello\nVersion: 2.0\nArchitecture: amd64\n"
    return deb(control, {"usr/share/doc/hello/changelog.Debian.gz": gzip.compress(changelog)})


@pytest.mark.parametrize(
    ("changelog", "entries"),
    [
        (ENTRY.format("2.0", "Caf\xe9").encode("latin-1"), [ENTRY.format("2.0", "Caf\ufffd").strip()]),
        (
            (ENTRY.format("2.0", "New") + ENTRY.format("0_1", "Old")).encode(),
            [ENTRY.format("2.0", "New").strip()],
        ),
        (b"\0\xff", []),
    ],
    ids=["another encoding", "an old entry without a valid version", "no changelog"],
)
def test_entries_are_read_as_far_as_they_can_be(tmp_path: Path, changelog: bytes, entries: list[str]) -> None:
    write_file(tmp_path / "Server/repo/pool/main/h/hello/hello_2.0_amd64.deb", pack(changelog))
    assert find_entries(tmp_path, read_contents("new", DEBS, None), "hello", "1.0") == entries


def test_a_package_that_is_damaged_anywhere_has_no_changelog_or_one(tmp_path: Path) -> None:
    content, path = pack(ENTRY.format("2.0", "New").encode()), tmp_path / "hello.deb"
    for position in range(0, len(content), 9):
        path.write_bytes(content[:position] + b"-" + content[position + 1 :])
        read_changelog(path)
