"""The links to what was published last."""

from __future__ import annotations

from pathlib import Path

import pytest

from composelib.commands.shared.latest_links import name_links, point_symlink


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
