from __future__ import annotations

from pathlib import Path

import pytest

from composelib.tools import ostree
from composelib.tools.ostree import OstreeKey
from tests.kit.tiny_archive import Key, gpg

REPOSITORY = Path("/repo")
KEY = OstreeKey("ABCD", Path("/home/gnupg"))


def test_the_key_to_sign_with_is_the_one_whose_public_half_is_in_the_file(key: Key, tmp_path: Path) -> None:
    public = tmp_path / "key.asc"
    public.write_bytes(gpg(key.home, "--armor", "--export", key.fingerprint))
    assert ostree.read_key(public, key.home) == OstreeKey(key.fingerprint, key.home)


def test_a_commit_is_signed_by_nobody_and_moves_no_ref() -> None:
    words = ostree.commit(
        REPOSITORY,
        tar=Path("/root.tar"),
        over=Path("/over"),
        ref="demo/edge",
        subject="Demo",
        timestamp=17,
        texts={"version": "12"},
        values={"count": "uint32 1"},
        detached={"compose": "demo-12"},
    )
    assert words == [
        *("ostree", "--repo=/repo", "commit", "--orphan", "--parent=none", "--bind-ref=demo/edge", "--subject=Demo"),
        *("--timestamp=@17", "--bootable", "--generate-sizes", "--tar-autocreate-parents"),
        *("--add-metadata-string=version=12", "--add-metadata=count=uint32 1"),
        *("--add-detached-metadata-string=compose=demo-12", "--tree=tar=/root.tar", "--tree=dir=/over"),
    ]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (ostree.init(REPOSITORY), ["init", "--mode=archive"]),
        (ostree.sign(REPOSITORY, "c1", KEY), ["gpg-sign", "--gpg-homedir=/home/gnupg", "c1", "ABCD"]),
        (ostree.show(REPOSITORY, "c1", KEY.home), ["show", "--gpg-homedir=/home/gnupg", "c1"]),
        (ostree.export(REPOSITORY, "c1"), ["export", "c1"]),
        (ostree.pull_local(REPOSITORY, Path("/source"), "c1"), ["pull-local", "/source", "c1"]),
        (ostree.list_refs(REPOSITORY), ["refs"]),
        (ostree.set_ref(REPOSITORY, "a/b", "c1"), ["refs", "--force", "--create=a/b", "c1"]),
        (ostree.delete_ref(REPOSITORY, "a/b"), ["refs", "--delete", "a/b"]),
        (ostree.prune(REPOSITORY), ["prune", "--refs-only"]),
        (
            ostree.generate_delta(REPOSITORY, "c1", "c2"),
            ["static-delta", "generate", "--if-not-exists", "--from=c1", "--to=c2"],
        ),
        (
            ostree.update_summary(REPOSITORY, KEY),
            ["summary", "--update", "--gpg-sign=ABCD", "--gpg-homedir=/home/gnupg"],
        ),
    ],
)
def test_a_command_is_about_the_repository(command: list[str], words: list[str]) -> None:
    assert command == ["ostree", "--repo=/repo", *words]


def test_an_object_lies_by_the_first_digits_of_its_checksum() -> None:
    assert ostree.object_path("abcdef", "commit") == "objects/ab/cdef.commit"
