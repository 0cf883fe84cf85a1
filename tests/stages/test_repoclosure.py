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
from composelib.model.origin import Origin, Seed
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
        "  middle 1.0 (all): gone:amd64 (>= 2) is not there (likewise top)",
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


@pytest.fixture
def exclusive(archive: TinyArchive) -> TinyArchive:
    archive.add("exim", Provides="mta", Conflicts="mta")
    archive.add("postfix", "3", Provides="mta", Conflicts="mta")
    archive.add("reports", Depends="postfix")
    return archive


def ask_for(*names: str, **keys: Any) -> Variant:
    seeds = tuple(Seed(name, Origin("demo.yaml", line, 7)) for line, name in enumerate(names, 20))
    return variant(packages=seeds, **keys)


def test_packages_asked_for_that_exclude_each_other_are_a_warning_with_both_lines(
    exclusive: TinyArchive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = ask_for("exim", "missing", "reports", "?true")
    demo = make_repository(tmp_path, exclusive, server, Server=["exim", "postfix", "reports"])
    assert report(demo) == {"version": 1, "checked": 3, "broken": []}
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("warning: ")]
    assert line.startswith("warning: demo.yaml:20:7: 'exim' and 'reports' (demo.yaml:22:7) exclude each other: ")
    assert line.endswith("; reports -> postfix")


def test_packages_asked_for_that_exclude_each_other_are_an_error_if_the_variant_says_so(
    exclusive: TinyArchive, tmp_path: Path
) -> None:
    server = ask_for("exim", "reports", together="fatal")
    demo = make_repository(tmp_path, exclusive, server, Server=["exim", "postfix", "reports"])
    with pytest.raises(ComposeError, match=r"'exim' and 'reports' \(demo\.yaml:21:7\) exclude each other"):
        run_stages(demo, repoclosure)


def test_packages_that_nobody_asks_for_together_may_exclude_each_other(
    exclusive: TinyArchive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = ask_for("exim", together="fatal")
    report(make_repository(tmp_path, exclusive, server, Server=["exim", "postfix", "reports"]))
    server = ask_for("exim", "reports", together="off")
    report(make_repository(tmp_path / "off", exclusive, server, Server=["exim", "postfix", "reports"]))
    assert "warning" not in capsys.readouterr().out


def test_an_old_version_that_is_broken_does_not_doom_the_newest_one(
    archive: TinyArchive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive.add("twice", "1.9", Depends="gone")
    archive.add("twice", "1.10")
    demo = make_repository(tmp_path, archive, variant(), Server=["twice"])
    assert [row["version"] for row in report(demo)["broken"]] == ["1.9"]
    assert (
        "broken: twice 1.9 (amd64): gone:amd64 is not there, but a newer version of it is sound"
        in capsys.readouterr().out
    )
    archive.add("needs-old", Depends="twice (<< 1.10)")
    demo = make_repository(tmp_path / "again", archive, variant(), Server=["twice", "needs-old"])
    with pytest.raises(ComposeError, match=r"1 of 3 packages cannot be installed:\n  needs-old"):
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


@pytest.mark.parametrize(
    ("names", "warned"),
    [
        (["apt", "base-files", "dpkg", "usrmerge"], True),
        (["apt", "base-files", "dpkg", "usrmerge", "usr-is-merged"], False),
        (["apt", "base-files", "dpkg"], False),
        (["apt", "usrmerge"], False),
    ],
)
def test_what_debootstrap_would_miss_is_a_warning(
    archive: TinyArchive, tmp_path: Path, capsys: pytest.CaptureFixture[str], names: list[str], warned: bool
) -> None:
    for name in names:
        archive.add(name)
    report(make_repository(tmp_path, archive, Server=names))
    warning = "warning: debootstrap cannot make a system of this repository: it wants usr-is-merged; "
    assert (warning in capsys.readouterr().out) == warned
