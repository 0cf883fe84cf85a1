"""What a build says of itself does not say when it was made, nor on how many processors."""

from __future__ import annotations

import hashlib
from pathlib import Path

from composelib.building.build_date import settle_dates
from composelib.building.build_results import check_results

BUILDINFO = """\
Format: 1.0
Source: hello
Build-Date: {date}
Environment:
 DEB_BUILD_OPTIONS="{options}"
 LANG="C.UTF-8"
 SOURCE_DATE_EPOCH="1672056781"
"""


def put_build(folder: Path, date: str, options: str) -> Path:
    """Write a .buildinfo and the .changes file that lists it."""
    folder.mkdir()
    content = BUILDINFO.format(date=date, options=options).encode()
    (folder / "hello.buildinfo").write_bytes(content)
    sha256, md5 = hashlib.sha256(content).hexdigest(), hashlib.md5(content).hexdigest()  # noqa: S324 - as dpkg lists it
    (folder / "hello.changes").write_text(
        f"Checksums-Sha256:\n {sha256} {len(content)} hello.buildinfo\n"
        f"Files:\n {md5} {len(content)} devel optional hello.buildinfo\n"
    )
    return folder


def test_two_builds_leave_the_same_bytes_and_right_sums(tmp_path: Path) -> None:
    first = put_build(tmp_path / "first", "Fri, 27 Nov 2026 14:37:00 +0000", "parallel=2 nocheck")
    second = put_build(tmp_path / "second", "Sat, 28 Nov 2026 04:00:00 +0000", "nocheck parallel=16")
    for folder in (first, second):
        settle_dates(folder, check_results(folder, "hello"))
        assert check_results(folder, "hello") == ["hello.buildinfo", "hello.changes"]
    for name in ("hello.buildinfo", "hello.changes"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    text = (first / "hello.buildinfo").read_text()
    assert "\nBuild-Date: Mon, 26 Dec 2022 12:13:01 +0000\n" in text
    assert ' DEB_BUILD_OPTIONS="nocheck"\n' in text


def test_what_a_hostile_build_says_of_itself_is_taken_as_it_is(tmp_path: Path) -> None:
    folder = put_build(tmp_path / "hostile", "x", "")
    content = b'Build-Date: \xff\r\n SOURCE_DATE_EPOCH="99999999999999999999"\n'
    (folder / "hello.buildinfo").write_bytes(content)
    (folder / "hello.changes").write_bytes(b"Maintainer: \xff\r\n")
    settle_dates(folder, ["hello.buildinfo", "hello.changes"])
    assert (folder / "hello.buildinfo").read_bytes() == content
    assert (folder / "hello.changes").read_bytes() == b"Maintainer: \xff\r\n"
