from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit import archive_server as bad
from tests.kit.archive_server import ArchiveServer, Handler, serving
from tests.kit.demo_compose import Demo, make_demo
from tests.kit.tiny_archive import DATE, Key, TinyArchive

MESSAGE = "an archive changed while it was read: the run begins anew"


@pytest.fixture
def archive_by_http(tmp_path: Path, key: Key) -> Iterator[tuple[Demo, ArchiveServer]]:
    """Make the demo, whose archive comes from a server and has no hashed names."""
    demo = make_demo(tmp_path, TinyArchive(tmp_path / "archive", key))
    demo.archive.publish(by_hash=False)
    with serving(demo.archive.root) as server:
        demo.edit(demo.archive.uri, server.url)
        yield demo, server


def let_it_move(demo: Demo, server: ArchiveServer, moves: int) -> None:
    """Let a new state be published, so that the old indices are gone, when an index is asked for: so many times."""
    numbers, gone = iter(range(1, moves + 1)), [False]

    def answer_index(handler: Handler, path: str) -> None:
        number = None if gone[0] else next(numbers, None)
        if number:
            demo.archive.add("later", f"{number}.0")
            demo.archive.publish(by_hash=False, date=DATE + number)
            gone[0] = True
        handler.answer(404, b"gone\n") if gone[0] else handler.serve(path)

    def answer_release(handler: Handler, path: str) -> None:
        gone[0] = False
        handler.serve(path)

    server.faults.clear()
    server.fault("dists/*/Packages*", answer_index)
    server.fault("*InRelease", answer_release)


def test_a_run_begins_anew_once_when_its_archive_moves(archive_by_http: tuple[Demo, ArchiveServer]) -> None:
    demo, server = archive_by_http
    let_it_move(demo, server, 1)
    ran = demo.doit("pkgset")
    assert ran.status == 0, ran.err
    assert ran.err.count(MESSAGE) == 1
    assert (demo.root / "work/pkgset/tiny/amd64.packages").read_text().count("Package: later\n") == 1


def test_a_run_that_begins_anew_writes_nothing_but_json_if_that_is_asked_for(
    archive_by_http: tuple[Demo, ArchiveServer],
) -> None:
    demo, server = archive_by_http
    let_it_move(demo, server, 1)
    events = [json.loads(line) for line in demo.doit("--json", "pkgset").out.splitlines()]
    assert [event["text"] for event in events if event["event"] == "warning"] == [MESSAGE]
    assert [event["status"] for event in events if event["event"] == "finished"] == ["DOOMED", "STARTED"]


def test_an_archive_that_moves_again_and_again_is_told(archive_by_http: tuple[Demo, ArchiveServer]) -> None:
    demo, server = archive_by_http
    let_it_move(demo, server, 2)
    ran = demo.doit("pkgset")
    assert ran.status == 4
    assert ran.err.count(MESSAGE) == 1
    assert "suite stable has changed since this run asked for it" in ran.err + ran.out


def test_a_file_that_an_unchanged_archive_lacks_is_told_at_once(archive_by_http: tuple[Demo, ArchiveServer]) -> None:
    demo, server = archive_by_http
    server.fault("pool/*shell*", bad.status(404))
    ran = demo.doit("fetch")
    assert ran.status != 0
    assert MESSAGE not in ran.err
