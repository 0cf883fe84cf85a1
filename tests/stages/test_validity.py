"""Repositories that expire.

Also covers: composelib.model.release.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from composelib.archive.format.release_date import parse_release_date
from composelib.commands.verify import report_problems
from composelib.errors import ComposeError
from composelib.model.compose import Compose
from composelib.model.release import Release
from composelib.stages import createrepo, key, release, validity
from composelib.verify.tree import examine_tree
from tests.kit.client_apt import make_apt
from tests.kit.gathered_variant import choose, compose, list_tasks, run_stages
from tests.kit.tiny_archive import TinyArchive

HOUR = 3600
RELEASE = Release("Demo", "demo", "12", "bookworm", valid_until=9 * HOUR, suite="stable")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time that it is, as the one item of a list."""
    moment = [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: moment[0])
    return moment


@pytest.fixture
def demo(archive: TinyArchive, tmp_path: Path) -> Compose:
    archive.add("base")
    demo = compose(tmp_path / "build", release=RELEASE)
    choose(demo, "Server", "amd64", archive, ["base"])
    return demo


def probe(demo: Compose) -> str:
    [task] = list_tasks(demo, validity)
    assert task.probe
    return task.probe()


def read(demo: Compose, field: str) -> str:
    lines = demo.paths.release_file("Server").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith(f"{field}: ")), "")


@pytest.mark.usefixtures("clock")
def test_valid_until_counts_from_the_signing(demo: Compose) -> None:
    run_stages(demo, key, createrepo, validity, release)
    assert parse_release_date(read(demo, "Valid-Until"), "") == 1_800_000_000 + 9 * HOUR


def test_a_run_in_the_last_third_signs_anew_and_no_other(demo: Compose, clock: list[float]) -> None:
    recorded = probe(demo)
    run_stages(demo, validity)
    for hours in (6.1, 0.5, 5.4, 12.0):
        assert probe(demo) == recorded
        clock[0] += hours * HOUR
        if hours > 6:
            recorded, former = probe(demo), recorded
            assert recorded != former
            run_stages(demo, validity)
            assert int(demo.paths.signed_at.read_text()) == int(clock[0])
    assert probe(demo) == recorded


def test_what_has_expired_is_told_apart_from_damage(demo: Compose, clock: list[float]) -> None:
    run_stages(demo, key, createrepo, validity, release)
    assert examine_tree(demo.paths.tree).expired == []
    clock[0] += 9 * HOUR + 1
    inventory = examine_tree(demo.paths.tree)
    assert inventory.expired == [f"Server/repo/dists/bookworm/InRelease: was valid until {read(demo, 'Valid-Until')}"]
    assert not [line for line in inventory.problems if "InRelease" in line]


def test_verify_ends_with_another_status_for_what_has_expired(
    demo: Compose, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_stages(demo, key, createrepo, validity, release)
    clock[0] += 9 * HOUR + 1
    inventory = examine_tree(demo.paths.tree)
    inventory.problems.clear()
    monkeypatch.setattr("composelib.commands.verify.examine_tree", lambda *_: inventory)
    with pytest.raises(ComposeError, match="has expired; all is as signed") as caught:
        report_problems(demo.paths.tree, None)
    assert type(caught.value) is ComposeError


def test_apt_takes_the_fields_of_the_release_file_as_they_are_meant(demo: Compose, tmp_path: Path) -> None:
    fields = {"not_automatic": True, "but_automatic_upgrades": True, "changelogs": "https://example.org/@CHANGEPATH@"}
    demo = replace(demo, release=replace(RELEASE, **fields))  # type: ignore[arg-type]
    run_stages(demo, key, createrepo, validity, release)
    key_file, uri = demo.paths.archive_key.absolute(), f"file:{demo.paths.repository('Server').absolute()}"
    machine = make_apt(tmp_path / "apt", f"deb [signed-by={key_file}] {uri} bookworm main\n")
    assert machine.run("apt-get", "update").stderr == ""
    policy = machine.run("apt-cache", "policy").stdout
    assert " 100 file:" in policy
    assert "a=stable,n=bookworm" in policy
    assert read(demo, "Changelogs") == "https://example.org/@CHANGEPATH@"


def test_without_a_time_there_is_no_task_and_no_field(tmp_path: Path) -> None:
    assert not list_tasks(compose(tmp_path / "build"), validity)
