"""The images of two composes are opened, and what differs in them has a cause.

Also covers: composelib.commands.shared.image_contents, composelib.contents.evidence, composelib.contents.system_commits
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from composelib.model.compose import Compose
from tests.commands.test_diff import diff
from tests.kit.committed_image import ROOT
from tests.kit.tiny_archive import Key, TinyArchive
from tests.kit.whole_tree import make_whole_tree

LISTS = {f"var/lib/dpkg/info/{name}.list": f"/usr\n/usr/bin\n/usr/bin/{name}\n".encode() for name in ("base", "tool")}
OLD = ROOT | LISTS
NEW = OLD | {"usr/bin/tool": b"tool 2", "etc/tool.conf": b"another setting"}
UPGRADE = "tool 1.0 -> 2.0"


@pytest.fixture(scope="module")
def composes(tmp_path_factory: pytest.TempPathFactory, key: Key) -> tuple[Compose, Compose]:
    """Return two composes: in the second one a package is newer, and so is its file in each image."""
    folder = tmp_path_factory.mktemp("contents")
    old, new = (
        make_whole_tree(folder / name, TinyArchive(folder / f"{name}-archive", key), tool=tool, root=root, installed=3)
        for name, tool, root in (("old", "1.0", OLD), ("new", "2.0", NEW))
    )
    return old, new


@pytest.fixture(scope="module")
def images(composes: tuple[Compose, Compose], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what `diff --json` says of the images, by name."""
    trees = [compose.paths.tree for compose in composes]
    ran = diff(tmp_path_factory.mktemp("diff"), *trees, "--contents", "--json", "--no-changelogs")
    assert (ran.status, ran.err) == (1, "")
    return {image["name"]: image for image in json.loads(ran.out)["contents"]}


def list_files(image: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return how each file has changed and what caused it, by its path."""
    return {
        ": ".join((*row["within"], row["path"])): (row["how"], row["cause"]["text"])
        for row in image["files"]
        if row["cause"]["kind"] == "package"
    }


def test_a_package_that_moved_is_the_cause_in_a_layer_of_a_container(images: dict[str, Any]) -> None:
    assert list_files(images["app"]) == {"layer 3: usr/bin/tool": ("changed", UPGRADE)}


def test_a_package_that_moved_is_the_cause_in_a_commit(images: dict[str, Any]) -> None:
    assert list_files(images["edge"])["usr/bin/tool"] == ("changed", UPGRADE)


def test_the_packages_of_a_medium_are_named_by_their_files(images: dict[str, Any]) -> None:
    files = list_files(images["dvd"])
    assert files["pool/main/t/tool/tool_1.0_amd64.deb"] == ("removed", UPGRADE)
    assert files["pool/main/t/tool/tool_2.0_amd64.deb"] == ("added", UPGRADE)


def test_a_file_that_no_package_has_is_made_from_those_that_moved(images: dict[str, Any]) -> None:
    (row,) = (row for row in images["app"]["files"] if row["path"] == "etc/tool.conf")
    assert row["cause"]["text"] == f"made from the image's packages: {UPGRADE}"
    assert (row["old"]["size"], row["new"]["size"]) == (7, 15)


def test_lines_are_grouped_by_cause(composes: tuple[Compose, Compose], tmp_path: Path) -> None:
    ran = diff(tmp_path, *(compose.paths.tree for compose in composes), "--contents")
    lines = ran.out.splitlines()
    start = lines.index("inside the images")
    text = "\n".join(lines[start:])
    assert f"    {UPGRADE}; archive tiny, which has no Release file\n" in text
    assert "      changed layer 3: usr/bin/tool: other content\n" in text


def test_a_tree_is_the_same_as_itself(composes: tuple[Compose, Compose], tmp_path: Path) -> None:
    tree = composes[0].paths.tree
    ran = diff(tmp_path, tree, tree, "--contents", "--json")
    assert (ran.status, json.loads(ran.out)["contents"]) == (0, [])
