"""Two composes are compared, as a user does it."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict
from pathlib import Path

import pytest

from composelib.archive.explain.compose_diff import ComposeContents
from tests.kit.compose_contents import compose, image, row
from tests.kit.demo_compose import Demo, Ran
from tests.kit.gathered_demo import run_command
from tests.kit.tiny_archive import DATE, Key, TinyArchive, deb

ENTRY = "{} ({}) stable; urgency=low\n\n  * Say {}.\n\n -- T <t@example.org>  Tue, 14 Nov 2023 22:13:20 +0000\n\n"


def write_compose(tree: Path, contents: ComposeContents) -> Path:
    """Write a compose's metadata."""
    debs: dict[str, dict[str, object]] = {}
    for (variant, arch), rows in contents.packages.items():
        debs.setdefault(variant, {})[arch] = [asdict(item) for item in rows]
    metadata = tree / "metadata"
    metadata.mkdir(parents=True)
    (tree / "COMPOSE_ID").write_text(f"{contents.identity}\n")
    (metadata / "debs.json").write_text(json.dumps({"version": 1, "variants": debs}))
    images = [asdict(item) for item in contents.images]
    (metadata / "images.json").write_text(json.dumps({"version": 1, "images": images}))
    return tree


def diff(folder: Path, *words: str | Path) -> Ran:
    return run_command(Demo(folder, TinyArchive(folder, Key(folder, "", folder))), "diff", *map(str, words))


def test_equal_composes_end_with_status_0(tmp_path: Path) -> None:
    contents = compose("demo-12-1", Base=(row("a"),), images=(image(),))
    ran = diff(tmp_path, write_compose(tmp_path / "a", contents), write_compose(tmp_path / "b", contents))
    assert ran == Ran(0, "demo-12-1 -> demo-12-1: the same\n", "")


def test_differences_end_with_status_1(tmp_path: Path) -> None:
    old = compose("demo-12-1", Base=(row("a"), row("gone"), row("m")), Server=(), images=(image(content="x"),))
    new = compose("demo-12-2", Base=(row("a", "1.1", size=1600),), Server=(row("m"),), images=(image(size=900),))
    ran = diff(tmp_path, write_compose(tmp_path / "a", old), write_compose(tmp_path / "b", new))
    assert (ran.status, ran.err) == (1, "")
    assert ran.out.splitlines() == [
        "demo-12-1 -> demo-12-2: different",
        "",
        "1 source package removed",
        "  gone 1.0 (-100 B)",
        "",
        "1 source package upgraded",
        "  a 1.0 -> 1.1 (+1.5 kB)",
        "",
        "moved between variants",
        "  m: Base -> Server",
        "",
        "variants",
        "  Base:amd64: 3 -> 1 packages, 300 B -> 1.6 kB (+1.3 kB)",
        "  Server:amd64: 0 -> 1 packages, 0 B -> 100 B (+100 B)",
        "",
        "images",
        "  Server:amd64: demo-12-Server-dvd-amd64.iso: other content, 1.0 kB -> 900 B (-100 B)",
    ]


def test_published_composes_go_by_their_ids(tmp_path: Path) -> None:
    published = tmp_path / "build" / "demo" / "published"
    write_compose(published / "demo-12-1", compose("demo-12-1", Base=(row("a"),)))
    write_compose(published / "demo-12-2", compose("demo-12-2", Base=()))
    difference = json.loads(diff(tmp_path, "demo-12-1", "demo-12-2", "--json").out)
    assert (difference["version"], difference["old"], difference["new"]) == (1, "demo-12-1", "demo-12-2")
    assert [(change["source"], change["how"]) for change in difference["sources"]] == [("a", "removed")]
    assert "published: demo-12-1, demo-12-2" in diff(tmp_path, "demo-12-1", "demo-12-3").err


@pytest.mark.parametrize("flag", ["--changelogs", "--no-changelogs"])
def test_changelog_entries_between_the_versions_are_shown(tmp_path: Path, flag: str) -> None:
    old = write_compose(tmp_path / "a", compose("1", Base=(row("a", "1.0"),)))
    new = write_compose(tmp_path / "b", compose("2", Base=(row("liba", "1.2", source="a"), row("a", "1.2"))))
    text = "".join(
        ENTRY.format("a", version, word) for version, word in (("1.2", "two"), ("1.1", "one"), ("1.0", "no"))
    )
    files = {"usr/share/doc/a/changelog.Debian.gz": gzip.compress(text.encode())}
    pool = new / "Base/repo/pool/main/a/a"
    pool.mkdir(parents=True)
    (pool / "a_1.2_amd64.deb").write_bytes(deb("Package: a\nVersion: 1.2\nArchitecture: amd64\n", files))
    ran = diff(tmp_path, old, new, flag)
    assert ("      a (1.2) stable; urgency=low" in ran.out) == (flag == "--changelogs")
    assert ("  * Say one." in ran.out) == (flag == "--changelogs")
    assert "Say no." not in ran.out


def test_a_broken_package_file_is_no_trouble(tmp_path: Path) -> None:
    old = write_compose(tmp_path / "a", compose("1", Base=(row("a", "1.0"),)))
    new = write_compose(tmp_path / "b", compose("2", Base=(row("a", "1.2"),)))
    pool = new / "Base/repo/pool/main/a/a"
    pool.mkdir(parents=True)
    (pool / "a_1.2_amd64.deb").write_bytes(deb("Package: a\n", {})[:200] + bytes([DATE % 256]))
    assert diff(tmp_path, old, new).status == 1


@pytest.mark.parametrize("words", [(), ("a",), ("a", "b", "c"), ("a", "nowhere"), ("--jsno", "a", "b")])
def test_a_wrong_call_is_trouble(tmp_path: Path, words: tuple[str, ...]) -> None:
    write_compose(tmp_path / "a", compose())
    ran = diff(tmp_path, *(str(tmp_path / word) if word == "a" else word for word in words))
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("error: ")


def test_metadata_that_is_none_is_trouble(tmp_path: Path) -> None:
    tree = write_compose(tmp_path / "a", compose())
    (tree / "metadata" / "debs.json").write_text('{"variants": [1]}')
    ran = diff(tmp_path, tree, tree)
    assert ran.status == 2
    assert "metadata: cannot be read" in ran.err
