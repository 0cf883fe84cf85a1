"""The page that leads to each published compose.

Also covers: composelib.commands.shared.published_trees.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from composelib.commands.shared.published_index import write_published_index
from composelib.files import write_file
from tests.kit.html_checker import check_html
from tests.kit.tiny_archive import Key, gpg


def publish(published: Path, name: str, key: Key, **keys: Any) -> Path:
    """Write what the page reads of a published compose."""
    tree = published / name
    info = {
        "type": "nightly",
        "label": "",
        "date": 1_700_000_000,
        "key": "archive-key.asc",
        "release": {"short": "demo", "codename": "trixie"},
        "variants": {"Server": {"repository": "Server/repo", "components": ["main", "debug"], "sources": True}},
        **keys,
    }
    write_file(tree / "metadata/composeinfo.json", json.dumps(info))
    write_file(tree / "metadata/images.json", json.dumps({"images": [{"size": 2_000_000}]}))
    write_file(tree / "STATUS", "FINISHED\n")
    write_file(tree / "COMPOSE_ID", f"{name}\n")
    write_file(tree / "archive-key.asc", gpg(key.home, "--armor", "--export", key.fingerprint))
    return tree


@pytest.fixture
def published(tmp_path: Path, key: Key) -> Path:
    for name in ("demo-13-20231114.n.9", "demo-13-20231114.n.10"):
        publish(tmp_path, name, key)
    (tmp_path / "latest").symlink_to("demo-13-20231114.n.10")
    return tmp_path


def read_index(published: Path) -> str:
    write_published_index(published)
    return (published / "index.html").read_text()


def test_composes_are_listed_with_the_newest_first(published: Path) -> None:
    page = read_index(published)
    check_html(page)
    assert page.index('<a href="demo-13-20231114.n.10/">') < page.index('<a href="demo-13-20231114.n.9/">')
    assert page.count("(latest)") == 1
    assert "<td>FINISHED</td><td>nightly</td><td>14 November 2023</td><td>Server</td>" in page


def test_it_says_how_apt_uses_the_latest(published: Path, key: Key) -> None:
    page = read_index(published)
    assert f"<code>{key.fingerprint}</code>" in page
    assert (
        "Types: deb deb-src\nURIs: http://SERVER/latest/Server/repo/\nSuites: trixie\nComponents: main\n"
        "Signed-By: /etc/apt/keyrings/demo.asc\n"
    ) in page


@pytest.mark.parametrize("info", ['{"date": "</td><script>"}', '{"type": "", "label": "", "date": 1e30}'])
def test_what_cannot_be_read_is_listed_all_the_same(published: Path, info: str) -> None:
    (published / "demo-13-20231114.n.10/metadata/composeinfo.json").write_text(info)
    page = read_index(published)
    assert "its metadata cannot be read" in page
    assert "Use the latest" not in page
    assert check_html(page).seen.count("script") == 1


def test_a_page_that_says_the_same_is_left_alone(published: Path) -> None:
    read_index(published)
    first = (published / "index.html").stat()
    read_index(published)
    assert (published / "index.html").stat() == first


def test_it_goes_with_the_last_compose(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("old")
    write_published_index(tmp_path)
    assert list(tmp_path.iterdir()) == []
