"""Old composes and unused files are removed, and nothing that is used.

Also covers: composelib.commands.shared.published, composelib.commands.shared.store_use.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from composelib.commands.prune import PrunePlan, carry_out, make_plan
from composelib.commands.shared.published import open_records, recall_state
from composelib.commands.shared.store_use import drop_records, list_used
from composelib.engine.lock import hold_lock
from composelib.engine.ownership import claim_folder
from composelib.engine.seals import seal_tree
from composelib.errors import ComposeError
from composelib.fetch.file_lists import FileLists, write_file_list
from composelib.fetch.lockfile import Lock, dump
from composelib.fetch.package_identity import IdentityRecord, PackageIdentity
from composelib.fetch.store import open_store
from composelib.files import write_file
from composelib.model.compose import Compose
from composelib.model.paths import LOCK
from tests.kit.demo_compose import make_demo
from tests.kit.gathered_variant import compose, store
from tests.kit.small_disk import fill, small_disk
from tests.kit.tiny_archive import TinyArchive


@pytest.fixture
def demo(tmp_path: Path) -> Compose:
    return compose(tmp_path / "build")


def publish(compose: Compose, name: str, *packages: bytes) -> Path:
    """Make a published compose that has files of the store."""
    folder = compose.paths.published / name
    folder.mkdir(parents=True)
    (folder / "COMPOSE_ID").write_text(f"{name}\n")
    for package in packages:
        stored = compose.paths.stored(store(compose, package))
        os.link(stored, folder / stored.name)
    records = open_records(compose)
    seal_tree(records, folder, {})
    records.close()
    return folder


def names(paths: tuple[Path, ...]) -> list[str]:
    return [path.name for path in paths]


def test_the_newest_are_kept_by_day_and_number(demo: Compose) -> None:
    for name in ("demo-12-20231114.d.10", "demo-12-20231114.d.9", "demo-12-20231115.d.0", "demo-12-20221231.d.3"):
        publish(demo, name)
    assert names(make_plan(demo, 2).composes) == ["demo-12-20221231.d.3", "demo-12-20231114.d.9"]


def test_latest_is_never_removed(demo: Compose) -> None:
    publish(demo, "demo-12-20231114.d.0")
    publish(demo, "demo-12-20231115.d.0")
    (demo.paths.published / "latest").symlink_to("demo-12-20231114.d.0")
    assert names(make_plan(demo, 0).composes) == ["demo-12-20231115.d.0"]


def test_what_it_did_not_make_is_left_alone(demo: Compose) -> None:
    publish(demo, "demo-12-20231114.d.0")
    (demo.paths.published / "demo-12-20231113.d.0").mkdir()
    publish(demo, "demo-12-20231112.d.0").joinpath("COMPOSE_ID").write_text("another\n")
    (demo.paths.published / "my-notes").mkdir()
    write_file(demo.build / "store/sha256/aa/README", "mine")
    plan = make_plan(demo, 0)
    assert names(plan.composes) == ["demo-12-20231114.d.0"]
    assert plan.stored == ()


def test_store_files_that_a_list_names_are_kept(demo: Compose) -> None:
    listed, unlisted = store(demo, b"kept"), store(demo, b"gone")
    write_file(demo.build / "other/work/fetch/Server/amd64.list", f"{listed} 4 pool/a.deb\n")
    assert [path.name for path, _ in make_plan(demo, 0).stored] == [unlisted]


def test_store_files_that_any_list_of_any_stage_names_are_kept(demo: Compose) -> None:
    hashes = [store(demo, text) for text in (b"image", b"solved", b"scratch")]
    write_file(demo.build / "other/work/buildinstall/Server/amd64.stored", f"../store/sha256/aa/{hashes[0]}\n")
    write_file(demo.build / "demo/work/later/amd64.json", f'{{"sha256": "{hashes[1]}"}}')
    write_file(demo.build / "demo/work/tmp/amd64.json", f'{{"sha256": "{hashes[2]}"}}')
    assert [path.name for path, _ in make_plan(demo, 0).stored] == [hashes[2]]


def lock_of(*hashes: str) -> str:
    return dump(Lock({}, files=hashes))


def test_store_files_that_a_lock_names_are_kept(demo: Compose) -> None:
    claim_folder(demo)
    hashes = [store(demo, text) for text in (b"published", b"outdated", b"beside the config", b"no more")]
    for name, sha256 in (("demo-12-20231115.d.0", hashes[0]), ("demo-12-20231114.d.0", hashes[1])):
        write_file(publish(demo, name) / LOCK, lock_of(sha256))
        records = open_records(demo)
        seal_tree(records, demo.paths.published / name, {})
        records.close()
    write_file(demo.paths.lock, lock_of(hashes[2]))
    plan = make_plan(demo, 1)
    assert names(plan.composes) == ["demo-12-20231114.d.0"]
    assert {path.name for path, _ in plan.stored} == {hashes[1], hashes[3]}


@pytest.mark.parametrize("damage", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
@pytest.mark.parametrize("name", ["published/demo-12-20231114.d.0/metadata/lock.json", "work/fetch/V/amd64.list"])
def test_a_list_that_is_no_file_is_named_and_nothing_is_removed(
    demo: Compose, name: str, damage: Callable[[Path], None]
) -> None:
    store(demo, b"used")
    path = demo.paths.root / name
    path.parent.mkdir(parents=True)
    damage(path)
    with pytest.raises(ComposeError, match=rf"{path.name}: is no file"):
        make_plan(demo, 1)


def test_what_is_recorded_of_files_that_are_gone_goes_too(demo: Compose) -> None:
    store(demo, b"kept")
    present, gone = hashlib.sha256(b"kept").hexdigest(), "ab" * 32
    opened, record = open_store(demo.paths.store), IdentityRecord(demo.paths.store_controls)
    for sha256 in (present, gone):
        opened.ledger.record(sha256, demo.paths.stored(present).lstat())
        record.fresh[sha256] = PackageIdentity("a", "1", "all")
    opened.settle()
    record.save()
    for sha256 in (present, gone):
        write_file_list(FileLists(demo.paths.store_contents).locate(sha256), b"")
    drop_records(demo.paths)
    assert gone not in demo.paths.store_controls.read_text() + (demo.paths.store / "verified").read_text()
    assert demo.paths.store_controls.read_text() == f"{present} a 1 all .\n"
    assert list(open_store(demo.paths.store).ledger.signatures) == [present]
    assert [path.name for path in demo.paths.store_contents.glob("*/*")] == [present]


def test_store_files_that_a_kept_compose_has_are_kept(demo: Compose) -> None:
    publish(demo, "demo-12-20231114.d.0", b"old", b"both")
    publish(demo, "demo-12-20231115.d.0", b"new", b"both")
    plan = make_plan(demo, 1)
    assert [path.name for path, _ in plan.stored] == [hashlib.sha256(b"old").hexdigest()]


def test_it_removes_what_it_planned_and_the_id_is_not_given_again(demo: Compose) -> None:
    publish(demo, "demo-12-20231114.d.0", b"old")
    publish(demo, "demo-12-20231115.d.0", b"new")
    carry_out(demo, make_plan(demo, 1))
    assert sorted(path.name for path in demo.paths.published.iterdir()) == ["demo-12-20231115.d.0"]
    assert recall_state(demo).ids.spent == ("demo-12-20231114.d.0",)
    assert [path.name for path in demo.build.glob("store/sha256/*/*")] == [hashlib.sha256(b"new").hexdigest()]
    assert make_plan(demo, 1) == PrunePlan((), (), ())


def test_leftovers_of_killed_commands_go(demo: Compose) -> None:
    for name in (".demo-12-20231114.d.0.new", ".demo-12-20231114.d.0.gone", ".mine.new"):
        (demo.paths.published / name).mkdir(parents=True)
    assert names(make_plan(demo, 1).leftovers) == [".demo-12-20231114.d.0.gone", ".demo-12-20231114.d.0.new"]


def test_without_yes_nothing_is_removed_and_with_it_the_compose_stays_whole(
    tmp_path: Path, archive: TinyArchive
) -> None:
    demo = make_demo(tmp_path, archive)
    assert demo.doit().status == 0
    stray = tmp_path / "build/store/sha256/ab" / ("ab" * 32)
    write_file(stray, "stray")
    ran = demo.doit("prune")
    assert ran.status == 0, ran.err
    assert ran.out == "would remove 1 files of the store, 5 B\nnothing is removed yet: add --yes to remove it\n"
    assert stray.exists()
    assert demo.doit("prune", "--yes").out == "removing 1 files of the store, 5 B\n"
    assert not stray.exists()
    assert "done" not in demo.doit().out


def test_a_run_of_another_compose_hinders_nothing_but_the_removal_of_store_files(
    tmp_path: Path, archive: TinyArchive
) -> None:
    demo = make_demo(tmp_path, archive)
    assert demo.doit().status == 0
    old = demo.root / "published/.demo-12-20231114.d.0.gone"
    stray = tmp_path / "build/store/sha256/ab" / ("ab" * 32)
    write_file(stray, "stray")
    write_file(old / "COMPOSE_ID", "")
    write_file(tmp_path / "build/other/.deb-compose", "{}")
    write_file(tmp_path / "build/mine/lock", "mine")
    with hold_lock(tmp_path / "build/other/lock", tmp_path / "build/other/work/tmp"):
        assert demo.doit("prune").out.startswith(f"would remove {old}\n")
        ran = demo.doit("prune", "--yes")
    assert (ran.status, old.exists(), stray.exists()) == (0, False, True)
    assert ran.out.startswith(
        f"the store is left alone: {tmp_path}/build/other: process {os.getpid()} is at work here\n"
    )
    assert demo.doit("prune", "--yes").out == "removing 1 files of the store, 5 B\n"
    assert (tmp_path / "build/mine/lock").read_text() == "mine"


def test_a_dry_run_needs_no_lock(tmp_path: Path, archive: TinyArchive) -> None:
    demo = make_demo(tmp_path, archive)
    assert demo.doit().status == 0
    with hold_lock(demo.root / "lock", demo.root / "work/tmp"):
        assert demo.doit("prune").status == 0
        assert demo.doit("prune", "--yes").status == 3


def test_a_published_compose_with_a_file_that_nobody_published_is_named_and_left_alone(
    tmp_path: Path, archive: TinyArchive
) -> None:
    demo = make_demo(tmp_path, archive)
    assert (demo.doit().status, demo.doit("publish").status) == (0, 0)
    old = (demo.root / "published/latest").resolve()
    archive.add("mailer", "2.0", Depends="libbase")
    archive.add_source("mailer", "2.0")
    archive.publish()
    assert (demo.doit().status, demo.doit("publish").status) == (0, 0)
    write_file(old / "Server/notes/mine.txt", "mine")
    line = f"leaving {old} alone: `doit publish` did not put Server/notes/mine.txt there; move that away\n"
    for words in ((), ("--yes",)):
        ran = demo.doit("prune", "--keep=1", *words)
        assert (ran.status, line in ran.out) == (0, True), ran.out + ran.err
    assert (old / "SHA256SUMS").exists()
    (demo.root / "state.sqlite").unlink()  # then its signed lists say what was published
    assert line in demo.doit("prune", "--keep=1").out
    (old / "Server/notes/mine.txt").unlink()
    assert f"would remove {old}\n" in demo.doit("prune", "--keep=1").out


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")
def test_on_a_full_disk_every_command_works_or_names_the_disk_and_prune_is_the_cure(
    tmp_path: Path, archive: TinyArchive
) -> None:
    demo = make_demo(tmp_path, archive)
    with small_disk(tmp_path / "build", "size=64m"):
        assert demo.doit().status == 0
        assert demo.doit("publish").status == 0
        write_file(demo.root / "published/.demo-12-20231114.d.0.gone/a", "x" * 2_000_000)
        write_file(tmp_path / "build/store/sha256/ab" / ("ab" * 32), "x" * 20_000_000)
        fill(tmp_path / "build")
        check = demo.doit("check")
        assert (check.status, "8 are needed; make room (`doit prune`)" in check.err) == (3, True), check.err
        for words in ((), ("publish",), ("-a",)):
            ran = demo.doit(*words)
            assert ran.status in {0, 3}, ran.err
            assert "Traceback" not in ran.err
        assert demo.doit("prune").status == 0
        pruned = demo.doit("prune", "--yes")
        assert (pruned.status, "Traceback" in pruned.err) == (0, False), pruned.err
        assert not (demo.root / "published/.demo-12-20231114.d.0.gone").exists()
        assert demo.doit("-a").status == 0


def test_odd_options_are_refused(tmp_path: Path, archive: TinyArchive) -> None:
    demo = make_demo(tmp_path, archive)
    assert demo.doit("prune", "--keep=-1").status == 2
    assert demo.doit("prune", "all").status == 2
    assert demo.doit("prune").out == "nothing to remove\n"


def test_what_lies_in_the_unpacked_root_of_builds_is_no_list(tmp_path: Path) -> None:
    for name, digit in (("fetch/Server/amd64.list", "a"), ("chroot/amd64/usr/share/x.list", "b")):
        (tmp_path / "kit/work" / name).parent.mkdir(parents=True)
        (tmp_path / "kit/work" / name).write_text(digit * 64)
    assert list_used(tmp_path) == {"a" * 64}
