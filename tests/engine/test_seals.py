"""Damage to a published tree is found by the next run, and healed where something verified is at hand.

Also covers: composelib.engine.seal_watch.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from composelib.engine.seal_watch import (
    MANY_LEAVES,
    WatchedPaths,
    choose_closely_watched,
    list_suspects,
    load_watches,
)
from composelib.engine.state_db import Records
from composelib.verify.tree import verify_tree
from tests.kit.demo_compose import Demo
from tests.kit.resealed_tree import flip_bit, replace_file

PACKAGE = "Server/repo/pool/main/m/mailer/mailer_1.0_amd64.deb"
ISO = "Server/amd64/iso/tiny-1.10-Server-dvd-amd64.iso"


@pytest.fixture
def published(demo: Demo) -> Path:
    """Return the tree of a demo that is published."""
    assert demo.doit("publish").status == 0
    return (demo.root / "published/latest").resolve()


def edit_in_place(path: Path) -> None:
    """Change a byte of a file and all its links, and put its time back."""
    status = path.stat()
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    with path.open("r+b") as stream:
        stream.write(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def separate_from_mould(demo: Demo, *paths: Path) -> None:
    """Make a file of the store, and these links to it, a file that the mould does not share."""
    content = paths[0].read_bytes()
    stored = next((demo.folder / "build/store/sha256").glob(f"*/{hashlib.sha256(content).hexdigest()}"))
    replace_file(stored, content)
    for path in paths:
        path.unlink()
        path.hardlink_to(stored)


def test_what_is_not_damaged_costs_and_says_nothing(demo: Demo, published: Path) -> None:
    ran = demo.doit()
    assert (ran.status, ran.err, "done" in ran.out) == (0, "", False)
    published.joinpath("report.html").touch()
    ran = demo.doit()
    assert (ran.status, ran.err) == (0, "")


def test_each_kind_of_damage_is_healed_from_the_store_or_the_compose(demo: Demo, published: Path) -> None:
    flip_bit(published / "report.html", 5)
    (published / ISO).unlink()
    (published / "metadata/debs.json").unlink()
    (published / "metadata/debs.json").symlink_to("/proc/version")
    edit_in_place(published / "SHA256SUMS")
    replace_file(published / PACKAGE, b"evil")
    ran = demo.doit()
    assert ran.status == 0, ran.err
    for name in ("report.html", ISO, "metadata/debs.json", "SHA256SUMS", PACKAGE):
        assert f"warning: {published / name}: was damaged, and is healed" in ran.err
    assert verify_tree(published) == []
    assert (published / PACKAGE).stat().st_mode & 0o222 == 0
    assert demo.doit().err == ""


def test_a_byte_that_is_changed_through_a_shared_file_is_healed_everywhere(demo: Demo, published: Path) -> None:
    separate_from_mould(demo, demo.tree / PACKAGE, published / PACKAGE)
    edit_in_place(published / PACKAGE)
    ran = demo.doit()
    assert ran.status == 0, ran.out + ran.err
    assert f"{published / PACKAGE}: was damaged, and is healed" in ran.err
    assert verify_tree(published) == []
    assert verify_tree(demo.tree) == []
    assert demo.doit("publish").status == 0


def test_what_nothing_can_heal_and_what_is_foreign_is_named(demo: Demo, published: Path) -> None:
    demo.archive.add("mailer", "2.0", Depends="libbase")
    demo.archive.add_source("mailer", "2.0")
    demo.archive.publish()
    assert demo.doit().status == 0
    replace_file(published / "report.html", b"evil")
    replace_file(published / "evil.sh", b"evil")
    for number in range(20):
        replace_file(published / f"v{number}.sh", b"evil")
    ran = demo.doit()
    assert ran.status == 4
    assert f"error: 2 more problems of {published.parent}" in ran.err
    assert f"error: {published}/report.html: was changed since it was published, and nothing here has its" in ran.err
    assert f"error: {published}/evil.sh: was not published; move it away" in ran.err
    assert demo.doit().status == 4
    assert demo.json("../run.json")["status"] == "FINISHED"


def publish_another(demo: Demo) -> None:
    """Publish another state of the archive."""
    demo.archive.add("mailer", "2.0", Depends="libbase")
    demo.archive.add_source("mailer", "2.0")
    demo.archive.publish()
    assert (demo.doit().status, demo.doit("publish").status, demo.doit().status) == (0, 0, 0)


def test_each_damage_to_a_package_of_an_older_tree_is_healed_by_a_run_without_anything_to_do(
    demo: Demo, published: Path
) -> None:
    publish_another(demo)
    flipped, truncated, removed, replaced, linked, *_ = sorted(published.rglob("*.deb"))
    for damaged in (flipped, truncated):
        separate_from_mould(demo, demo.tree / damaged.relative_to(published), damaged)
    edit_in_place(flipped)
    os.truncate(truncated, 5)
    removed.unlink()
    replace_file(replaced, b"evil")
    linked.unlink()
    linked.symlink_to("/proc/version")
    ran = demo.doit()
    assert ran.status == 0, ran.err
    for path in (flipped, truncated, removed, replaced, linked):
        assert f"warning: {path}: was damaged, and is healed" in ran.err
    assert verify_tree(published) == []


def test_a_byte_that_is_changed_in_a_package_alone_is_found_in_the_store_that_all_trees_share_it_with(
    demo: Demo, published: Path
) -> None:
    separate_from_mould(demo, demo.tree / PACKAGE, published / PACKAGE)
    assert demo.doit().status == 0
    edit_in_place(published / PACKAGE)  # no folder of the tree shows it
    ran = demo.doit()
    assert (ran.status, f"{published / PACKAGE}: was damaged, and is healed" in ran.err) == (0, True)
    assert verify_tree(published) == []


def test_a_file_beside_packages_is_named_in_the_newest_tree_and_in_older_ones(demo: Demo, published: Path) -> None:
    publish_another(demo)
    newest = (demo.root / "published/latest").resolve()
    strays = [next(tree.rglob("mailer_*.deb")).with_name("evil") for tree in (published, newest)]
    for stray in strays:
        replace_file(stray, b"evil")
    ran = demo.doit()
    assert (ran.status, "done" in ran.out) == (4, False)
    assert [line for line in ran.err.splitlines() if "move it away" in line] == [
        f"error: {stray}: was not published; move it away" for stray in strays
    ]


def test_folders_of_packages_are_looked_at_in_as_many_trees_as_take_no_time() -> None:
    leaves = tuple(f"pool/{number}" for number in range(MANY_LEAVES // 2))
    watches = {name: WatchedPaths((), leaves, ()) for name in ("a-1-20260101.0", "a-1-20260102.0", "a-1-20260103.0")}
    newest = "a-1-20260104.0"
    assert choose_closely_watched(watches | {newest: watches["a-1-20260101.0"]}, newest) == {
        "a-1-20260102.0", "a-1-20260103.0", newest
    }  # fmt: skip


def test_a_run_with_nothing_to_do_looks_at_no_package_in_a_published_tree(demo: Demo, published: Path) -> None:
    assert demo.doit().status == 0
    records = Records(demo.root / "state.sqlite", print)
    records.read()
    watch = load_watches(records)[published.name]
    assert not [path for path in watch.files if "/pool/" in path]
    assert {f"{Path(PACKAGE).parent}"} <= set(watch.leaves)
    assert list_suspects(records) == set()


def test_a_pruned_tree_is_no_longer_looked_at(demo: Demo, published: Path) -> None:
    demo.archive.add("mailer", "2.0", Depends="libbase")
    demo.archive.add_source("mailer", "2.0")
    demo.archive.publish()
    assert demo.doit().status == 0
    assert demo.doit("publish").status == 0
    assert demo.doit("prune", "--keep=1", "--yes").status == 0
    assert not published.exists()
    ran = demo.doit()
    assert (ran.status, ran.err, "done" in ran.out) == (0, "", False)


@pytest.mark.parametrize("target", ["../../elsewhere", ""])
def test_what_stands_in_place_of_a_folder_is_named_and_nothing_is_written_through_it(
    demo: Demo, published: Path, target: str
) -> None:
    (demo.root / "elsewhere").mkdir()
    shutil.rmtree(published / "metadata")
    (published / "metadata").symlink_to(target) if target else (published / "metadata").touch()
    ran = demo.doit()
    assert (ran.status, ran.err) == (4, f"error: {published}/metadata: was not published; move it away\n")
    assert not list((demo.root / "elsewhere").iterdir())
    (published / "metadata").unlink()
    assert demo.doit().status == 0
    assert verify_tree(published) == []


def test_a_link_in_place_of_a_published_tree_is_named_and_neither_written_through_nor_published(
    demo: Demo, published: Path
) -> None:
    elsewhere = demo.root.with_name("elsewhere")
    published.rename(elsewhere)
    published.symlink_to(elsewhere)
    replace_file(elsewhere / "report.html", b"evil")
    ran = demo.doit()
    assert ran.status == 4
    assert f"error: {published}: is a link, not the folder that was published; put that back in its place\n" in ran.err
    assert (elsewhere / "report.html").read_bytes() == b"evil"
    ran = demo.doit("publish")
    assert (ran.status, f"{published}: `doit publish` did not make it; move it away" in ran.err) == (1, True)
    published.unlink()
    elsewhere.rename(published)
    ran = demo.doit()
    assert (ran.status, f"{published / 'report.html'}: was damaged, and is healed" in ran.err) == (0, True)


def test_a_folder_of_published_trees_may_be_moved_to_another_disk(demo: Demo, published: Path) -> None:
    disk = demo.root.with_name("disk")
    published.parent.rename(disk)
    published.parent.symlink_to(disk)
    ran = demo.doit()
    assert (ran.status, ran.err) == (0, "")
    assert demo.doit("publish").status == 0
