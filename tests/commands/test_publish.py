"""A finished compose is frozen, as a user does it."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path

import pytest

from composelib.engine.seals import forget_seal
from composelib.engine.state_db import Records
from composelib.files import write_file
from composelib.model.paths import INDEX
from tests.kit.demo_compose import Demo, make_demo, set_status
from tests.kit.resealed_tree import replace_file, reseal
from tests.kit.tiny_archive import DATE, TinyArchive

ID = "tiny-1.10-20231114.n"


LATEST = ["latest", "latest-tiny-1.10.n"]


def list_published(demo: Demo) -> list[str]:
    return sorted(
        path.name for path in (demo.root / "published").iterdir() if path.name[0] != "." and path.name != INDEX
    )


def read_latest(demo: Demo) -> str:
    return str((demo.root / "published/latest").readlink())


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def upgrade(demo: Demo) -> None:
    demo.archive.add("mailer", "2.0", Depends="libbase")
    demo.archive.add_source("mailer", "2.0")
    demo.archive.publish(date=DATE + 3600)
    assert demo.doit().status == 0


def test_the_tree_is_frozen_under_its_id_and_the_links_lead_to_it(demo: Demo) -> None:
    ran = demo.doit("publish")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"{ID}.0: published, ")
    frozen = demo.root / "published" / f"{ID}.0"
    assert contents(frozen) == contents(demo.tree)
    assert read_latest(demo) == f"{ID}.0"
    assert (demo.root / "published/latest-tiny-1.10.n").readlink() == Path(f"{ID}.0")


def test_only_package_files_are_shared_and_nothing_can_be_written_to(demo: Demo) -> None:
    demo.doit("publish")
    frozen = demo.root / "published" / f"{ID}.0"
    files = [path for path in frozen.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o444}
    shared = {path for path in files if path.samefile(demo.tree / path.relative_to(frozen))}
    assert shared == {path for path in files if "pool" in path.parts}


def test_publishing_again_does_nothing(demo: Demo) -> None:
    demo.doit("publish")
    mtime = (demo.root / f"published/{ID}.0").stat().st_mtime_ns
    ran = demo.doit("publish")
    assert (ran.status, ran.out) == (0, f"{ID}.0: it is already published\n")
    assert (demo.root / f"published/{ID}.0").stat().st_mtime_ns == mtime
    assert list_published(demo) == [*LATEST, f"{ID}.0"]


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
    assert list_published(demo) == [*LATEST, f"{ID}.0", f"{ID}.1"]
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
    assert list_published(demo) == [*LATEST, f"{ID}.0"]


def test_with_the_state_lost_nothing_is_published_and_then_under_the_next_number(demo: Demo) -> None:
    demo.doit("publish")
    for path in demo.root.glob("state.sqlite*"):
        path.unlink()
    assert demo.doit("publish").status == 1
    assert demo.doit().status == 0
    assert demo.doit("publish").out.startswith(f"{ID}.1: published")


def test_latest_moves_for_an_incomplete_compose_only_where_the_config_says_so(demo: Demo) -> None:
    set_status(demo, "FINISHED_INCOMPLETE")
    ran = demo.doit("publish")
    assert (ran.status, "; latest stays, as it is FINISHED_INCOMPLETE" in ran.out) == (0, True)
    assert list_published(demo) == [f"{ID}.0"]
    demo.edit("type: nightly", "type: nightly\nlatest: incomplete")
    assert demo.doit("publish").out == f"{ID}.0: it is already published\n"
    assert list_published(demo) == [*LATEST, f"{ID}.0"]


def test_latest_never_leads_from_one_product_to_another(demo: Demo) -> None:
    (demo.root / "published").mkdir()
    (demo.root / "published/latest").symlink_to("acme-1-20200101.0")
    ran = demo.doit("publish")
    assert ran.status == 1
    assert f"{demo.root / 'published/latest'}: leads to acme-1-20200101.0, which is no compose of tiny; " in ran.err
    assert list_published(demo) == ["latest"]


def test_a_folder_in_the_place_of_latest_is_an_error(demo: Demo) -> None:
    (demo.root / "published/latest").mkdir(parents=True)
    ran = demo.doit("publish")
    assert ran.status == 1
    assert "published/latest: is a folder, not the link to the compose published last; move it away" in ran.err
    assert list_published(demo) == ["latest"]


def test_a_compose_that_was_never_made_is_refused(tmp_path: Path, archive: TinyArchive) -> None:
    demo = make_demo(tmp_path, archive)
    ran = demo.doit("publish")
    assert (ran.status, ran.err) == (1, f"error: tiny: it is not made yet; run `{demo.call}` first\n")


def test_everything_that_verify_names_is_refused(demo: Demo) -> None:
    (package,) = demo.tree.glob("Server/repo/pool/**/webserver_*.deb")
    package.unlink()
    replace_file(demo.tree / "metadata/debs.json", b"{}")
    replace_file(demo.tree / "evil.sh", b"evil")
    replace_file(demo.tree / "Server/repo/dists/tinysuite/evil", b"evil")
    ran = demo.doit("publish")
    assert ran.status == 1
    for name, problem in (
        ("metadata/debs.json", "its content does not match its checksum"),
        ("evil.sh", "no signed list names it"),
        ("Server/repo/dists/tinysuite/evil", "no signed list names it"),
        (str(package.relative_to(demo.tree)), "is missing"),
    ):
        assert f"\n  {demo.tree / name}: {problem}\n" in ran.err
    assert not (demo.root / "published").exists()


def test_what_lies_beside_the_published_composes_is_named_and_stays(demo: Demo) -> None:
    note = demo.root / "published/notes.txt"
    write_file(note, "mine")
    ran = demo.doit("publish")
    assert (ran.status, f"{note}: `doit publish` did not make it; move it away\n" in ran.err) == (1, True)
    assert note.read_text() == "mine"


def test_what_was_damaged_since_it_was_published_is_named(demo: Demo) -> None:
    demo.doit("publish")
    page = demo.root / f"published/{ID}.0/report.html"
    replace_file(page, b"another")
    ran = demo.doit("publish")
    assert ran.status == 1
    assert f"\n  {page}: its content does not match its checksum\n" in ran.err


def test_what_a_killed_command_published_is_watched_once_it_is_published_again(demo: Demo) -> None:
    demo.doit("publish")
    frozen = demo.root / f"published/{ID}.0"
    records = Records(demo.root / "state.sqlite", lambda _: None)
    records.read()
    forget_seal(records, frozen.name)
    records.close()
    assert demo.doit("publish").out == f"{ID}.0: it is already published\n"
    (frozen / "report.html").chmod(0o644)
    (frozen / "report.html").write_bytes(b"another")
    ran = demo.doit()
    assert (ran.status, f"{frozen}/report.html: was damaged, and is healed" in ran.out + ran.err) == (0, True)


def test_another_content_under_the_same_id_is_refused_and_the_next_run_gets_another(demo: Demo) -> None:
    demo.doit("publish")
    frozen = demo.root / f"published/{ID}.0"
    replace_file(frozen / "report.html", b"another")
    reseal(frozen, demo.folder / "keys")
    ran = demo.doit("publish")
    assert ran.status == 1
    assert f"it is already published, with different content; run `{demo.call}` again" in ran.err
    ran = demo.doit()
    assert (ran.status, f"error: {frozen}/report.html: was changed since it was published" in ran.err) == (4, True)
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
