"""The page that people read."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composelib.fetch import accepted_suite
from composelib.fetch.accepted_suite import AcceptedSuite
from composelib.files import sha256_of, write_file
from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.stages import report
from composelib.text.escape import escape_lines
from tests.kit.gathered_variant import NOWHERE, compose, image, list_tasks, run_stages, variant
from tests.kit.html_checker import check_html
from tests.kit.tiny_archive import Key, gpg


def row(package: str, version: str = "1.0", **keys: Any) -> dict[str, Any]:
    return {
        "package": package,
        "version": version,
        "architecture": "amd64",
        "source": package,
        "source_version": version,
        "component": "main",
        "filename": f"pool/{package}.deb",
        "size": 2_000_000,
        "sha256": f"{package}{version}",
        "archive": "debian",
        "why": {"seed": package, "file": "demo.yaml", "line": 7},
        **keys,
    }


DEBIAN = Archive("debian", NOWHERE, uri="file:///archive", suites=("bookworm",))
ARCHIVE = {"components": ["main"], "snapshot": "", "lookaside": False, "trusted": False, "suites": []}


def fill(demo: Compose, tree: Path, rows: list[dict[str, Any]], name: str) -> None:
    """Write the metadata of a compose."""
    dvd = {"variant": "Server", "arch": "amd64", "name": "dvd", "kind": "iso", "path": "Server/amd64/iso/a b.iso"}
    metadata = {
        "composeinfo": {
            "id": name,
            "label": "RC-1",
            "type": "test",
            "date": 1_700_000_000,
            "key": "archive-key.asc",
            "release": {"name": "Demo", "short": "demo", "version": "12", "codename": "bookworm"},
            "archives": {"debian": {**ARCHIVE, "suites": ["bookworm"]}, "ours": {**ARCHIVE, "trusted": True}},
        },
        "debs": {"variants": {"Server": {"amd64": rows}}},
        "images": {"images": [{**dvd, "size": 5_000_000, "sha256": name}]},
        "deliverables": {
            "deliverables": [
                {**dvd, "made": True, "paths": []},
                {**dvd, "name": "live", "kind": "live", "made": False, "paths": []},
            ]
        },
    }
    for file, content in metadata.items():
        write_file(tree / f"metadata/{file}.json", json.dumps(content))
    write_file(demo.paths.work("repoclosure", "Server", "amd64.json"), json.dumps({"checked": 2, "broken": []}))
    write_file(demo.paths.pool_list("Server", "amd64"), "")
    write_file(demo.paths.signatures(DEBIAN), accepted_suite.dump([accept(date=1_699_900_000, signers=("ABCD",))]))


def accept(**keys: Any) -> AcceptedSuite:
    """Return a suite as `inrelease` accepted it."""
    return AcceptedSuite(
        "bookworm", "file:///archive/", "file:///archive/dists/", "file:///archive/InRelease", "00", **keys
    )


def export_key(path: Path, key: Key) -> None:
    """Write the public key."""
    write_file(path, gpg(key.home, "--armor", "--export", key.fingerprint))


@pytest.fixture
def demo(tmp_path: Path, key: Key) -> Compose:
    demo = compose(tmp_path / "build", variant(images=(image("dvd"),)), archives=(DEBIAN,))
    export_key(demo.paths.archive_key, key)
    needed = row("openssl", why={"package": "nginx", "relation": "Depends", "provides": "ssl"})
    fill(demo, demo.paths.tree, [row("nginx"), needed], "demo-12-20231114.t.1")
    return demo


def text(demo: Compose) -> str:
    run_stages(demo, report)
    return (demo.paths.tree / "report.html").read_text()


def test_it_is_well_formed_and_needs_nothing_but_itself(demo: Compose) -> None:
    page = text(demo)
    seen = check_html(page).seen
    assert not {"img", "link", "iframe", "script[src]"} & set(seen)
    assert not re.search(r'(src|href)="(https?:)?//', page)
    assert "default-src 'none'" in page


NUMBERED = {"version", "source_version"}
"""Fields whose values are compared as versions are."""


def fill_with(value: Any, content: str) -> Any:
    """Return JSON whose texts are all of one content."""
    if isinstance(value, dict):
        return {key: item if key in NUMBERED else fill_with(item, content) for key, item in value.items()}
    if isinstance(value, list):
        return [fill_with(item, content) for item in value]
    return content if isinstance(value, str) else value


@cache
def full_page(content: str) -> str:
    """Return a page that has every part, all its values being of one content."""
    with TemporaryDirectory() as folder:
        demo = compose(Path(folder) / "build", variant(images=(image("dvd"),)), base_url=content, archives=(DEBIAN,))
        rows = [row("a"), row("b", why={"package": "a", "relation": "Depends", "provides": "c"})]
        fill(demo, demo.paths.tree, rows, "new")
        broken = {"package": "x", "version": "1", "architecture": "all", "reason": "y"}
        write_file(
            demo.paths.work("repoclosure", "Server", "amd64.json"), json.dumps({"checked": 2, "broken": [broken]})
        )
        fill(demo, demo.paths.published / "demo-12-20231113.t.0", [row("a", "0.9"), row("gone")], "old")
        demo.paths.latest.symlink_to("demo-12-20231113.t.0")
        for path in Path(folder).rglob("*.json"):
            if path != demo.paths.signatures(DEBIAN):
                path.write_text(json.dumps(fill_with(json.loads(path.read_text()), content)))
        closures = demo.paths.work("repoclosure", "Server", "amd64.json")
        closures.write_text(json.dumps({"checked": 2, "broken": [fill_with(broken, content)]}))
        write_file(demo.paths.archive_key, "")
        with (
            patch("composelib.actions.report.read_listed_files", read_unverified),
            patch("composelib.archive.format.openpgp.list_primary_fingerprints", lambda *_: [content]),
            patch("composelib.actions.report.find_entries", lambda *_: [content]),
        ):
            return text(demo)


def read_unverified(tree: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Return files without a look at sums, whose signing would take most of the time here."""
    return {name: (tree / name).read_bytes() for name in names}


