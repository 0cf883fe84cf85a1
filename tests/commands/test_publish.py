"""A finished compose is frozen, as a user does it.

Also covers: composelib.commands.shared.tree_check.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from composelib.commands.publish import freeze, is_same_file, point_symlink
from composelib.files import write_file
from tests.kit.demo_compose import Demo, make_demo, set_status
from tests.kit.tiny_archive import DATE, TinyArchive

ID = "tiny-1.10-20231114.n"


def list_published(demo: Demo) -> list[str]:
    return sorted(path.name for path in (demo.root / "published").iterdir() if not path.name.startswith("."))


def read_latest(demo: Demo) -> str:
    return str((demo.root / "published/latest").readlink())


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def upgrade(demo: Demo) -> None:
    demo.archive.add("mailer", "2.0", Depends="libbase")
    demo.archive.add_source("mailer", "2.0")
    demo.archive.publish(date=DATE + 3600)
    assert demo.doit().status == 0


def test_the_tree_is_frozen_under_its_id_by_hard_links_and_latest_leads_to_it(demo: Demo) -> None:
    ran = demo.doit("publish")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"{ID}.0: published, ")
    frozen = demo.root / "published" / f"{ID}.0"
    assert contents(frozen) == contents(demo.tree)
    assert read_latest(demo) == f"{ID}.0"
    assert (frozen / "COMPOSE_ID").samefile(demo.tree / "COMPOSE_ID")


def test_publishing_again_does_nothing(demo: Demo) -> None:
    demo.doit("publish")
    mtime = (demo.root / f"published/{ID}.0").stat().st_mtime_ns
    ran = demo.doit("publish")
    assert (ran.status, ran.out) == (0, f"{ID}.0: it is already published\n")
    assert (demo.root / f"published/{ID}.0").stat().st_mtime_ns == mtime
    assert list_published(demo) == ["latest", f"{ID}.0"]


def test_after_publishing_nothing_has_to_run(demo: Demo) -> None:
    demo.doit("publish")
    ran = demo.doit()
    assert "done" not in ran.out
    assert demo.doit("publish").out == f"{ID}.0: it is already published\n"


def test_a_changed_compose_gets_the_next_number_and_leaves_the_published_alone(demo: Demo) -> None:
    demo.doit("publish")
    frozen = contents(demo.root / f"published/{ID}.0")
    upgrade(demo)
    assert demo.doit("publish").status == 0
    assert list_published(demo) == ["latest", f"{ID}.0", f"{ID}.1"]
    assert read_latest(demo) == f"{ID}.1"
    assert contents(demo.root / f"published/{ID}.0") == frozen
    assert demo.doit().out.count("done") == 0


def test_a_doomed_compose_is_refused(demo: Demo) -> None:
    demo.doit("publish")
    set_status(demo, "DOOMED")
    ran = demo.doit("publish")
    assert ran.status == 1
    assert ran.err == f"error: tiny: DOOMED: only a finished compose can be published; run `{demo.call}` first\n"
    assert read_latest(demo) == f"{ID}.0"


def test_what_is_written_into_status_is_not_believed_and_the_next_run_mends_it(demo: Demo) -> None:
    set_status(demo, "DOOMED")
    write_file(demo.tree / "STATUS", "FINISHED\n")
    ran = demo.doit("publish")
    assert (ran.status, "tiny: DOOMED: only a finished" in ran.err) == (1, True)
    set_status(demo, "FINISHED")
    write_file(demo.tree / "STATUS", "DOOMED\n")
    ran = demo.doit("publish")
    assert (ran.status, f"{demo.tree / 'STATUS'}: is not FINISHED" in ran.err) == (1, True)
    assert "done" not in demo.doit().out
    assert demo.doit("publish").status == 0


@pytest.mark.parametrize("name", ["kit-1-EVIL/../../../x.t.0", "tiny-1.10-19991114.n.0", "..", "\0"])
def test_what_is_written_into_compose_id_names_nothing(demo: Demo, name: str) -> None:
    before = set(demo.folder.rglob("*"))
    write_file(demo.tree / "COMPOSE_ID", f"{name}\n")
    ran = demo.doit("publish")
    assert (ran.status, f"{demo.tree / 'COMPOSE_ID'}: is not {ID}.0" in ran.err) == (1, True)
    assert {path for path in demo.folder.rglob("*") if "state" not in path.name} <= before
    assert demo.doit().status == 0
    assert demo.doit("publish").out.startswith(f"{ID}.0: published")
    assert list_published(demo) == ["latest", f"{ID}.0"]


def test_with_the_state_lost_nothing_is_published_and_then_under_the_next_number(demo: Demo) -> None:
    demo.doit("publish")
    for path in demo.root.glob("state.sqlite*"):
        path.unlink()
    assert demo.doit("publish").status == 1
    assert demo.doit().status == 0
    assert demo.doit("publish").out.startswith(f"{ID}.1: published")


def test_an_incomplete_compose_is_published(demo: Demo) -> None:
    set_status(demo, "FINISHED_INCOMPLETE")
    assert demo.doit("publish").status == 0


def test_a_compose_that_was_never_made_is_refused(tmp_path: Path, archive: TinyArchive) -> None:
    demo = make_demo(tmp_path, archive)
    ran = demo.doit("publish")
    assert (ran.status, ran.err) == (1, f"error: tiny: it is not made yet; run `{demo.call}` first\n")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("Server/repo/pool/**/webserver_*.deb", "bytes, not"),
        ("Server/repo/dists/*/main/binary-amd64/Packages.xz", "bytes, not"),
        ("Server/amd64/iso/*.iso", "its content does not match its checksum"),
        ("Base/repo/dists/*/InRelease", "its signature was not made with archive-key.asc"),
        ("SHA256SUMS", "its signature was not made with archive-key.asc"),
        ("metadata/composeinfo.json", "cannot be read"),
    ],
)
def test_what_was_tampered_with_is_found(demo: Demo, pattern: str, message: str) -> None:
    (victim,) = demo.tree.glob(pattern)
    content = victim.read_bytes()
    victim.unlink()
    victim.write_bytes(b"tampered" + content)
    ran = demo.doit("publish")
    assert ran.status == 1
    assert message in ran.err
    assert not (demo.root / "published").exists()


def test_a_missing_file_is_found(demo: Demo) -> None:
    (victim,) = demo.tree.glob("Server/repo/pool/**/webserver_*.deb")
    victim.unlink()
    assert f"{victim}: No such file or directory" in demo.doit("publish").err


def test_another_content_under_the_same_id_is_refused_and_the_next_run_gets_another(demo: Demo) -> None:
    demo.doit("publish")
    script = demo.root / f"published/{ID}.0/report.html"
    script.unlink(missing_ok=True)
    script.write_text("another")
    ran = demo.doit("publish")
    assert ran.status == 1
    assert f"it is already published, with different content; run `{demo.call}` again" in ran.err
    assert demo.doit().status == 0
    assert demo.doit("publish").out.startswith(f"{ID}.1: published")


def test_it_is_refused_while_a_run_is_at_work(demo: Demo) -> None:
    with (demo.root / "lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        lock.write(f'{{"pid": {os.getpid()}, "begun": "{fields[19]}"}}'.ljust(80).encode())
        lock.flush()
        ran = demo.doit("publish")
    assert ran.status == 3
    assert "is at work here" in ran.err


def test_words_after_it_are_refused(demo: Demo) -> None:
    assert demo.doit("publish", "Server").status == 2


def test_links_and_files_on_other_file_systems_are_frozen_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = tmp_path / "tree"
    (tree / "below").mkdir(parents=True)
    (tree / "below/file").write_text("content")
    (tree / "link").symlink_to("below")

    def no_links(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "link", no_links)
    files, _ = freeze(tree, tmp_path / "frozen")
    assert files == 2
    assert (tmp_path / "frozen/link").readlink() == Path("below")
    assert (tmp_path / "frozen/below/file").read_text() == "content"
    assert is_same_file(tree / "link", tmp_path / "frozen/link")


def test_what_a_killed_publishing_left_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / ".frozen.new/junk").mkdir(parents=True)
    freeze(tmp_path / "tree", tmp_path / "frozen")
    assert not list((tmp_path / "frozen").iterdir())


def test_latest_is_moved_from_one_to_the_other(tmp_path: Path) -> None:
    point_symlink(tmp_path / "latest", "one")
    point_symlink(tmp_path / "latest", "two")
    assert (tmp_path / "latest").readlink() == Path("two")
    assert [path.name for path in tmp_path.iterdir()] == ["latest"]
