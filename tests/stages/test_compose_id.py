"""What a compose is called."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.model.origin import Origin, Seed
from composelib.model.release import Base, Release
from composelib.stages import compose_id
from tests.kit.gathered_variant import choose, compose, run_stages, variant
from tests.kit.tiny_archive import DATE, TinyArchive


@pytest.fixture
def demo(archive: TinyArchive, tmp_path: Path) -> Compose:
    archive.add("base")
    archive.add("more")
    demo = compose(tmp_path / "build", type="nightly")
    choose(demo, "Server", "amd64", archive, ["base"])
    return demo


def name(demo: Compose) -> str:
    run_stages(demo, compose_id)
    return demo.paths.compose_id.read_text()


def publish(demo: Compose, called: str | None = None) -> None:
    """Leave what a published compose tells of itself."""
    folder = demo.paths.published / (called or demo.paths.compose_id.read_text().strip()) / "metadata"
    folder.mkdir(parents=True)
    (folder / "composeinfo.json").write_text(json.dumps({"content": demo.paths.content_digest.read_text().strip()}))


def token(demo: Compose) -> str:
    (task,) = compose_id.tasks(demo)
    assert task.probe
    return task.probe()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("production", "demo-12-20231114.0"),
        ("nightly", "demo-12-20231114.n.0"),
        ("test", "demo-12-20231114.t.0"),
        ("ci", "demo-12-20231114.ci.0"),
        ("development", "demo-12-20231114.d.0"),
    ],
)
def test_the_type_is_in_the_name(demo: Compose, kind: str, expected: str) -> None:
    assert name(replace(demo, type=kind)) == f"{expected}\n"  # type: ignore[arg-type]


def test_a_layered_product_names_its_base(demo: Compose) -> None:
    layered = replace(demo, release=Release("Add-on", "addon", "3", "x", Base("debian", "12")))
    assert name(layered) == "addon-3-debian-12-20231114.n.0\n"


def test_an_unpublished_compose_keeps_its_number(demo: Compose, archive: TinyArchive) -> None:
    name(demo)
    choose(demo, "Server", "amd64", archive, ["base", "more"])
    assert name(demo) == "demo-12-20231114.n.0\n"


def test_a_published_compose_keeps_its_name_as_long_as_it_is_the_same(demo: Compose) -> None:
    name(demo)
    publish(demo)
    assert name(demo) == "demo-12-20231114.n.0\n"


def test_other_content_than_the_published_has_the_next_number(demo: Compose, archive: TinyArchive) -> None:
    name(demo)
    publish(demo)
    choose(demo, "Server", "amd64", archive, ["base", "more"])
    assert name(demo) == "demo-12-20231114.n.1\n"


def test_going_back_to_published_content_gives_its_name_again(demo: Compose, archive: TinyArchive) -> None:
    name(demo)
    publish(demo)
    choose(demo, "Server", "amd64", archive, ["base", "more"])
    name(demo)
    publish(demo)
    choose(demo, "Server", "amd64", archive, ["base"])
    assert name(demo) == "demo-12-20231114.n.0\n"


def test_numbers_of_pruned_composes_are_not_given_again(demo: Compose) -> None:
    name(demo)
    publish(demo, "demo-12-20231114.n.6")
    (demo.paths.published / "demo-12-20231114.n.6/metadata/composeinfo.json").write_text("{}")
    assert name(demo) == "demo-12-20231114.n.7\n"


def test_a_name_that_is_taken_is_not_given_even_for_the_same_content(demo: Compose) -> None:
    name(demo)
    publish(demo)
    demo.paths.taken_ids.write_text("demo-12-20231114.n.0\n")
    assert name(demo) == "demo-12-20231114.n.1\n"


def test_composes_of_other_days_and_types_do_not_count(demo: Compose) -> None:
    name(demo)
    for unrelated in ("demo-12-20231113.n.4", "demo-12-20231114.t.4", "demo-12-20231114.4", "latest", "junk.x"):
        publish(demo, unrelated)
    demo.paths.content_digest.unlink()
    assert name(demo) == "demo-12-20231114.n.0\n"


def test_another_config_is_another_content_but_another_line_is_not(demo: Compose) -> None:
    name(demo)
    publish(demo)
    seed = Seed("base", Origin("demo.yaml", 7, 1))
    with_seed = replace(demo, variants=(variant(packages=(seed,)),))
    assert name(with_seed) == "demo-12-20231114.n.1\n"
    publish(with_seed)
    moved = replace(with_seed, variants=(variant(packages=(replace(seed, origin=Origin("demo.yaml", 9, 1)),)),))
    assert name(moved) == "demo-12-20231114.n.1\n"


def test_where_archives_and_files_lie_is_no_content(demo: Compose, tmp_path: Path) -> None:
    name(demo)
    publish(demo)
    moved = Archive("tiny", Origin("x", 1, 1), uri="file:///else/where", signed_by=tmp_path / "key.gpg")
    assert name(replace(demo, archives=(moved,))) == "demo-12-20231114.n.0\n"


def test_a_newer_date_alone_keeps_the_name(demo: Compose) -> None:
    name(demo)
    demo.paths.epoch.write_text(f"{DATE + 86400}\n")
    assert name(demo) == "demo-12-20231114.n.0\n"


def test_the_token_stays_when_the_compose_is_made_changed_and_published(demo: Compose, archive: TinyArchive) -> None:
    assert token(demo) == ""
    name(demo)
    assert token(demo) == ""
    publish(demo)
    assert token(demo) == ""
    choose(demo, "Server", "amd64", archive, ["base", "more"])
    name(demo)
    assert token(demo) == ""


def test_the_token_tells_that_another_has_taken_the_name(demo: Compose) -> None:
    name(demo)
    publish(demo)
    (demo.paths.published / "demo-12-20231114.n.0/metadata/composeinfo.json").write_text('{"content": "another"}')
    assert token(demo) == "demo-12-20231114.n.0 was published with other content"
