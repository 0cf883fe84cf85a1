"""What programs are told of a compose."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from composelib import program
from composelib.fetch.accepted_suite import AcceptedSuite, dump
from composelib.files import write_file
from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.model.image import DiskImage, OstreeImage
from composelib.model.release import Base, Release
from composelib.model.variant import Addon
from composelib.stages import compose_id, createiso, createrepo, image_checksum, key, metadata, release
from tests.kit.demo_compose import CHECKOUT, Demo, make_demo
from tests.kit.gathered_variant import NOWHERE, choose, compose, image, run_stages, variant
from tests.kit.tiny_archive import TinyArchive


@pytest.fixture
def demo(archive: TinyArchive, tmp_path: Path) -> Compose:
    archive.add("base", "1:2.0+x~rc1", Source="basis (3.1)")
    archive.add("data", arch="all")
    images = (
        image("dvd"),
        image("cloud", kind=DiskImage, formats=("qcow2",), failable=("amd64",)),
        image("edge", kind=OstreeImage),
    )
    demo = compose(
        tmp_path / "build",
        variant(images=images, addons=(Addon("HA", ()),)),
        type="production",
        label="RC-1.0",
        archives=(Archive("debian", NOWHERE, uri="host", suites=("bookworm",), allow_expired=True),),
        release=Release("Demo", "demo", "12", "bookworm", Base("debian", "12")),
    )
    choose(demo, "Server", "amd64", archive, ["base", "data"])
    suite = AcceptedSuite("bookworm", "", "", "", "", 1, signers=("AB" * 20,), expired_keys={"AB" * 20: 1_640_995_200})
    write_file(demo.paths.signatures(demo.archives[0]), dump([suite]))
    row = {"package": "base", "version": "1:2.0+x~rc1", "why": {"seed": "base", "line": 3}}
    demo.paths.manifest("Server", "amd64").write_text(json.dumps({"version": 1, "packages": [row]}))
    return demo


def finish(demo: Compose) -> None:
    """Run all that metadata needs and metadata, as the engine does when failable images fail."""
    run_stages(demo, key, createrepo, release, createiso, compose_id)
    for stage in (image_checksum, metadata):
        for task in stage.tasks(demo):
            if all(path.exists() for path in task.inputs):
                task.run()


def read(demo: Compose, name: str) -> dict[str, Any]:
    finish(demo)
    content: dict[str, Any] = json.loads(demo.paths.metadata(name).read_text())
    return content


def test_composeinfo_says_what_the_compose_is(demo: Compose) -> None:
    info = read(demo, "composeinfo.json")
    assert info["version"] == 1
    assert info["program"] == {"name": "deb-compose", "version": program.VERSION}
    assert info["id"] == "demo-12-debian-12-20231114.0" == demo.paths.compose_id.read_text().strip()
    assert info["label"] == "RC-1.0"
    assert info["release"]["base"] == {"short": "debian", "version": "12"}
    assert info["variants"]["Server"]["repository"] == "Server/repo"
    assert info["variants"]["Server"]["components"] == ["main", "HA"]


def test_composeinfo_tells_of_archives_that_were_trusted_beyond_their_time(demo: Compose) -> None:
    row = read(demo, "composeinfo.json")["archives"]["debian"]
    assert row["allow_expired"] is True
    assert row["expired_keys"] == {"AB" * 20: 1_640_995_200}


def test_debs_has_the_rows_of_the_manifests_by_variant_and_arch(demo: Compose) -> None:
    assert read(demo, "debs.json") == {
        "version": 1,
        "variants": {
            "Server": {"amd64": [{"package": "base", "version": "1:2.0+x~rc1", "why": {"line": 3, "seed": "base"}}]}
        },
        "omitted_sources": {},
    }


def test_debs_names_no_place_outside_the_checkout(demo: Compose) -> None:
    rows = [
        {"package": "base", "why": {"file": file, "seed": "base"}} for file in ("/else/where.yaml", "composes/x.yaml")
    ]
    demo.paths.manifest("Server", "amd64").write_text(json.dumps({"packages": rows}))
    listed = read(demo, "debs.json")["variants"]["Server"]["amd64"]
    assert [row["why"]["file"] for row in listed] == ["where.yaml", "composes/x.yaml"]


def test_images_has_a_row_for_each_file_that_was_made(demo: Compose) -> None:
    (row,) = read(demo, "images.json")["images"]
    iso = demo.paths.iso("Server", "amd64", "dvd")
    assert row == {
        "variant": "Server",
        "arch": "amd64",
        "name": "dvd",
        "kind": "iso",
        "path": "Server/amd64/iso/demo-12-Server-dvd-amd64.iso",
        "failable": False,
        "size": iso.stat().st_size,
        "sha256": hashlib.sha256(iso.read_bytes()).hexdigest(),
        "volume_id": "demo-12-Server-dvd-amd64",
    }


def test_images_has_a_row_for_each_disc_of_a_set(tmp_path: Path) -> None:
    demo = compose(tmp_path / "build", variant(images=(image("set", split=True),)))
    first, second = demo.paths.iso("Server", "amd64", "set"), demo.paths.iso("Server", "amd64", "set", "-2.iso")
    for path in (first, second):
        write_file(path, b"x" * 40000)
    write_file(demo.paths.sum_file(first), f"aa  {first.name}\nbb  {second.name}\n")
    (task,) = (task for task in metadata.tasks(demo) if task.name == "images")
    task.run()
    rows = json.loads(demo.paths.metadata("images.json").read_text())["images"]
    assert [(row["path"].rpartition("/")[2], row["sha256"]) for row in rows] == [
        (first.name, "aa"),
        (second.name, "bb"),
    ]


def test_deliverables_tells_what_failed(demo: Compose) -> None:
    rows = {row["name"]: row for row in read(demo, "deliverables.json")["deliverables"]}
    assert rows["dvd"]["made"] is True
    assert rows["cloud"]["made"] is False
    assert rows["cloud"]["failable"] is True
    assert rows["repo"] == {
        "kind": "repository",
        "variant": "Server",
        "arch": "amd64",
        "name": "repo",
        "failable": False,
        "made": True,
        "paths": ["Server/repo"],
    }
    assert (rows["edge"]["paths"], rows["edge"]["made"]) == (["ostree/repo"], False)


def test_it_is_all_the_same_when_made_again(demo: Compose) -> None:
    finish(demo)
    folder = demo.paths.metadata("x").parent
    earlier = {path.name: path.read_bytes() for path in folder.iterdir()}
    for path in folder.iterdir():
        path.unlink()
    finish(demo)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == earlier


def test_bytes_that_are_no_text_come_through(demo: Compose) -> None:
    demo.paths.manifest("Server", "amd64").write_bytes(b'{"packages": [{"package": "a\xff"}]}')
    finish(demo)
    assert b'"a\xff"' in demo.paths.metadata("debs.json").read_bytes()


def test_a_reason_that_changes_touches_only_the_list_of_debs(demo: Compose) -> None:
    manifest = demo.paths.manifest("Server", "amd64")
    users = [task.name for task in metadata.tasks(demo) if manifest in (*task.inputs, *task.optional)]
    assert users == ["debs"]


def test_a_variant_more_is_in_all_lists(demo: Compose) -> None:
    wider = replace(demo, variants=(*demo.variants, variant("Desktop", sources=True)))
    tasks = {task.name: task for task in metadata.tasks(wider)}
    assert wider.paths.manifest("Desktop", "source") in tasks["debs"].inputs


def test_what_is_told_of_a_repository_waits_until_it_is_signed(tmp_path: Path, archive: TinyArchive) -> None:
    demo = make_demo(tmp_path, archive)
    demo.edit("    images:\n      dvd: {kind: iso}\n", "")
    ran = demo.doit("-n8", "metadata:deliverables")
    assert ran.status == 0, ran.out + ran.err
    rows = demo.json("metadata/deliverables.json")["deliverables"]
    assert {(row["variant"], row["made"]) for row in rows} == {("Base", True), ("Server", True)}
    assert {"release:Base", "release:Server"} <= set(demo.ran())


def read_metadata(demo: Demo) -> dict[str, bytes]:
    """Return all files of metadata, by their names."""
    return {path.name: path.read_bytes() for path in (demo.tree / "metadata").iterdir()}


@pytest.mark.slow
def test_metadata_is_the_same_however_many_tasks_run_at_a_time_and_after_a_kill(
    archive: TinyArchive, tmp_path: Path
) -> None:
    demo = make_demo(tmp_path, archive)
    demo.edit("  Server:\n", "  More: {packages: [nicety]}\n  Server:\n")
    demo.edit("dvd: {kind: iso}", "dvd: {kind: iso}\n      large: {kind: iso, failable: true, max-size: 1kB}")
    files: list[dict[str, bytes]] = []
    for jobs in ("-n1", "-n2", "-n8"):
        shutil.rmtree(demo.folder / "build", ignore_errors=True)
        ended = demo.doit(jobs, "metadata", "sbom:Server:amd64")
        assert ended.status == 0, ended.out + ended.err
        files.append(read_metadata(demo))
    shutil.rmtree(demo.folder / "build")
    command = [sys.executable, "-m", "doit", "metadata", f"compose={demo.config}", f"build={demo.folder / 'build'}"]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.DEVNULL, process_group=0) as killed:
        while killed.poll() is None and not list(demo.tree.glob("*/repo/dists/tinysuite/InRelease")):
            time.sleep(0.01)
        os.killpg(killed.pid, signal.SIGKILL)
    assert not (demo.tree / "metadata/deliverables.json").exists()
    demo.doit("-n2", "metadata", "sbom:Server:amd64")
    files.append(read_metadata(demo))
    assert len(files[0]) == 6
    assert [content == files[0] for content in files] == [True] * 4
    made = {
        (row["variant"], row["name"]): row["made"] for row in json.loads(files[0]["deliverables.json"])["deliverables"]
    }
    repositories = {(name, "repo"): True for name in ("Base", "More", "Server")}
    assert made == {**repositories, ("Server", "dvd"): True, ("Server", "large"): False}
