from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from composelib.image.oci import build, spec
from composelib.image.oci.build import ContainerTree
from composelib.image.oci.layers import REST, Owners
from composelib.image.oci.spec import ImageMetadata
from composelib.image.root.tar import normalize_path

EPOCH = 1_700_000_000
METADATA = ImageMetadata("arm64", EPOCH, {"label": "x"}, {"org.note": "y"}, {"Cmd": ["/bin/sh"]})


def add(tar: tarfile.TarFile, name: str, kind: bytes = tarfile.REGTYPE, time: int = EPOCH, target: str = "") -> None:
    """Add a member to a tar; a file's content is its name."""
    info = tarfile.TarInfo(name)
    info.type, info.mtime, info.linkname = kind, time, target
    info.size = len(name) if kind == tarfile.REGTYPE else 0
    tar.addfile(info, io.BytesIO(name.encode()))


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[ContainerTree]:
    """Yield the tree of a root with a packaged file of two names and a generated file."""
    with tarfile.open(tmp_path / "root.tar", "w") as tar:
        add(tar, "./usr", tarfile.DIRTYPE)
        add(tar, "./usr/a", time=5)
        add(tar, "./usr/b", tarfile.LNKTYPE, 5, "./usr/a")
        add(tar, "./usr/generated")
    with tarfile.open(tmp_path / "root.tar") as tar:
        yield build.read_tree(tar, lambda member: normalize_path(member.name), EPOCH)


def test_a_packages_time_stays_and_others_are_dropped(tree: ContainerTree) -> None:
    times = {name: member.mtime for name, member in tree.members.items()}
    assert times == {"usr": 0, "usr/a": 5, "usr/b": 5, "usr/generated": 0}


def test_each_layer_has_the_folders_of_its_files_and_a_hard_link_lies_with_its_first_name(
    tree: ContainerTree, tmp_path: Path
) -> None:
    tars = build.split_layers(tree, Owners({"usr/a": "one"}, {}), tmp_path / "layers")
    names = {}
    for layer, path in tars.items():
        with tarfile.open(path) as tar:
            names[layer] = tar.getnames()
    assert names == {"one": ["usr", "usr/a", "usr/b"], REST: ["usr", "usr/generated"]}


def test_missing_members_are_added_and_none_is_replaced(tree: ContainerTree) -> None:
    build.add_missing(tree, [tarfile.TarInfo("usr"), tarfile.TarInfo("var")])
    assert tree.members["usr"].isdir()
    assert "var" in tree.members


def test_an_archive_is_the_same_each_time_and_its_index_names_the_manifest(tree: ContainerTree, tmp_path: Path) -> None:
    archives = []
    for number in ("1", "2"):
        tars = build.split_layers(tree, Owners({}, {}), tmp_path / f"layers{number}")
        layers = build.compress_layers(tars, tmp_path / f"blobs{number}")
        output = tmp_path / f"{number}.tar"
        manifest = build.write_archive(METADATA, layers, tmp_path / f"blobs{number}", "12", output)
        archives.append(output.read_bytes())
    assert archives[0] == archives[1]
    with tarfile.open(tmp_path / "1.tar") as tar:
        (entry,) = json.loads(build.read_member(tar, "index.json"))["manifests"]
        assert entry["digest"] == f"sha256:{manifest.sha256}"
        assert json.loads(build.read_member(tar, f"blobs/sha256/{manifest.sha256}"))["mediaType"] == spec.MANIFEST


@pytest.mark.parametrize(
    ("arch", "platform"),
    [("amd64", ("amd64", None)), ("armhf", ("arm", "v7")), ("i386", ("386", None)), ("ppc64el", ("ppc64le", None))],
)
def test_an_arch_has_the_name_that_oci_gives_it(arch: str, platform: tuple[str, str | None]) -> None:
    configuration = json.loads(spec.render_configuration(ImageMetadata(arch, EPOCH, {}, {}), []))
    assert (configuration["architecture"], configuration.get("variant")) == platform
    assert configuration["created"] == "2023-11-14T22:13:20Z"
