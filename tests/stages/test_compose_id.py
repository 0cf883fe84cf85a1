"""What a compose is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from composelib.files import write_file
from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.model.compose_id import IdHistory
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


def change(demo: Compose, how: Callable[[IdHistory], IdHistory]) -> None:
    """Change what the engine remembers for the task from one run to the next."""
    memory = demo.paths.work("compose_id", "history.json")
    write_file(memory, how(IdHistory.from_json(memory.read_text() if memory.exists() else "")).to_json())


def publish(demo: Compose) -> None:
    """Record the last ID as published."""
    change(demo, IdHistory.publish)


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


def test_content_that_comes_back_after_other_was_published_has_a_new_number(
    demo: Compose, archive: TinyArchive
) -> None:
    names = []
    for packages in (["base"], ["base", "more"], ["base"]):
        choose(demo, "Server", "amd64", archive, packages)
        names.append(name(demo))
        publish(demo)
    assert names == [f"demo-12-20231114.n.{number}\n" for number in (0, 1, 2)]


def test_going_back_to_what_was_published_last_gives_its_name_again(demo: Compose, archive: TinyArchive) -> None:
    name(demo)
    publish(demo)
    choose(demo, "Server", "amd64", archive, ["base", "more"])
    assert name(demo) == "demo-12-20231114.n.1\n"
    choose(demo, "Server", "amd64", archive, ["base"])
    assert name(demo) == "demo-12-20231114.n.0\n"


def test_without_a_memory_the_names_of_published_folders_are_taken_whatever_is_in_them(demo: Compose) -> None:
    for folder in ("demo-12-20231114.n.6", "demo-12-20231113.n.8", "demo-12-20231114.t.8", "latest", "x", ".y.n.9"):
        (demo.paths.published / folder).mkdir(parents=True)
    (demo.paths.published / "demo-12-20231114.n.9").symlink_to("x")
    assert name(demo) == "demo-12-20231114.n.7\n"


def test_a_name_that_is_spent_is_not_given_even_for_the_same_content(demo: Compose) -> None:
    name(demo)
    publish(demo)
    change(demo, lambda ids: ids.spend("demo-12-20231114.n.0"))
    assert name(demo) == "demo-12-20231114.n.1\n"


@pytest.mark.parametrize("path", ["compose_id", "content_digest"])
def test_what_is_written_into_its_outputs_is_never_read(demo: Compose, path: str) -> None:
    name(demo)
    getattr(demo.paths, path).write_text("kit-1-EVIL/../../../x.t.0\n")
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
