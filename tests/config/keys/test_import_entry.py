"""Also covers: composelib.config.keys.imported_list."""

from __future__ import annotations

from pathlib import Path

import pytest

from composelib.model.image import RootImage
from composelib.model.origin import Seed
from tests.config.conftest import HEAD, Faults, Loads, image_of

SEED = """\
= Server =
 * nginx # the web server
 * (php-fpm)
 * %openssl [amd64]
 * !apache2
"""
DESC = "Task: web\nKey:\n nginx\n\nTask: mail\nKey:\n postfix\n"


@pytest.fixture(autouse=True)
def lists(checkout: Path) -> None:
    folder = checkout / "composes" / "seeds"
    folder.mkdir()
    (folder / "server").write_text(SEED)
    (folder / "tasks.desc").write_text(DESC)


def config(packages: str, more: str = "", top: str = "") -> str:
    return f"{HEAD}{top}variants:\n  Base:\n    packages: {packages}\n{more}"


def describe(seeds: tuple[Seed, ...]) -> list[str]:
    return [f"{seed.text} ({seed.origin})" for seed in seeds]


def test_entries_take_the_imports_place_and_know_their_own(loads: Loads) -> None:
    (base,) = loads(config("[bash, {file: seeds/server}, zsh]")).variants
    assert describe(base.packages) == [
        "bash (composes/test.yaml:7:16)",
        "nginx (composes/seeds/server:2:4)",
        '?source-package("^openssl$") [amd64] (composes/seeds/server:4:4)',
        "zsh (composes/test.yaml:7:44)",
    ]


def test_what_a_seed_leaves_out_is_put_after_exclude(loads: Loads) -> None:
    (base,) = loads(config("[{file: seeds/server}]", "    exclude: [vim, apache2]\n")).variants
    assert [seed.text for seed in base.exclude] == ["vim", "apache2"]
    (base,) = loads(config("[{file: seeds/server}]", "    exclude: [vim]\n")).variants
    assert describe(base.exclude) == ["vim (composes/test.yaml:8:15)", "apache2 (composes/seeds/server:5:4)"]
    (base,) = loads(config("[{file: seeds/server}]")).variants
    assert [seed.text for seed in base.exclude] == ["apache2"]


def test_recommended_entries_count_where_recommends_does(loads: Loads) -> None:
    text = config("[{file: seeds/server}]", "    recommends: true\n  Other: {extends: Base, recommends: false}\n")
    base, extending = loads(text).variants
    assert "php-fpm" in [seed.text for seed in base.packages]
    assert "php-fpm" not in [seed.text for seed in extending.packages]


def test_an_entry_has_what_its_list_says_of_recommends(loads: Loads, checkout: Path) -> None:
    (checkout / "composes/seeds/server").write_text(" * Feature: no-follow-recommends\n * nginx\n")
    (base,) = loads(config("[bash, {file: seeds/server}]")).variants
    assert [(seed.text, seed.imported, seed.recommends) for seed in base.packages] == [
        ("bash", False, None),
        ("nginx", True, False),
    ]


def test_an_image_goes_by_its_own_recommends(loads: Loads) -> None:
    images = "    recommends: true\n    images: {a: {kind: root, packages: [{file: seeds/server}]}}\n"
    (base,) = loads(config("[bash]", images)).variants
    root = image_of(base, "a", RootImage)
    assert [seed.text for seed in root.packages] == ["nginx", '?source-package("^openssl$") [amd64]']
    assert [seed.text for seed in root.exclude] == ["apache2"]


def test_a_group_and_an_addon_may_import(loads: Loads) -> None:
    addons = "    addons: {Web: {packages: [{file: seeds/server}]}}\n"
    (base,) = loads(config("[@web]", addons, "groups: {web: [{file: seeds/server}]}\n")).variants
    assert "nginx" in [seed.text for seed in base.packages]
    assert [seed.text for seed in base.addons[0].exclude] == ["apache2"]


