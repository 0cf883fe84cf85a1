from __future__ import annotations

from pathlib import Path

import pytest

from composelib.tools import ostree_admin

ROOT = Path("/disk")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (ostree_admin.init(ROOT), ["init-fs", "--modern", "/disk"]),
        (ostree_admin.init_os(ROOT, "demo"), ["os-init", "--sysroot=/disk", "demo"]),
        (
            ostree_admin.deploy(ROOT, "demo", "demo:a/b", ["quiet", "x=1"]),
            ["deploy", "--sysroot=/disk", "--os=demo", "--karg-append=quiet", "--karg-append=x=1", "demo:a/b"],
        ),
    ],
)
def test_a_command_on_deployments_is_about_the_disk(command: list[str], words: list[str]) -> None:
    assert command == ["ostree", "admin", *words]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (ostree_admin.configure(ROOT, "sysroot.readonly", "true"), ["config", "set", "sysroot.readonly", "true"]),
        (
            ostree_admin.add_remote(ROOT, "demo", Path("/key.asc")),
            ["remote", "add", "--gpg-import=/key.asc", "demo", "file:///"],
        ),
        (ostree_admin.delete_remote(ROOT, "demo"), ["remote", "delete", "demo"]),
        (
            ostree_admin.pull(ROOT, Path("/source"), "demo", "c1"),
            ["pull-local", "--remote=demo", "--gpg-verify", "--untrusted", "/source", "c1"],
        ),
        (ostree_admin.set_ref(ROOT, "demo:a/b", "c1"), ["refs", "--force", "--create=demo:a/b", "c1"]),
    ],
)
def test_a_command_on_commits_is_about_the_repository_of_the_disk(command: list[str], words: list[str]) -> None:
    assert command == ["ostree", "--repo=/disk/ostree/repo", *words]
