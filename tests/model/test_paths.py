"""Where the files of a compose lie.

Also covers: composelib.model.repository_paths.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from composelib.model.archive import Archive
from composelib.model.image import IsoImage, OstreeImage
from composelib.model.origin import Origin
from composelib.model.paths import ComposePaths, locate_stored
from composelib.model.release import Release

NOWHERE = Origin("demo.yaml", 1, 1)
PATHS = ComposePaths("demo", Path("composes/demo.yaml"), Release("Demo", "demo", "12", "bookworm"), Path("build"))
SUITE = Path("build/demo/compose/Server/repo/dists/bookworm")


def test_a_package_file_is_stored_by_the_first_digits_of_its_sum() -> None:
    assert PATHS.stored("abcdef") == locate_stored(Path("build/store/sha256"), "abcdef")
    assert PATHS.stored("abcdef") == Path("build/store/sha256/ab/abcdef")


def test_the_lock_lies_beside_the_config() -> None:
    assert PATHS.lock == Path("composes/demo.lock")


@pytest.mark.parametrize(
    ("config", "home"),
    [
        ("composes/demo.yaml", "keys"),
        ("composes/team/demo.yaml", "keys"),
        ("/srv/product/composes/demo.yaml", "/srv/product/keys"),
        ("product/demo.yaml", "product/keys"),
        ("demo.yaml", "keys"),
    ],
)
def test_the_signing_key_lies_beside_the_configs_and_not_in_the_build_folder(config: str, home: str) -> None:
    assert replace(PATHS, config=Path(config)).key_home == Path(home)


@pytest.mark.parametrize(
    ("suite", "name"),
    [("bookworm", "bookworm"), ("bookworm-security/updates", "bookworm-security_updates"), ("./", "."), ("/", "flat")],
)
def test_a_suite_is_one_file_whatever_slashes_its_name_has(suite: str, name: str) -> None:
    path = PATHS.inrelease(Archive("debian", NOWHERE), suite)
    assert path == Path(f"build/demo/work/inrelease/debian/{name}.Release")


def test_an_index_has_its_compressed_forms_and_a_release_file_beside_it() -> None:
    folder = SUITE / "main/binary-amd64"
    names = ("Packages", "Packages.gz", "Packages.xz", "Release")
    assert PATHS.index_files("Server", "amd64") == tuple(folder / name for name in names)


def test_source_packages_have_an_index_of_their_own() -> None:
    assert PATHS.packages_index("Server", "source", "extra") == SUITE / "extra/source/Sources"


def test_an_image_is_in_the_folder_of_its_kind_by_its_full_name() -> None:
    image = IsoImage("dvd", NOWHERE, ("amd64",), jigdo=True)
    stem = "build/demo/compose/Server/amd64/iso/demo-12-Server-dvd-amd64"
    assert PATHS.image_files("Server", "amd64", image) == tuple(
        Path(stem + suffix) for suffix in (".iso", ".jigdo", ".template")
    )


def test_a_commit_has_no_file() -> None:
    assert PATHS.image_files("Server", "amd64", OstreeImage("edge", NOWHERE, ("amd64",))) == ()


def test_the_files_of_a_variant_are_released_and_those_of_an_image_are_not() -> None:
    assert PATHS.tree in PATHS.extra_files("Server", "amd64").parents
    assert PATHS.tree not in PATHS.extra_files("Server", "amd64", "dvd").parents


def test_a_log_is_named_after_its_task_or_else_its_stage() -> None:
    assert PATHS.log("gather", "Server:amd64") == Path("build/demo/logs/gather/Server-amd64.log")
    assert PATHS.log("epoch", "") == Path("build/demo/logs/epoch/epoch.log")


def test_a_sum_file_lies_beside_its_image() -> None:
    assert PATHS.sum_file(Path("a/b.iso")) == Path("a/b.iso.sha256")