def test_tasks_are_taken_all_or_as_named(loads: Loads) -> None:
    (base,) = loads(config("[{file: seeds/tasks.desc}]")).variants
    assert describe(base.packages) == [
        "nginx (composes/seeds/tasks.desc:3:2)",
        "postfix (composes/seeds/tasks.desc:7:2)",
    ]
    (base,) = loads(config("[{file: seeds/tasks.desc, tasks: [mail]}]")).variants
    assert [seed.text for seed in base.packages] == ["postfix"]


def test_the_file_is_one_of_the_composes_and_its_bytes_count(loads: Loads, checkout: Path) -> None:
    text = config("[{file: seeds/server}]")
    compose = loads(text)
    assert compose.files == (Path("composes/test.yaml"), Path("composes/seeds/server"))
    (checkout / "composes/seeds/server").write_text(SEED + " * more\n")
    assert loads(text).digest != compose.digest


def test_a_path_is_relative_to_the_file_that_names_it(loads: Loads, checkout: Path) -> None:
    (checkout / "shared").mkdir()
    (checkout / "shared" / "list").write_text(" * dash\n")
    (checkout / "shared" / "common.yaml").write_text("groups: {small: [{file: list}]}\n")
    (base,) = loads(config("[@small]", top="include: [../shared/common.yaml]\n")).variants
    assert describe(base.packages) == ["dash (shared/list:1:4)"]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("{file: seeds/sever}", "packages[0].file: there is no file composes/seeds/sever"),
        ("{file: seeds}", "packages[0].file: there is no file composes/seeds"),
        ("{tasks: [web]}", "packages[0]: the key 'file' is missing"),
        ("{file: seeds/tasks.desc, task: web}", "packages[0].task: unknown key; did you mean 'tasks'?"),
        ("{file: seeds/tasks.desc, tasks: [wbe]}", "composes/seeds/tasks.desc has no task 'wbe'; did you mean 'web'?"),
        ("{file: seeds/server, tasks: [web]}", "packages[0].tasks: a germinate seed has no tasks"),
        ("{fil: seeds/server}", "expected a package, pattern, task or @group, got a mapping"),
    ],
)
def test_a_wrong_import_is_told_with_its_place(faults: Faults, entry: str, expected: str) -> None:
    assert expected in faults(config(f"[{entry}]"))


@pytest.mark.parametrize(
    ("line", "position", "expected"),
    [
        (" * foo,bar\n", "1:4", "'foo,bar' is 2 relations"),
        (" * foo(bar\n", "1:4", "does not belong in a relation"),
        ("\n * linux-${abi}\n", "2:4", "${abi} is not defined"),
    ],
)
def test_a_fault_in_a_list_points_there_and_shows_its_line(
    faults: Faults, checkout: Path, line: str, position: str, expected: str
) -> None:
    (checkout / "composes/seeds/server").write_text(line)
    message = faults(config("[{file: seeds/server}]"))
    assert message.startswith(f"composes/seeds/server:{position}: variants.Base.packages[0]: ")
    assert expected in message
    assert line.strip() in message


def test_bytes_that_are_no_text_are_told(faults: Faults, checkout: Path) -> None:
    (checkout / "composes/seeds/server").write_bytes(b" * foo\n * \xff\n")
    assert faults(config("[{file: seeds/server}]")).startswith(
        "composes/seeds/server:2:1: variants.Base.packages[0]: is not UTF-8"
    )


def test_what_leaves_packages_out_imports_nothing(faults: Faults) -> None:
    message = faults(config("[bash]", "    exclude: [{file: seeds/server}]\n"))
    assert "variants.Base.exclude[0]: expected a package, pattern, task or @group, got a mapping" in message


@pytest.mark.parametrize("entry", ["linux-* [amd64]", "?section(web) [!arm64]", "standard^ [amd64]"])
def test_a_pattern_may_be_meant_for_some_arches(loads: Loads, entry: str) -> None:
    (base,) = loads(config(f"['{entry}']")).variants
    assert [seed.text for seed in base.packages] == [entry]


@pytest.mark.parametrize("entry", ["lib* []", "lib* [amd64 !i386]"])
def test_a_restriction_to_arches_names_some_of_one_kind(faults: Faults, entry: str) -> None:
    assert "is not a list of arches; write it as [amd64 arm64] or [!i386]" in faults(
        config("[bash]", f"    exclude: ['{entry}']\n")
    )
