from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from composelib.errors import ComposeError, TrustError
from composelib.model.compose import Compose
from composelib.model.image import DiskImage
from composelib.model.origin import Seed
from composelib.model.variant import Addon, Multiarch, Variant
from composelib.stages import createrepo, gate, key, release
from tests.kit.gathered_variant import NOWHERE, choose, compose, image, publish, run_stages, variant
from tests.kit.tiny_archive import Key, TinyArchive


def seeds(*texts: str) -> tuple[Seed, ...]:
    return tuple(Seed(text, NOWHERE) for text in texts)


def make_repository(build: Path, archive: TinyArchive, *variants: Variant, **chosen: list[str]) -> Compose:
    demo = compose(build, *variants, gate="no-worse")
    for name, packages in chosen.items():
        choose(demo, name, "amd64", archive, packages)
    run_stages(demo, key, createrepo, release)
    return demo


@pytest.fixture
def filled(archive: TinyArchive) -> TinyArchive:
    archive.add("top", Depends="middle")
    archive.add("middle", arch="all")
    archive.add("hopeless", Depends="nothing")
    archive.add("other")
    return archive


def test_it_has_tasks_only_when_the_config_asks(tmp_path: Path) -> None:
    assert gate.tasks(compose(tmp_path)) == ()
    assert [task.name for task in gate.tasks(compose(tmp_path, gate="no-worse"))] == ["Server:amd64"]


def test_the_first_compose_passes(filled: TinyArchive, tmp_path: Path) -> None:
    demo = make_repository(tmp_path, filled, Server=["top"])
    run_stages(demo, gate)
    assert json.loads(demo.paths.work("gate", "Server", "amd64.json").read_text()) == {"version": 1, "compared": ""}


def test_what_is_no_worse_passes(filled: TinyArchive, tmp_path: Path) -> None:
    publish(make_repository(tmp_path, filled, Server=["top", "middle", "hopeless"]))
    demo = make_repository(tmp_path, filled, Server=["top", "middle", "other"])
    run_stages(demo, gate)
    assert json.loads(demo.paths.work("gate", "Server", "amd64.json").read_text())["compared"] == "demo-12-20231114.1"


def test_what_broke_is_named_with_its_reason(filled: TinyArchive, tmp_path: Path, key: Key) -> None:
    publish(make_repository(tmp_path, filled, Server=["top", "middle"]))
    newer = TinyArchive(tmp_path / "newer", key)
    newer.add("top", "1.1", Depends="middle (>= 2)")
    newer.add("middle", arch="all")
    demo = make_repository(tmp_path, newer, Server=["top", "middle"])
    with pytest.raises(ComposeError) as caught:
        run_stages(demo, gate)
    assert caught.value.message.splitlines() == [
        "1 package of Server could be installed in demo-12-20231114.1 and now cannot be:",
        "  top: middle:amd64 (>= 2) is not there",
    ]


@pytest.mark.parametrize("entry", ["other", "other | middle", "?priority(optional)", "othe?"])
def test_what_is_gone_and_still_asked_for_is_worse(filled: TinyArchive, tmp_path: Path, entry: str) -> None:
    publish(make_repository(tmp_path, filled, Server=["other", "middle"]))
    demo = make_repository(tmp_path, filled, variant(packages=seeds("middle", entry)), Server=["middle"])
    with pytest.raises(ComposeError) as caught:
        run_stages(demo, gate)
    line = f"  other: it is not in the compose any more; {entry!r} (demo.yaml:1:1) asks for it"
    assert caught.value.message.splitlines()[1:] == [line]


@pytest.mark.parametrize(
    "current",
    [
        variant(packages=seeds("middle")),
        variant(packages=seeds("middle", "?true"), exclude=seeds("other")),
        variant(packages=seeds("middle", "other [arm64]", "other (>= 2) | middle")),
    ],
    ids=["no longer asked for", "excluded", "asked for elsewhere"],
)
def test_what_was_taken_out_of_the_config_is_no_worse(filled: TinyArchive, tmp_path: Path, current: Variant) -> None:
    publish(make_repository(tmp_path, filled, variant(packages=seeds("other", "middle")), Server=["other", "middle"]))
    run_stages(make_repository(tmp_path, filled, current, Server=["middle"]), gate)


def test_a_library_that_nothing_needs_any_more_is_not_missed(filled: TinyArchive, tmp_path: Path, key: Key) -> None:
    seeded = variant(packages=seeds("top"))
    publish(make_repository(tmp_path, filled, seeded, Server=["top", "middle"]))
    newer = TinyArchive(tmp_path / "newer", key)
    newer.add("top", "1.1")
    run_stages(make_repository(tmp_path, newer, seeded, Server=["top"]), gate)


