"""Files of a tar with links, as the paths lead in it."""

from __future__ import annotations

import io
import tarfile

import pytest

from composelib.archive.format.tar_tree import MemberError, read_tree

LINKS = {"y": tarfile.SYMTYPE, "h": tarfile.LNKTYPE, "p": tarfile.FIFOTYPE, "d": tarfile.DIRTYPE}


def list_files(path: str, *members: tuple[str, str, str]) -> dict[str, str]:
    """Return the content of each file below a path of a tar of (kind, name, content or target of a link)."""
    with tarfile.open(fileobj=(stream := io.BytesIO()), mode="w") as tar:
        for kind, name, text in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = LINKS.get(kind, tarfile.REGTYPE), text if kind in LINKS else ""
            info.size = 0 if kind in LINKS else len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    stream.seek(0)
    with tarfile.open(fileobj=stream) as tar:
        files = {}
        for name, member in read_tree(tar).list_files(path):
            content = tar.extractfile(member)
            assert content is not None
            files[name] = content.read().decode()
        return files


def test_files_are_listed_below_a_folder_and_nothing_else() -> None:
    files = list_files("a", ("d", "./a", ""), ("f", "./a/x", "1"), ("f", "./ab", "2"), ("f", "a/b/y", "3"))
    assert files == {"a/x": "1", "a/b/y": "3"}


def test_a_path_may_be_one_file() -> None:
    assert list_files("a/x", ("f", "a/x", "1"), ("f", "a/x2", "2")) == {"a/x": "1"}


def test_hard_links_and_links_are_the_file_that_they_lead_to() -> None:
    members = (
        ("f", "a/x", "1"),
        ("h", "a/hard", "./a/x"),
        ("y", "a/soft", "x"),
        ("y", "a/far", "../b/z"),
        ("f", "b/z", "2"),
    )
    assert list_files("a", *members) == {"a/x": "1", "a/hard": "1", "a/soft": "1", "a/far": "2"}


def test_a_link_to_a_folder_has_the_files_of_the_folder() -> None:
    members = (("f", "b/x", "1"), ("f", "b/c/y", "2"), ("y", "a/link", "../b"))
    assert list_files("a", *members) == {"a/link/x": "1", "a/link/c/y": "2"}


def test_a_path_may_lead_through_a_link() -> None:
    assert list_files("l/x", ("y", "l", "a"), ("f", "a/x", "1")) == {"l/x": "1"}


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (("y", "a/l", "/etc/passwd"), "a/l: leads out of its tree, to /etc/passwd"),
        (("y", "a/l", "../../x"), "a/l: leads out of its tree"),
        (("y", "a/l", "nothing"), "a/l: leads to a/nothing, which is not there"),
        (("y", "a/l", "l"), "a/l: its links lead in a circle"),
        (("y", "a/l", "."), "a/l: leads in a circle, to a"),
        (("h", "a/l", "nothing"), "a/l: is neither a file nor a link to one"),
        (("p", "a/l", ""), "a/l: is neither a file nor a link to one"),
    ],
)
def test_what_leads_to_no_file_is_named(member: tuple[str, str, str], message: str) -> None:
    with pytest.raises(MemberError, match=message):
        list_files("a", ("f", "a/x", "1"), member)
