from __future__ import annotations

from pathlib import Path

import pytest

from composelib.fetch.lockfile import parse
from composelib.files import write_file
from composelib.stages import inrelease
from tests.kit.demo_compose import Demo, make_demo, set_status
from tests.kit.gathered_demo import load_demo, run_command
from tests.kit.gathered_variant import run_stages
from tests.kit.tiny_archive import DATE, TinyArchive


@pytest.fixture
def demo(tmp_path: Path, archive: TinyArchive) -> Demo:
    return make_demo(tmp_path, archive)


def test_the_lock_names_what_was_accepted(demo: Demo) -> None:
    run_stages(load_demo(demo), inrelease)
    ran = run_command(demo, "lock")
    path = demo.folder / "tiny.lock"
    assert ran.status == 0, ran.err
    assert ran.out.splitlines()[0] == f"{path}: written"
    suite = parse(path.read_bytes()).require_suite("tiny", "stable")
    assert suite.date == DATE
    assert suite.url == "dists/stable/InRelease"
    assert set(suite.indices) == {
        *(f"main/binary-amd64/Packages{suffix}" for suffix in ("", ".gz", ".xz")),
        *(f"main/source/Sources{suffix}" for suffix in ("", ".gz", ".xz")),
    }


def test_the_same_state_gives_the_same_lock(demo: Demo) -> None:
    run_stages(load_demo(demo), inrelease)
    run_command(demo, "lock")
    assert "unchanged" in run_command(demo, "lock").out


def test_before_anything_was_accepted_it_says_what_to_run(demo: Demo) -> None:
    ran = run_command(demo, "lock")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == f"error: archive tiny: no state of it was accepted yet; {demo.call} inrelease\n"


def test_a_doomed_state_is_not_locked(demo: Demo) -> None:
    run_stages(load_demo(demo), inrelease)
    set_status(demo, "DOOMED")
    ran = run_command(demo, "lock")
    assert (ran.status, ran.out) == (2, "")
    assert "its last run was doomed" in ran.err
    assert not (demo.folder / "tiny.lock").exists()


def test_a_compose_without_a_lock_says_so(demo: Demo, tmp_path: Path) -> None:
    write_file(tmp_path / "tree/metadata/debs.json", "{}")
    ran = run_command(demo, "lock", f"--from={tmp_path / 'tree'}")
    assert ran.status == 2
    assert "an earlier version made that compose" in ran.err
