"""A signed repository, as apt sees it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

from composelib.archive.format import repository
from composelib.errors import TrustError
from composelib.model.compose import Compose
from composelib.model.variant import Addon
from composelib.stages import createrepo, release
from composelib.stages import key as key_stage
from tests.kit.client_apt import ClientApt, make_apt, serve
from tests.kit.gathered_variant import choose, compose, list_tasks, run_stages, variant
from tests.kit.tiny_archive import DATE, Key, TinyArchive, gpg


@pytest.fixture
def demo(archive: TinyArchive, tmp_path: Path) -> Compose:
    archive.add("base", Depends="data")
    archive.add("data", arch="all")
    archive.add("late")
    archive.add_source("base")
    demo = compose(tmp_path / "build", variant(sources=True))
    choose(demo, "Server", "amd64", archive, ["base", "data"])
    choose(demo, "Server", "source", archive, ["base"])
    run_stages(demo, key_stage, createrepo, release)
    return demo


def client(demo: Compose, root: Path, uri: str) -> ClientApt:
    line = f"[signed-by={demo.paths.archive_key}] {uri} bookworm main\n"
    return make_apt(root, f"deb {line}deb-src {line}")


def texts(demo: Compose) -> list[bytes]:
    return [(demo.paths.suite("Server") / name).read_bytes() for name in ("Release", "InRelease", "Release.gpg")]


def by_hash(demo: Compose) -> set[str]:
    return {path.name for path in demo.paths.suite("Server").rglob("by-hash/SHA256/*")}


def test_apt_with_only_the_composes_key_updates_and_downloads_from_files(demo: Compose, tmp_path: Path) -> None:
    machine = client(demo, tmp_path / "apt", f"file:{demo.paths.repository('Server')}")
    machine.run("apt-get", "update")
    printed = machine.run("apt-get", "install", "--print-uris", "-y", "base").stdout
    assert "pool/main/b/base/base_1.0_amd64.deb" in printed
    assert "pool/main/d/data/data_1.0_all.deb" in printed


def test_apt_fetches_packages_sources_and_indices_by_hash_over_http(demo: Compose, tmp_path: Path) -> None:
    with serve(demo.paths.repository("Server")) as (url, requested):
        machine = client(demo, tmp_path / "apt", url)
        machine.run("apt-get", "update")
        machine.run("apt-get", "install", "-y", "--download-only", "base")
        machine.run("apt-get", "source", "--download-only", "-o", f"Dir::Cache={tmp_path}/apt/cache", "base")
    assert any("/by-hash/SHA256/" in path for path in requested)
    assert sorted(path.name for path in (tmp_path / "apt/cache/archives").glob("*.deb")) == [
        "base_1.0_amd64.deb",
        "data_1.0_all.deb",
    ]


@pytest.mark.parametrize(("components", "seen"), [("main", False), ("main optional", True)])
def test_apt_sees_what_is_optional_where_the_component_is_named(
    archive: TinyArchive, tmp_path: Path, components: str, seen: bool
) -> None:
    archive.add("base")
    archive.add("rare", Depends="base")
    demo = compose(tmp_path / "build", variant(addons=(Addon("optional", ()),)))
    choose(demo, "Server", "amd64", archive, ["base", "rare"], {"rare": "optional"})
    run_stages(demo, key_stage, createrepo, release)
    machine = make_apt(
        tmp_path / "apt",
        f"deb [signed-by={demo.paths.archive_key}] file:{demo.paths.repository('Server')} bookworm {components}\n",
    )
    machine.run("apt-get", "update")
    simulated = machine.run("apt-get", "install", "--simulate", "rare", check=False)
    assert (simulated.returncode == 0) is seen
    assert ("Inst rare" in simulated.stdout) is seen


def test_apt_refuses_it_with_another_key(demo: Compose, tmp_path: Path) -> None:
    stranger = compose(tmp_path / "other/build")
    run_stages(stranger, key_stage)
    line = f"deb [signed-by={stranger.paths.archive_key}] file:{demo.paths.repository('Server')} bookworm main\n"
    refused = make_apt(tmp_path / "apt", line).run("apt-get", "update", check=False)
    assert refused.returncode != 0
    assert re.search("NO_PUBKEY|Missing key", refused.stderr), refused.stderr  # gpgv's word, and sqv's


def test_the_release_file_lists_all_indices_as_they_are(demo: Compose) -> None:
    listed = repository.read_listed_files(demo.paths.release_file("Server").read_text())
    suite = demo.paths.suite("Server")
    assert {"main/binary-amd64/Packages", "main/binary-amd64/Packages.xz", "main/source/Sources.gz"} <= set(listed)
    for path, (sha256, size) in listed.items():
        content = (suite / path).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (sha256, size)


@pytest.mark.parametrize("name", ["main/Contents-amd64.gz", "Translations"])
def test_any_file_that_a_stage_makes_below_the_suite_is_listed(demo: Compose, name: str) -> None:
    path = demo.paths.suite("Server") / name
    path.write_bytes(b"content")
    (made,) = (task for task in createrepo.tasks(demo) if task.name == "Server:amd64")
    (task,) = release.tasks_from(demo, [replace(made, outputs=(path, *made.outputs))])
    assert path in task.inputs
    task.run()
    sha256 = hashlib.sha256(b"content").hexdigest()
    assert repository.read_listed_files(demo.paths.release_file("Server").read_text())[name] == (sha256, 7)
    assert (path.parent / "by-hash/SHA256" / sha256).samefile(path)


def test_what_stages_make_elsewhere_is_not_listed(demo: Compose) -> None:
    outputs = (demo.paths.tree / "x", demo.paths.suite("Serverless") / "main/Contents")
    (task,) = release.tasks_from(demo, [replace(task, outputs=outputs) for task in createrepo.tasks(demo)])
    assert task.inputs == (demo.paths.archive_key,)


def test_the_release_file_says_what_the_repository_is(demo: Compose) -> None:
    text = demo.paths.release_file("Server").read_text()
    for line in (
        "Origin: Demo",
        "Label: Demo Server",
        "Codename: bookworm",
        "Suite: bookworm",
        "Version: 12",
        "Date: Tue, 14 Nov 2023 22:13:20 UTC",
        "Acquire-By-Hash: yes",
        "Architectures: amd64",
        "Components: main",
    ):
        assert f"{line}\n" in text


def test_every_index_lies_under_its_hash(demo: Compose) -> None:
    listed = repository.read_listed_files(demo.paths.release_file("Server").read_text())
    assert by_hash(demo) == {sha256 for sha256, _ in listed.values()}


def test_signing_again_leaves_the_same_files(demo: Compose) -> None:
    earlier = texts(demo)
    for name in ("Release", "InRelease", "Release.gpg"):
        (demo.paths.suite("Server") / name).unlink()
    run_stages(demo, release)
    assert texts(demo) == earlier


def test_signatures_that_stand_and_hold_are_kept(demo: Compose) -> None:
    inrelease = demo.paths.suite("Server") / "InRelease"
    stood = inrelease.stat().st_ino
    run_stages(demo, release)
    assert inrelease.stat().st_ino == stood


def test_a_broken_signature_is_made_anew(demo: Compose) -> None:
    earlier = texts(demo)
    inrelease = demo.paths.suite("Server") / "InRelease"
    inrelease.write_bytes(inrelease.read_bytes().replace(b"Origin: Demo", b"Origin: Evil"))
    run_stages(demo, release)
    assert texts(demo) == earlier


def test_the_last_two_generations_of_indices_are_kept(demo: Compose, archive: TinyArchive) -> None:
    first = by_hash(demo)
    choose(demo, "Server", "amd64", archive, ["base", "data", "late"])
    run_stages(demo, createrepo, release)
    listing = demo.paths.work("release", "Server.by-hash.list")
    both = {line.rpartition("/")[2] for line in listing.read_text().splitlines()}
    assert first < both
    choose(demo, "Server", "amd64", archive, ["base", "late"])
    run_stages(demo, createrepo, release)
    last = {line.rpartition("/")[2] for line in listing.read_text().splitlines()}
    assert both - first < last
    gone = (
        first
        - {sha256 for sha256, _ in repository.read_listed_files(demo.paths.release_file("Server").read_text()).values()}
        - both
    )
    assert not gone & last
    assert not (first - both) & last


def test_running_again_without_a_change_keeps_both_generations(demo: Compose, archive: TinyArchive) -> None:
    choose(demo, "Server", "amd64", archive, ["base", "data", "late"])
    run_stages(demo, createrepo, release)
    listing = demo.paths.work("release", "Server.by-hash.list")
    earlier = listing.read_text()
    run_stages(demo, release)
    assert listing.read_text() == earlier


def test_a_tampered_index_of_the_last_generation_is_not_kept(demo: Compose, archive: TinyArchive) -> None:
    victim = next(iter(demo.paths.suite("Server").rglob("binary-amd64/by-hash/SHA256/*")))
    tampered = victim.name
    victim.unlink()
    victim.write_bytes(b"evil")
    choose(demo, "Server", "amd64", archive, ["base", "data", "late"])
    run_stages(demo, createrepo, release)
    generations = demo.paths.work("release", "Server.by-hash.list").read_text()
    assert tampered not in generations or (victim.is_file() and victim.read_bytes() != b"evil")


@pytest.mark.parametrize("damage", [b"x" * 300 + b"\n", b"\xff\xfe\n", b"compose/../../outside\n"])
def test_a_damaged_list_of_generations_or_signature_names_nothing(demo: Compose, damage: bytes) -> None:
    right = demo.paths.work("release", "Server.by-hash.list").read_text()
    demo.paths.work("release", "Server.by-hash.list").write_bytes(damage)
    run_stages(demo, release)
    assert demo.paths.work("release", "Server.by-hash.list").read_text() == right
    (demo.paths.suite("Server") / "InRelease").write_bytes(damage)
    run_stages(demo, release)
    assert demo.paths.work("release", "Server.by-hash.list").read_text() == right


def test_a_newer_date_is_told_only_with_other_content(demo: Compose, archive: TinyArchive) -> None:
    assert all(demo.paths.epoch not in (*task.inputs, *task.optional) for task in list_tasks(demo, release))
    choose(demo, "Server", "amd64", archive, ["base"])
    demo.paths.epoch.write_text(f"{DATE + 86400}\n")
    run_stages(demo, createrepo, release)
    assert "Date: Wed, 15 Nov 2023 22:13:20 UTC\n" in demo.paths.release_file("Server").read_text()


def test_arches_that_disagree_on_a_pool_file_are_refused(archive: TinyArchive, tmp_path: Path) -> None:
    archive.add("data", arch="all")
    demo = compose(tmp_path / "build", variant(arches=("amd64", "arm64")), arches=("amd64", "arm64"))
    choose(demo, "Server", "amd64", archive, ["data"])
    archive.remove("data")
    archive.add("data", arch="all", files={"x": b"y"})
    choose(demo, "Server", "arm64", archive, ["data"])
    run_stages(demo, key_stage, createrepo)
    with pytest.raises(TrustError, match="not the same file on all arches"):
        run_stages(demo, release)


def test_each_of_several_keys_signs_while_one_takes_over(
    archive: TinyArchive, tmp_path: Path, key: Key, other_key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.add("base")
    demo = compose(tmp_path / "build")
    choose(demo, "Server", "amd64", archive, ["base"])
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    for half in (key, other_key):
        gpg(home, "--import", data=gpg(half.home, "--export-secret-keys", half.fingerprint))
    monkeypatch.setenv("GNUPGHOME", str(home))
    uri = f"file:{demo.paths.repository('Server').absolute()}"
    old, new = (
        make_apt(tmp_path / half.fingerprint, f"deb [signed-by={half.public}] {uri} bookworm main\n")
        for half in (key, other_key)
    )
    both = f"{other_key.fingerprint} {key.fingerprint}"
    for sign, clients, named in (
        (key.fingerprint, [old], key.fingerprint),
        (both, [old, new], f"{other_key.fingerprint}, {key.fingerprint}"),
        (other_key.fingerprint, [new], other_key.fingerprint),
    ):
        signed = replace(demo, sign=sign, release=replace(demo.release, signed_by=True))
        run_stages(signed, key_stage, createrepo, release)
        for machine in clients:
            assert machine.run("apt-get", "update", check=False).stderr == ""
        text = texts(demo)[0].decode()
        assert sorted(re.findall(r"^Signed-By: (.*)$", text, re.MULTILINE)[0].split(", ")) == sorted(named.split(", "))
    assert old.run("apt-get", "update", check=False).returncode != 0
