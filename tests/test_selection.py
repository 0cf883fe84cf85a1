"""`doit arches=… variants=…`: a part is made, and what the compose is as a whole stays as it truthfully is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.demo_compose import Demo, make_demo
from tests.kit.tiny_archive import Key, TinyArchive

WHOLE = (
    "COMPOSE_ID",
    "STATUS",
    "SHA256SUMS",
    "SHA256SUMS.sign",
    "SHA512SUMS",
    "SHA512SUMS.sign",
    "report.html",
    "archive-key.asc",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, key: Key) -> Demo:
    folder = tmp_path_factory.mktemp("made")
    demo = make_demo(folder, TinyArchive(folder / "archive", key))
    ran = demo.doit()
    assert ran.status == 0, ran.out + ran.err
    return demo


@pytest.fixture
def new(tmp_path: Path, archive: TinyArchive) -> Demo:
    return make_demo(tmp_path, archive)


def state(demo: Demo) -> dict[str, bytes]:
    return {str(path.relative_to(demo.tree)): path.read_bytes() for path in demo.tree.rglob("*") if path.is_file()}


def planned(demo: Demo, *words: str) -> list[str]:
    ran = demo.doit("plan", "--fresh", *words)
    assert ran.status == 0, ran.err
    return [line.split()[0] for line in ran.out.splitlines()[:-1] if not line.startswith(" ")]


def test_of_a_finished_compose_nothing_is_swept_or_written(made: Demo) -> None:
    before = state(made)
    ran = made.doit("variants=Base")
    assert ran.status == 0, ran.out + ran.err
    assert state(made) == before
    assert before["STATUS"] == b"FINISHED\n"


def test_a_part_is_its_tasks_and_what_they_need(made: Demo) -> None:
    assert {name for name in planned(made, "variants=Base") if ":Server" in name} == set()
    server = planned(made, "variants=Server")
    assert {"gather:Base:amd64", "createiso:Server:amd64:dvd", "release:Server"} <= set(server)
    assert not {"release:Base", "metadata:debs", "report:html", "checksum:SHA256SUMS", "compose_id:name"} & {*server}


def test_named_tasks_are_those_of_the_part(made: Demo) -> None:
    found = planned(made, "createrepo", "variants=Base")
    assert [name for name in found if name.startswith("createrepo")] == ["createrepo:Base:amd64"]
    assert "createrepo:Base:amd64" in planned(made, "createrepo:*", "variants=Base")


@pytest.mark.parametrize("name", ["createiso", "release:Server", "metadata:debs"])
def test_a_named_task_outside_of_the_part_is_an_error(made: Demo, name: str) -> None:
    ran = made.doit(name, "variants=Base")
    assert (ran.status, ran.err) == (2, f"error: {name}: is not within variants=Base; leave one of them out\n")


@pytest.mark.parametrize("command", ["publish", "clean", "forget", "why shell", "status"])
def test_what_is_about_the_whole_refuses_a_part(made: Demo, command: str) -> None:
    before = state(made)
    ran = made.doit(*command.split(), "variants=Base")
    assert ran.status == 2
    assert ran.err.startswith("error: variants=: has no effect on 'doit ")
    assert state(made) == before


def test_an_arch_that_is_all_is_the_whole_compose(made: Demo) -> None:
    assert "metadata:debs" in planned(made, "arches=amd64")


def test_check_looks_at_what_the_part_needs(made: Demo) -> None:
    assert "xorriso" not in made.doit("check", "variants=Base").out
    assert "xorriso" in made.doit("check", "variants=Server").out


def test_config_shows_the_part(made: Demo) -> None:
    out = made.doit("config", "variants=Base").out
    assert "  Base:" in out
    assert "  Server:" not in out


def test_a_new_compose_is_begun_and_then_finished_as_a_whole(new: Demo) -> None:
    ran = new.doit("variants=Base")
    assert ran.status == 0, ran.out + ran.err
    found = state(new)
    assert found["STATUS"] == b"STARTED\n"
    assert "Base/repo/dists/tinysuite/InRelease" in found
    assert [path for path in found if path.startswith("Server") or path in {"COMPOSE_ID", "metadata/debs.json"}] == []
    ran = new.doit()
    assert ran.status == 0, ran.out + ran.err
    assert (new.tree / "STATUS").read_text() == "FINISHED\n"
    assert not [name for name in new.ran() if name.startswith(("createrepo:Base", "release:Base"))]
    assert list(new.json("metadata/debs.json")["variants"]) == ["Base", "Server"]


def test_an_edit_is_made_of_the_part_alone_and_then_of_the_whole(demo: Demo) -> None:
    before = state(demo)
    demo.edit("- shell (>= 1.0)", "- shell (>= 1.0)\n      - nicety")
    assert demo.doit("variants=Base").status == 0
    after = state(demo)
    assert {path for path in after if path.startswith("Server")} == {
        path for path in before if path.startswith("Server")
    }
    assert after["STATUS"] == b"STARTED\n"
    assert all(after[path] == before[path] for path in WHOLE if path != "STATUS")
    assert after["metadata/debs.json"] == before["metadata/debs.json"]
    assert "Base/repo/pool/main/n/nicety/nicety_1.0_amd64.deb" in after
    assert demo.doit().status == 0
    assert (demo.tree / "STATUS").read_text() == "FINISHED\n"