def test_an_image_and_an_addon_ask_as_well(filled: TinyArchive, tmp_path: Path) -> None:
    publish(make_repository(tmp_path, filled, Server=["other", "middle"]))
    for current in (
        variant(images=(image("dvd", DiskImage, packages=seeds("other")),)),
        variant(addons=(Addon("Extra", seeds("other")),)),
        variant(pinned=seeds("other"), exclude=seeds("other")),
    ):
        with pytest.raises(ComposeError, match=r"other: it is not in the compose any more; 'other'"):
            run_stages(make_repository(tmp_path, filled, current, Server=["middle"]), gate)


def test_what_moved_to_a_variant_built_on_is_not_gone(filled: TinyArchive, tmp_path: Path) -> None:
    variants = (variant("Server", lookaside=("Base",)), variant("Base"))
    publish(make_repository(tmp_path, filled, *variants, Server=["top", "middle"], Base=[]))
    run_stages(make_repository(tmp_path, filled, *variants, Server=["top"], Base=["middle"]), gate)


def test_a_variant_that_is_new_is_compared_with_nothing(filled: TinyArchive, tmp_path: Path) -> None:
    publish(make_repository(tmp_path, filled, Server=["top", "middle"]))
    run_stages(make_repository(tmp_path, filled, variant("Desktop"), Desktop=["hopeless"]), gate)


def test_foreign_packages_count_as_well(archive: TinyArchive, tmp_path: Path) -> None:
    archive.add("wine", Depends="libz:i386")
    archive.add("libz", arch="i386", Multi_Arch="same")
    both = variant(multiarch=Multiarch(("i386",)))
    publish(make_repository(tmp_path, archive, both, Server=["wine", "libz"]))
    with pytest.raises(ComposeError, match=r"wine: libz:i386 is not there"):
        run_stages(make_repository(tmp_path, archive, both, Server=["wine"]), gate)
    both_seeded = variant(multiarch=Multiarch(("i386",), include=seeds("libz")))
    with pytest.raises(ComposeError, match=r"libz: it is not in the compose any more; 'libz'"):
        run_stages(make_repository(tmp_path, archive, both_seeded, Server=[]), gate)


def test_publishing_another_compose_changes_the_probe(filled: TinyArchive, tmp_path: Path) -> None:
    demo = make_repository(tmp_path, filled, Server=["other"])
    (task,) = gate.tasks(demo)
    assert task.probe
    earlier = task.probe()
    publish(demo)
    assert (earlier, task.probe()) == ("", "demo-12-20231114.1")


@pytest.mark.parametrize("target", ["../../elsewhere", "notes", "."])
def test_a_link_that_leads_to_no_published_compose_is_not_followed(
    filled: TinyArchive, tmp_path: Path, target: str
) -> None:
    publish(make_repository(tmp_path / "build", filled, Server=["top", "middle"]))
    demo = make_repository(tmp_path / "build", filled, Server=["top"])
    shutil.copytree(demo.paths.published / "demo-12-20231114.1", tmp_path / "build/elsewhere")
    shutil.copytree(demo.paths.published / "demo-12-20231114.1", demo.paths.published / "notes")
    demo.paths.latest.unlink()
    demo.paths.latest.symlink_to(target)
    run_stages(demo, gate)
    assert json.loads(demo.paths.work("gate", "Server", "amd64.json").read_text())["compared"] == ""


def test_a_list_that_stands_after_the_signed_one_is_not_believed(filled: TinyArchive, tmp_path: Path) -> None:
    publish(make_repository(tmp_path, filled, Server=["top", "middle"]))
    demo = make_repository(tmp_path, filled, Server=["top", "middle"])
    suite = demo.paths.latest / "Server/repo/dists/bookworm"
    packages = (suite / "main/binary-amd64/Packages").read_bytes().replace(b"middle", b"muddle")
    (suite / "main/binary-amd64/Packages").write_bytes(packages)
    row = f"\nSHA256:\n {hashlib.sha256(packages).hexdigest()} {len(packages)} main/binary-amd64/Packages\n"
    (suite / "InRelease").write_text((suite / "InRelease").read_text() + row)
    with pytest.raises(TrustError, match="changed since"):
        run_stages(demo, gate)


@pytest.mark.parametrize("name", ["main/binary-amd64/Packages", "Release"])
def test_a_published_index_that_was_changed_is_no_measure(filled: TinyArchive, tmp_path: Path, name: str) -> None:
    publish(make_repository(tmp_path, filled, Server=["top", "middle"]))
    demo = make_repository(tmp_path, filled, Server=["top", "middle"])
    path = demo.paths.latest / "Server/repo/dists/bookworm" / name
    path.chmod(0o644)
    path.write_text(path.read_text().replace("middle", "muddle").replace("Codename", "codename"))
    with pytest.raises(TrustError, match=r"changed since|not signed by"):
        run_stages(demo, gate)
