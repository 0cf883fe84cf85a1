"""A tree is verified as a user does it."""

from __future__ import annotations

from pathlib import Path

from tests.kit.demo_compose import Demo
from tests.kit.resealed_tree import replace_file
from tests.kit.tiny_archive import Key


def test_a_finished_compose_and_a_published_tree_are_as_signed(demo: Demo) -> None:
    ran = demo.doit("verify")
    assert (ran.status, ran.out, ran.err) == (0, f"{demo.tree}: all is as signed\n", "")
    assert demo.doit("publish").status == 0
    assert demo.doit("verify", str(demo.root / "published/latest")).status == 0


def test_each_problem_is_a_line_and_the_status_is_4(demo: Demo) -> None:
    replace_file(demo.tree / "report.html", b"evil")
    replace_file(demo.tree / "ev\x1b[31mil", b"evil")
    ran = demo.doit("verify", str(demo.tree))
    assert ran.status == 4
    assert ran.out.splitlines() == [
        "SHA512SUMS: report.html: its SHA512 is another",
        "ev\\x1b[31mil: no signed list names it",
        "report.html: its content does not match its checksum",
    ]
    assert ran.err.startswith(f"error: {demo.tree}: 3 problems; ")


def test_another_key_can_be_named(demo: Demo, other_key: Key) -> None:
    assert demo.doit("verify", f"--key={other_key.public}").status == 4
    assert demo.doit("verify", f"--key={demo.tree / 'archive-key.asc'}").status == 0
    ran = demo.doit("verify", "--key=/nowhere")
    assert ran.status == 4
    assert "/nowhere: No such file or directory" in ran.out


def test_what_is_no_compose_is_refused(demo: Demo, tmp_path: Path) -> None:
    ran = demo.doit("verify", str(tmp_path))
    assert (ran.status, ran.out) == (2, "")
    assert "is no compose" in ran.err
    assert demo.doit("verify", "one", "two").status == 2
