"""Patches from the indices of published composes: from one published tree to the next, and to apt.

Also covers: composelib.latest, composelib.tools.diff, composelib.verify.published_suite.
"""

from __future__ import annotations

import gzip
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from composelib.archive.format.pdiff import MOST_PATCHES, PatchIndex, parse_patch_index, sum_up
from composelib.errors import TrustError
from composelib.model.compose import Compose
from composelib.stages import contents, createrepo, diffs, key, release
from composelib.verify.inventory import take_inventory
from composelib.verify.repositories import check_repositories
from composelib.verify.signatures import KEY, open_key
from tests.kit.client_apt import make_apt, serve
from tests.kit.gathered_variant import choose, compose, list_tasks, publish, run_stages, variant
from tests.kit.tiny_archive import TinyArchive

NAMES = ("aa", "bb", "cc", "dd")
OPTIONS = 'Acquire::PDiffs "true";\nAcquire::PDiffs::SizeLimit "0";\nDebug::pkgAcquire::Diffs "true";\n'
"""Without a limit: patches of these small indices are larger than the indices."""


@pytest.fixture
def filled(archive: TinyArchive) -> TinyArchive:
    for name in NAMES:
        archive.add(name, files={f"usr/bin/{name}": b""})
    return archive


@pytest.fixture
def demo(tmp_path: Path) -> Compose:
    return compose(tmp_path / "build", variant(indices=("contents", "diffs")))


def make(demo: Compose, archive: TinyArchive, *names: str) -> None:
    choose(demo, "Server", "amd64", archive, names)
    run_stages(demo, key, createrepo, contents, diffs, release)


def publish_each(demo: Compose, archive: TinyArchive, *choices: Sequence[str], first: int = 0) -> None:
    for number, names in enumerate(choices, first):
        make(demo, archive, *names)
        publish(demo, f"demo-12-20231114.{number}")


def read_index(demo: Compose) -> PatchIndex:
    return parse_patch_index(demo.paths.diff_index(demo.paths.packages_index("Server", "amd64")).read_text())


def read_outputs(demo: Compose) -> list[bytes]:
    folder = demo.paths.suite("Server")
    return [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and ".diff" in str(path)]


def test_the_first_compose_has_lists_of_no_patches(demo: Compose, filled: TinyArchive) -> None:
    make(demo, filled, "aa")
    index = demo.paths.packages_index("Server", "amd64")
    assert read_index(demo) == PatchIndex(sum_up(index.read_bytes()))
    assert "main/binary-amd64/Packages.diff/Index" in demo.paths.release_file("Server").read_text()


def test_each_published_compose_adds_a_patch_to_those_that_it_had(demo: Compose, filled: TinyArchive) -> None:
    publish_each(demo, filled, ["dd"], ["aa"], ["aa", "bb"])
    make(demo, filled, "bb")
    history = read_index(demo)
    assert [patch.name.partition("-")[0] for patch in history.patches] == ["000001", "000002", "000003"]
    folder = demo.paths.diff_index(demo.paths.packages_index("Server", "amd64")).parent
    packed = [(folder / f"{patch.name}.gz").read_bytes() for patch in history.patches]
    assert [patch.packed for patch in history.patches] == list(map(sum_up, packed))
    assert [patch.plain for patch in history.patches] == [sum_up(gzip.decompress(content)) for content in packed]


def test_the_same_compose_has_the_same_patches_once_it_is_published(demo: Compose, filled: TinyArchive) -> None:
    publish_each(demo, filled, ["aa"])
    make(demo, filled, "aa", "bb")
    outputs = read_outputs(demo)
    publish(demo, "demo-12-20231114.7")
    make(demo, filled, "aa", "bb")
    assert read_outputs(demo) == outputs


def test_only_so_many_patches_are_kept(demo: Compose, filled: TinyArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("composelib.actions.diffs.MOST_PATCHES", 2)
    assert MOST_PATCHES > 2
    publish_each(demo, filled, ["aa"], ["bb"], ["cc"])
    make(demo, filled, "dd")
    names = [patch.name for patch in read_index(demo).patches]
    assert [name.partition("-")[0] for name in names] == ["000002", "000003"]
    listed = list_tasks(demo, diffs)[0].trees[0].read_text().splitlines()
    assert [line.rpartition("/")[2] for line in listed if "Packages" in line] == [f"{name}.gz" for name in names]


def test_patches_begin_with_a_published_compose_that_had_none(demo: Compose, filled: TinyArchive) -> None:
    choose(demo, "Server", "amd64", filled, ["aa"])
    run_stages(demo, key, createrepo)
    subprocess.run(["rm", "-rf", demo.paths.root / "work/diffs"], check=True)
    without = compose(demo.paths.build, variant(indices=("contents",)))
    run_stages(without, contents, release)
    publish(without)
    make(demo, filled, "bb")
    assert len(read_index(demo).patches) == 1


def test_a_damaged_patch_is_not_published_again(demo: Compose, filled: TinyArchive) -> None:
    publish_each(demo, filled, ["aa"], ["bb"])
    for path in demo.paths.latest.rglob("*.diff/*.gz"):
        path.write_bytes(b"damaged")
    with pytest.raises(TrustError, match="changed since it was published"):
        make(demo, filled, "cc")


def test_verify_accounts_for_patches_and_names_a_damaged_list(demo: Compose, filled: TinyArchive) -> None:
    publish_each(demo, filled, ["aa"], ["bb"])
    tree = demo.paths.latest.resolve()
    patch = next(tree.rglob("Packages.diff/*.gz"))
    inventory = take_inventory(tree)
    with open_key(tree / KEY) as checker:
        check_repositories(inventory, checker)
    assert inventory.listed[str(patch.relative_to(tree))].sha256 == sum_up(patch.read_bytes()).sha256
    index = patch.with_name("Index")
    index.write_text(index.read_text().replace("History", "Story"))
    with open_key(tree / KEY) as checker:
        check_repositories(damaged := take_inventory(tree), checker)
    assert any("Packages.diff/Index" in line for line in damaged.problems)


@pytest.mark.parametrize("merge", ["true", "false"])
def test_apt_patches_lists_that_are_three_composes_old(
    demo: Compose, filled: TinyArchive, tmp_path: Path, merge: str
) -> None:
    publish_each(demo, filled, ["aa"])
    with serve(demo.paths.published) as (url, requested):
        public = (demo.paths.latest / KEY).resolve()
        source = f"deb [signed-by={public}] {url}/latest/Server/repo bookworm main\n"
        client = make_apt(tmp_path / "apt", source, options=f'{OPTIONS}Acquire::PDiffs::Merge "{merge}";\n')
        client.run("apt-get", "update")
        publish_each(demo, filled, ["aa", "cc"], ["bb", "cc"], ["bb", "cc", "dd"], first=1)
        del requested[:]
        ran = client.run("apt-get", "update")
    assert [line for line in ran.stdout.splitlines() if line.startswith(("W:", "E:", "N:", "Err", "Ign"))] == []
    assert len([path for path in requested if "Packages.diff/0" in path]) == 3
    assert not [path for path in requested if "Packages.xz" in path or path.endswith("/Packages")]
    (listed,) = (tmp_path / "apt/state/lists").glob("*_Packages")
    index = demo.paths.packages_index("Server", "amd64").relative_to(demo.paths.tree)
    assert listed.read_bytes() == (demo.paths.latest / index).read_bytes()
