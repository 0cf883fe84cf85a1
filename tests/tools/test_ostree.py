from __future__ import annotations

from pathlib import Path

import pytest

from composelib.tools import ostree

REPOSITORY = Path("/repo")


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
    )
    assert words == [
        *("ostree", "--repo=/repo", "commit", "--orphan", "--parent=none", "--bind-ref=demo/edge", "--subject=Demo"),
        *("--timestamp=@17", "--bootable", "--generate-sizes", "--tar-autocreate-parents"),
        *("--add-metadata-string=version=12", "--add-metadata=count=uint32 1"),
        *("--tree=tar=/root.tar", "--tree=dir=/over"),
    ]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (ostree.init(REPOSITORY), ["init", "--mode=archive"]),
        (ostree.set_option(REPOSITORY, "core.x", "true"), ["config", "set", "core.x", "true"]),
        (ostree.export(REPOSITORY, "c1"), ["export", "c1"]),
        (ostree.pull_local(REPOSITORY, Path("/source"), "c1"), ["pull-local", "--untrusted", "/source", "c1"]),
        (ostree.list_tree(REPOSITORY, "c1"), ["ls", "--recursive", "--checksum", "c1"]),
        (ostree.check_objects(REPOSITORY), ["fsck", "--quiet"]),
        (ostree.list_refs(REPOSITORY), ["refs"]),
        (ostree.set_ref(REPOSITORY, "a/b", "c1"), ["refs", "--force", "--create=a/b", "c1"]),
        (ostree.delete_ref(REPOSITORY, "a/b"), ["refs", "--delete", "a/b"]),
        (ostree.prune(REPOSITORY), ["prune", "--refs-only"]),
        (
            ostree.generate_delta(REPOSITORY, "c1", "c2"),
            ["static-delta", "generate", "--from=c1", "--to=c2"],
        ),
        (ostree.check_delta(REPOSITORY, "c1", "c2"), ["static-delta", "show", "c1-c2"]),
        (ostree.list_deltas(REPOSITORY), ["static-delta", "list"]),
        (ostree.index_deltas(REPOSITORY), ["static-delta", "reindex"]),
    ],
)
def test_a_command_is_about_the_repository(command: list[str], words: list[str]) -> None:
    assert command == ["ostree", "--repo=/repo", *words]


def test_an_object_lies_by_the_first_digits_of_its_checksum() -> None:
    assert ostree.object_path("abcdef", "commit") == "objects/ab/cdef.commit"
