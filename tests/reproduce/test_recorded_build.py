"""What a .buildinfo records is looked for in the compose and in the store. What is built of it: tests/building/test_builds.py."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from composelib.archive.format.buildinfo import Buildinfo
from composelib.archive.format.relation import parse_relations
from composelib.archive.format.repository import read_field
from composelib.config import load
from composelib.errors import ConfigError
from composelib.files import sha256_of, write_file
from composelib.model.compose import Compose
from composelib.reproduce.recorded_build import find_build, find_root, list_differing
from composelib.stages.build import BuildTask, describe_build
from composelib.text.json_file import write_json
from tests.kit.tiny_archive import deb, paragraph

CONFIG = """\
release: {name: Acme, short: acme, version: "12", codename: bookworm}
arches: [amd64]
archives:
  debian: {uri: host, suites: [bookworm], signed-by: /usr/share/keyrings/debian-archive-keyring.gpg}
  ours: {build: [{dsc: greeter}, {dsc: words}], builder: native}
  peers: {build: [{dsc: greeter}]}
variants:
  Server: {packages: [greeter]}
"""
RECORDED = Buildinfo("greeter", "1.0-1+acme1", ("amd64",), "amd64", (), (), {})


@pytest.fixture(scope="module")
def compose(tmp_path_factory: pytest.TempPathFactory) -> Compose:
    """Return a compose whose source packages are made, and nothing else."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "acme.yaml").write_text(CONFIG)
    compose = load(folder / "acme.yaml", build=folder / "build")
    for build in compose.builds:
        write_json(describe_build(compose, build).build.record, {"source_version": RECORDED.version})
    return compose


def put_deb(task: BuildTask, name: str, version: str, arch: str, number: int = 0) -> bytes:
    """Put a package into the store and its record; return its stanza."""
    fields = {
        "Package": name,
        "Version": version,
        "Architecture": arch,
        "Maintainer": "a <a@b>",
        "Description": f"{number}",
    }
    content = deb(paragraph(fields), {})
    sha256 = hashlib.sha256(content).hexdigest()
    write_file(task.build.store / sha256[:2] / sha256, content)
    with (task.build.store.parent / "controls").open("a") as stream:
        stream.write(f"{sha256} {name} {version} {arch} .\n")
    return paragraph({**fields, "Filename": "x.deb", "SHA256": sha256}).encode()


def record(text: str) -> Buildinfo:
    """Return a .buildinfo that records some packages."""
    return replace(RECORDED, installed=tuple(clause[0] for clause in parse_relations(text)))


def test_of_two_archives_that_build_the_package_the_one_that_left_the_file_is_taken(compose: Compose) -> None:
    folders = [describe_build(compose, build).folder for build in compose.builds if build.source.name == "greeter"]
    assert len(folders) == 2
    assert [find_build(compose, RECORDED, folder).folder for folder in folders] == folders
    assert find_build(compose, RECORDED, Path("elsewhere")).folder == folders[0]


@pytest.mark.parametrize(
    ("buildinfo", "message"),
    [
        (replace(RECORDED, version="2"), r"greeter 2 for amd64, built on amd64: the compose has version 1.0-1\+acme1$"),
        (replace(RECORDED, source="others"), "others .*: the compose builds no such package in such a root"),
        (replace(RECORDED, root_arch="i386"), "built on i386: the compose builds no such package in such a root"),
        (replace(RECORDED, arches=("i386",)), "for i386, built on amd64: the compose builds no such package"),
    ],
)
def test_what_the_compose_does_not_build_is_told(compose: Compose, buildinfo: Buildinfo, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        find_build(compose, buildinfo, Path())


def test_recorded_packages_are_taken_out_of_the_store_and_those_that_are_gone_are_named(compose: Compose) -> None:
    task = find_build(compose, RECORDED, Path())
    apt, newer = (put_deb(task, *words) for words in (("apt", "2.6", "amd64"), ("libc6", "2.37", "amd64")))
    put_deb(task, "libc6", "2.36", "amd64")
    put_deb(task, "words", "2", "all", 1)
    words = put_deb(task, "words", "2", "all", 2)
    put_deb(task, "words", "2", "all", 3)
    with (task.build.store.parent / "controls").open("a") as stream:
        stream.write(f"{'0' * 64} libc6 2.36 amd64 .\n")  # it was removed
    write_file(task.build.chroot_packages, apt + b"\n" + newer)
    write_file(task.build.dependencies, words)
    root = find_root(task.build, record("libc6 (= 2.36), words (= 2), gcc (= 12), libc6:i386 (= 2.36)"))
    names = [(read_field(stanza, "Package"), read_field(stanza, "Version")) for stanza in root.stanzas]
    assert names == [("libc6", "2.36"), ("words", "2"), ("apt", "2.6")]
    assert read_field(root.stanzas[1], "SHA256") == read_field(words, "SHA256")
    assert root.gone == ("gcc (= 12)", "libc6:i386 (= 2.36)")


def test_files_that_are_others_or_were_not_built_are_named(tmp_path: Path) -> None:
    for name in ("same.deb", "other.deb"):
        (tmp_path / name).write_text(name)
    now = sha256_of(tmp_path / "other.deb")
    sums = {"same.deb": sha256_of(tmp_path / "same.deb"), "other.deb": "0" * 64, "lost.deb": "0" * 64}
    assert list(list_differing(sums, tmp_path)) == [
        ("other.deb", f"SHA256 {now}, recorded is {'0' * 64}"),
        ("lost.deb", "recorded, and not built"),
    ]
