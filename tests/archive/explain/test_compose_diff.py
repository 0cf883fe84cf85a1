from __future__ import annotations

from composelib.archive.explain.compose_diff import (
    Difference,
    PackageMove,
    SourceChange,
    TargetChange,
    compare_composes,
    read_contents,
)
from tests.kit.compose_contents import compose, image, row


def test_a_compose_is_the_same_as_itself() -> None:
    contents_twice = compose(Base=(row("a"),), images=(image(),))
    assert not compare_composes(contents_twice, contents_twice)


def test_packages_are_compared_by_their_source() -> None:
    old = compose(Base=(row("gone"), row("up"), row("down", "2.0"), row("same")))
    new = compose(Base=(row("come"), row("up", "1.0+b1"), row("down", "2.0~rc1"), row("same")))
    changes = compare_composes(old, new).sources
    assert [(change.source, change.how, change.old, change.new) for change in changes] == [
        ("come", "added", (), ("1.0",)),
        ("down", "downgraded", ("2.0",), ("2.0~rc1",)),
        ("gone", "removed", ("1.0",), ()),
        ("up", "upgraded", ("1.0",), ("1.0+b1",)),
    ]


def test_a_source_counts_once_however_many_variants_and_binaries_it_has() -> None:
    both = (row("liba", source="a"), row("a-bin", source="a"))
    old = compose(Base=both, Server=both)
    new = compose(Base=(row("liba", "1.1", source="a", size=150),), Server=(row("liba", "1.1", source="a", size=150),))
    assert compare_composes(old, new).sources == (
        SourceChange("a", "upgraded", ("1.0",), ("1.1",), 200, 150, ("-a-bin",)),
    )


def test_source_packages_are_neither_binaries_nor_bytes() -> None:
    source = row("a", "1.1", "source", size=9000)
    (change,) = compare_composes(
        compose(Base=(row("liba", source="a"),)), compose(Base=(row("liba", "1.1", source="a"), source))
    ).sources
    assert (change.binaries, change.old_size, change.new_size) == ((), 100, 100)


def test_a_rebuild_of_the_same_version_is_a_change() -> None:
    (change,) = compare_composes(compose(Base=(row("a"),)), compose(Base=(row("a", build="again"),))).sources
    assert change.how == "changed"


def test_a_binary_rebuild_keeps_its_sources_version() -> None:
    old = compose(Base=(row("a", "1.0+b1", source_version="1.0"),))
    new = compose(Base=(row("a", "1.0+b2", source_version="1.0"),))
    assert compare_composes(old, new).sources[0].how == "changed"


def test_a_package_that_changes_variants_has_moved() -> None:
    old, new = compose(Base=(row("a"),), Server=(row("b"),)), compose(Base=(), Server=(row("a"), row("b")))
    difference = compare_composes(old, new)
    assert difference.sources == ()
    assert difference.moves == (PackageMove("a", ("Base",), ("Server",)),)
    assert difference.targets == (
        TargetChange("Base", "amd64", 1, 0, 100, 0),
        TargetChange("Server", "amd64", 1, 2, 100, 200),
    )


def test_a_new_variant_shows_even_when_it_is_empty() -> None:
    assert compare_composes(compose(Base=()), compose(Base=(), Extra=())).targets == (
        TargetChange("Extra", "amd64", 0, 0, 0, 0),
    )


def test_images_are_the_same_across_versions_of_the_release() -> None:
    old = image(path="Server/amd64/iso/demo-12-Server-dvd-amd64.iso", content="a")
    new = image(path="Server/amd64/iso/demo-13-Server-dvd-amd64.iso", size=1200, content="b")
    jigdo = image(path="Server/amd64/iso/demo-13-Server-dvd-amd64.jigdo", content="c")
    changes = compare_composes(compose(images=(old,)), compose(images=(new, jigdo))).images
    assert [(change.how, change.old, change.new) for change in changes] == [
        ("changed", old, new),
        ("added", None, jigdo),
    ]


def test_an_image_of_the_same_content_is_the_same() -> None:
    old, new = image(content="a"), image(path="Server/amd64/iso/demo-13-Server-dvd-amd64.iso", content="a")
    assert compare_composes(compose(images=(old,)), compose(images=(new,))) == Difference((), (), (), ())


def test_metadata_is_read_as_it_is_written() -> None:
    written = {"package": "a", "version": "1", "architecture": "all", "source": "a", "source_version": "1"}
    written |= {"component": "main", "filename": "pool/a.deb", "sha256": "0", "archive": "debian"}
    why = {"seed": "a", "line": 3, "file": "x.yaml"}
    debs = {"version": 1, "variants": {"Base": {"amd64": [{**written, "size": 7, "why": why}]}}}
    compose_read = read_contents("id", debs, {"version": 1, "images": []})
    assert compose_read.packages["Base", "amd64"][0].why.line == 3