@settings(max_examples=40)  # each writes and reads a dozen files
@given(st.text(alphabet=st.characters(exclude_characters="\r\0", exclude_categories=["Cs"]), max_size=40))
def test_no_content_can_break_out(content: str) -> None:
    page = check_html(full_page(content))
    assert page.seen == check_html(full_page("x")).seen
    assert escape_lines(content.strip()) in "".join(page.texts)


@pytest.mark.parametrize("name", ["report", "page", "table"])
def test_a_change_of_a_template_is_a_reason_to_run_again(
    demo: Compose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    page = list_tasks(demo, report)[-1]
    folder = shutil.copytree(report.TEMPLATE.parent, tmp_path / "text")
    monkeypatch.setattr(report, "TEMPLATE", folder / report.TEMPLATE.name)
    assert list_tasks(demo, report)[-1].uses == page.uses
    template = folder / f"{name}.html.jinja"
    template.write_text(f"{template.read_text()} ")
    assert list_tasks(demo, report)[-1].uses != page.uses


def test_it_tells_what_it_is(demo: Compose) -> None:
    page = text(demo)
    assert "<h1>Demo 12</h1>" in page
    assert "demo-12-20231114.t.1 · RC-1 · test · bookworm · 14 November 2023" in page


def test_it_counts_packages_and_sizes(demo: Compose) -> None:
    counted = '<td>Server</td><td>amd64</td><td class="n">2</td><td class="n">4.0 MB</td><td class="n">2</td>'
    assert counted in text(demo)


def test_it_says_why_each_package_is_in(demo: Compose) -> None:
    page = text(demo)
    assert "asked for: nginx (demo.yaml:7)" in page
    assert "Depends of nginx; provides ssl" in page


def test_images_are_linked_with_their_checksums(demo: Compose) -> None:
    page = text(demo)
    assert '<a href="Server/amd64/iso/a%20b.iso">a b.iso</a>' in page
    assert "<code>demo-12-20231114.t.1</code>" in page


def test_a_matrix_has_what_there_is_of_each_variant_and_arch(demo: Compose) -> None:
    page = text(demo)
    assert '<td>Server</td><td>dvd</td><td>iso</td><td class="files"><a href="Server/amd64/iso/a%20b.iso">' in page
    assert '<td>live</td><td>live</td><td class="files"><span class="bad">not made</span></td>' in page


def test_bills_of_materials_are_linked(demo: Compose) -> None:
    page = text(demo)
    assert '<a href="metadata/Server-amd64.spdx.json">SPDX</a>' in page
    assert '<a href="Server/amd64/iso/demo-12-Server-dvd-amd64.cdx.json">CycloneDX</a>' in page


def test_archives_have_suite_date_and_key(demo: Compose) -> None:
    page = text(demo)
    assert "<td>debian</td><td>bookworm</td><td>main</td><td>13 November 2023</td>" in page
    assert "<code>ABCD</code>" in page
    assert "not verified: `trusted: true`" in page


def test_a_newer_date_of_an_archive_is_no_reason_to_write_the_page_again(demo: Compose) -> None:
    dates, page = list_tasks(demo, report)
    accepted = demo.paths.signatures(DEBIAN)
    assert accepted in dates.order_only
    assert accepted not in {*dates.inputs, *page.inputs}


def test_the_fingerprint_of_the_signing_key_is_told(demo: Compose, key: Key) -> None:
    assert f"<code>{key.fingerprint}</code>" in text(demo)


def test_what_failed_is_named(demo: Compose) -> None:
    assert "Not made: Server amd64 live (live)" in text(demo)


def test_installability_is_told_both_ways(demo: Compose) -> None:
    assert "All 2 packages that were checked can be installed." in text(demo)
    broken = {"package": "x", "version": "1", "architecture": "all", "reason": "y <z> is not there"}
    write_file(demo.paths.work("repoclosure", "Server", "amd64.json"), json.dumps({"checked": 2, "broken": [broken]}))
    page = text(demo)
    assert "1 of 2 packages cannot be installed." in page
    assert "y &lt;z&gt; is not there" in page


def sign_tree(tree: Path, key: Key) -> None:
    """Sign the sums of a tree's metadata."""
    export_key(tree / "archive-key.asc", key)
    sums = "".join(
        f"{sha256_of(path)}  metadata/{path.name}\n" for path in sorted((tree / "metadata").iterdir())
    ).encode()
    (tree / "SHA256SUMS").write_bytes(sums)
    (tree / "SHA256SUMS.sign").write_bytes(gpg(key.home, "--armor", "--detach-sign", data=sums))


def test_it_shows_the_difference_to_the_last_published_compose(demo: Compose, key: Key) -> None:
    tree = demo.paths.published / "demo-12-20231114.t.0"
    fill(demo, tree, [row("nginx", "0.9"), row("gone")], "demo-12-20231114.t.0")
    sign_tree(tree, key)
    (demo.paths.published / "latest").symlink_to("demo-12-20231114.t.0")
    page = text(demo)
    assert "Since demo-12-20231114.t.0" in page
    assert "<td>nginx</td><td>upgraded</td><td>0.9</td><td>1.0</td>" in page
    assert "<td>gone</td><td>removed</td>" in page
    assert "Server amd64 dvd: changed" in page
    debs = tree / "metadata/debs.json"
    debs.write_text(debs.read_text().replace("0.9", "0.1"))
    assert "Since demo-12" not in text(demo)
    sums = tree / "SHA256SUMS"
    sums.write_text(sums.read_text().replace(sums.read_text()[:64], sha256_of(debs)))
    assert "Since demo-12" not in text(demo)


def test_it_shows_no_difference_to_itself(demo: Compose) -> None:
    earlier = text(demo)
    fill(demo, demo.paths.published / "demo-12-20231114.t.1", [], "demo-12-20231114.t.1")
    (demo.paths.published / "latest").symlink_to("demo-12-20231114.t.1")
    assert text(demo) == earlier


def test_it_says_how_apt_gets_at_it(demo: Compose) -> None:
    assert (
        "Types: deb\nURIs: http://SERVER/Server/repo/\nSuites: bookworm\nComponents: main\n"
        "Signed-By: /etc/apt/keyrings/demo.asc\n"
    ) in text(demo)
