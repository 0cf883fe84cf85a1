"""Whether what a repository holds can be installed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from composelib.errors import ComposeError
from composelib.model.arch import SOURCE
from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.model.variant import Addon, Multiarch, Variant
from composelib.stages import createrepo, repoclosure
from tests.kit.gathered_variant import NOWHERE, choose, compose, run_stages, variant
from tests.kit.tiny_archive import TinyArchive


def make_repository(tmp_path: Path, archive: TinyArchive, *variants: Variant, **chosen: list[str]) -> Compose:
    demo = compose(tmp_path / "build", *variants)
    for name, packages in chosen.items():
        choose(demo, name, "amd64", archive, packages)
    run_stages(demo, createrepo)
    return demo


def report(demo: Compose, variant: str = "Server") -> dict[str, Any]:
    run_stages(demo, repoclosure)
    content: dict[str, Any] = json.loads(demo.paths.work("repoclosure", variant, "amd64.json").read_text())
    return content


@pytest.fixture
def gapped(archive: TinyArchive) -> TinyArchive:
    archive.add("top", Depends="middle")
    archive.add("middle", Depends="gone (>= 2)", arch="all")
    archive.add("gone", "2.0")
    return archive


def test_a_repository_that_is_closed_passes(gapped: TinyArchive, tmp_path: Path) -> None:
    demo = make_repository(tmp_path, gapped, variant(), Server=["top", "middle", "gone"])
    assert report(demo) == {"version": 1, "checked": 3, "broken": []}


def test_fatal_names_every_broken_package_with_its_reason(gapped: TinyArchive, tmp_path: Path) -> None:
    demo = make_repository(tmp_path, gapped, variant(), Server=["top", "middle"])
    with pytest.raises(ComposeError) as caught:
        run_stages(demo, repoclosure)
    assert caught.value.message.splitlines() == [
        "2 of 2 packages cannot be installed:",
        "  middle 1.0 (all): gone:amd64 (>= 2) is not there",
        "  top 1.0 (amd64): needs middle 1.0, for which gone:amd64 (>= 2) is not there",
    ]


def test_lenient_reports_and_goes_on(gapped: TinyArchive, tmp_path: Path) -> None:
    demo = make_repository(tmp_path, gapped, variant(strict="lenient"), Server=["top", "middle"])
    assert [row["package"] for row in report(demo)["broken"]] == ["middle", "top"]


def test_off_has_no_task(tmp_path: Path) -> None:
    assert repoclosure.tasks(compose(tmp_path, variant(strict="off"))) == ()


def test_a_conflict_is_told(archive: TinyArchive, tmp_path: Path) -> None:
    archive.add("both", Depends="one, two")
    archive.add("one", Conflicts="two")
    archive.add("two")
    demo = make_repository(tmp_path, archive, variant(), Server=["both", "one", "two"])
    with pytest.raises(ComposeError, match=r"both 1\.0 \(amd64\): needs one 1\.0 and two 1\.0, which conflict"):
        run_stages(demo, repoclosure)


def test_lookaside_variants_satisfy_near_and_far_and_are_not_checked(gapped: TinyArchive, tmp_path: Path) -> None:
    gapped.add("broken", Depends="nothing")
    variants = (
        variant("Server", lookaside=("Base",)),
        variant("Base", lookaside=("Core",), strict="off"),
        variant("Core", strict="off"),
    )
    demo = make_repository(tmp_path, gapped, *variants, Server=["top"], Base=["middle", "broken"], Core=["gone"])
    assert report(demo) == {"version": 1, "checked": 4, "broken": []}


def test_lookaside_archives_satisfy(gapped: TinyArchive, tmp_path: Path) -> None:
    demo = make_repository(tmp_path, gapped, variant(), Server=["top", "middle"])
    aside = Archive("aside", NOWHERE, lookaside=True)
    demo = replace(demo, archives=(aside,))
    pkgset = demo.paths.pkgset(aside, "amd64")
    pkgset.parent.mkdir(parents=True)
    pkgset.write_text("\n".join(gapped.stanzas["main", "amd64"]))
    assert report(demo)["broken"] == []


def test_addons_are_checked_with_their_variant(gapped: TinyArchive, tmp_path: Path) -> None:
    demo = compose(tmp_path / "build", variant(addons=(Addon("Extra", ()),)))
    choose(demo, "Server", "amd64", gapped, ["top", "middle", "gone"], {"gone": "Extra", "middle": "Extra"})
    run_stages(demo, createrepo)
    assert report(demo)["broken"] == []


def test_foreign_packages_are_checked_as_foreign(archive: TinyArchive, tmp_path: Path) -> None:
    archive.add("wine", Depends="libz:i386")
    archive.add("libz", arch="i386", Multi_Arch="same")
    demo = make_repository(tmp_path, archive, variant(multiarch=Multiarch(("i386",))), Server=["wine", "libz"])
    assert report(demo)["broken"] == []


def test_a_selfhosting_variant_must_have_what_its_sources_build_with(archive: TinyArchive, tmp_path: Path) -> None:
    archive.add("hello")
    archive.add("build-essential")
    archive.add_source("hello", Build_Depends="debhelper")
    demo = compose(tmp_path / "build", variant(selfhosting=True, sources=True))
    choose(demo, "Server", "amd64", archive, ["hello", "build-essential"])
    choose(demo, "Server", SOURCE, archive, ["hello"])
    run_stages(demo, createrepo)
    with pytest.raises(ComposeError, match=r"hello 1\.0 .*debhelper.* is not there"):
        run_stages(demo, repoclosure)
