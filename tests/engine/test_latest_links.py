"""The links to what was published last: where they lead, and what a run does about one that leads elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from composelib.engine.latest_links import name_links, point_links, point_symlink, restore_links
from composelib.engine.state_db import Records

OLD, NEW, OTHER = "demo-12-20261101.n.0", "demo-12-20261102.n.0", "demo-13-20261102.n.0"


@pytest.fixture
def records(tmp_path: Path) -> Records:
    """Return the records of a compose with three published trees, whose links lead to the new one."""
    records = Records(tmp_path / "state.sqlite", print)
    records.read()
    for name in (OLD, NEW, OTHER):
        (tmp_path / name).mkdir()
        records.seals[name] = ""
    point_links(tmp_path, NEW, records)
    return records


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("demo-12-20261101.0", "latest-demo-12"),
        ("demo-12-20261101.n.3", "latest-demo-12.n"),
        ("demo-12-debian-13-20261101.ci.0", "latest-demo-12-debian-13.ci"),
        ("demo-20200101-20261101.t.12", "latest-demo-20200101.t"),
    ],
)
def test_there_is_a_link_for_each_version_and_type(name: str, link: str) -> None:
    assert name_links(name) == ("latest", link)


def test_a_link_is_moved_from_one_to_the_other(tmp_path: Path) -> None:
    (tmp_path / ".latest.new").mkdir()
    point_symlink(tmp_path / "latest", "one")
    point_symlink(tmp_path / "latest", "two")
    assert (tmp_path / "latest").readlink() == Path("two")
    assert [path.name for path in tmp_path.iterdir()] == ["latest"]


@pytest.mark.parametrize("target", ["", "/proc", "..", OTHER, "demo-12-20261109.n.0"])
def test_a_link_that_is_gone_or_leads_to_what_is_no_such_compose_is_put_back(
    records: Records, tmp_path: Path, target: str
) -> None:
    link = tmp_path / "latest-demo-12.n"
    link.unlink()
    if target:
        link.symlink_to(target)
    assert list(restore_links(tmp_path, records)) == [
        (f"{link}: was changed or removed, and leads to {NEW} again", True)
    ]
    assert link.readlink() == Path(NEW)
    assert not list(restore_links(tmp_path, records))


def test_a_link_may_lead_to_an_earlier_compose_of_its_kind(records: Records, tmp_path: Path) -> None:
    for name in name_links(OLD):
        point_symlink(tmp_path / name, OLD)
    assert not list(restore_links(tmp_path, records))


def test_what_is_no_link_stays_and_is_named(records: Records, tmp_path: Path) -> None:
    link = tmp_path / "latest"
    link.unlink()
    link.mkdir()
    assert list(restore_links(tmp_path, records)) == [
        (f"{link}: is no link to a compose published here; move it away, and `doit publish` makes it again", False)
    ]
    assert link.is_dir()


def test_a_link_that_was_removed_with_its_compose_is_not_missed(records: Records, tmp_path: Path) -> None:
    (tmp_path / "latest-demo-12.n").unlink()
    point_symlink(tmp_path / "latest", OTHER)
    (tmp_path / NEW).rmdir()
    del records.seals[NEW]
    assert not list(restore_links(tmp_path, records))
