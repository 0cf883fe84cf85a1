"""What a build left is taken only as its .changes file lists it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from composelib.building.build_results import check_results
from composelib.errors import ComposeError, TrustError

CONTENT = b"a package"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Return a folder with a package and the .changes file that lists it."""
    (tmp_path / "hello_1_amd64.deb").write_bytes(CONTENT)
    write_changes(tmp_path, "hello_1_amd64.deb")
    return tmp_path


def write_changes(folder: Path, *names: str) -> None:
    rows = "".join(f"\n {hashlib.sha256(CONTENT).hexdigest()} {len(CONTENT)} {name}" for name in names)
    (folder / "hello_1_amd64.changes").write_text(f"Format: 1.8\nChecksums-Sha256:{rows}\nFiles:\n")


def test_the_files_of_the_changes_and_it_itself_are_what_was_built(results: Path) -> None:
    (results / "hello_1_amd64.build").touch()
    assert check_results(results, "hello") == ["hello_1_amd64.changes", "hello_1_amd64.deb"]


def test_a_changed_file_is_refused(results: Path) -> None:
    (results / "hello_1_amd64.deb").write_bytes(b"another")
    with pytest.raises(TrustError, match=r"hello: hello_1_amd64\.deb: the build left no such file"):
        check_results(results, "hello")


def test_a_link_is_refused_though_it_leads_to_the_right_bytes(results: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(CONTENT)
    (results / "hello_1_amd64.deb").unlink()
    (results / "hello_1_amd64.deb").symlink_to("elsewhere")
    with pytest.raises(TrustError, match="no such file"):
        check_results(results, "hello")


@pytest.mark.parametrize("name", ["../hello.deb", "/etc/hello.deb", ".hidden.deb", "a b.deb"])
def test_a_name_that_leads_elsewhere_is_refused(results: Path, name: str) -> None:
    write_changes(results, name)
    with pytest.raises(TrustError, match="its list of files is malformed"):
        check_results(results, "hello")


def test_a_build_without_changes_has_failed(tmp_path: Path) -> None:
    with pytest.raises(ComposeError, match=r"hello: the build left 0 \.changes files, not one"):
        check_results(tmp_path, "hello")


def test_a_changes_file_with_an_odd_name_or_that_is_a_link_is_none(results: Path) -> None:
    (results / "hello_1_amd64.changes").rename(results / "hello\n.changes")
    (results / "link.changes").symlink_to("hello\n.changes")
    with pytest.raises(ComposeError, match=r"hello: the build left 0 \.changes files, not one"):
        check_results(results, "hello")
