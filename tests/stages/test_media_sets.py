"""Media of several variants, and sets of discs."""

from __future__ import annotations

import os
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from composelib.archive.format import repository
from composelib.errors import ComposeError
from composelib.model.compose import Compose
from composelib.stages import createiso, createrepo, key
from tests.kit.client_apt import make_apt
from tests.kit.gathered_variant import choose, compose, image, run_stages, variant
from tests.kit.iso_files import extract_iso
from tests.kit.tiny_archive import TinyArchive

pytestmark = pytest.mark.usefixtures("workplace")

NAMES = tuple(f"part{number:02}" for number in range(12))
DISC = 6_000_000


def make_set(archive: TinyArchive, size: int = DISC) -> list[Path]:
    """Make a set of discs of packages of 400 kB, each of which needs the one after it, and return them."""
    for name, following in zip(NAMES, (*NAMES[1:], ""), strict=True):
        archive.add(name, Depends=following, files={f"usr/share/{name}": os.urandom(400_000)})
    demo = compose(Path("build"), variant(images=(image("dvd", split=True, max_size=size),)))
    choose(demo, "Server", "amd64", archive, NAMES)
    run_stages(demo, key, createrepo, createiso)
    return sorted(
        demo.paths.iso("Server", "amd64", "dvd").parent.glob("*.iso"), key=lambda path: (len(path.name), path.name)
    )


def list_packages(medium: Path) -> set[str]:
    """Return the names of the packages on a medium."""
    return {path.name.partition("_")[0] for path in medium.rglob("*.deb")}


def test_discs_have_all_packages_and_dependencies_come_first(archive: TinyArchive, tmp_path: Path) -> None:
    media = [extract_iso(disc, tmp_path / disc.name) for disc in make_set(archive)]
    assert [path.name[19:] for path in media] == ["amd64.iso", "amd64-2.iso", "amd64-3.iso"]
    order = [list_packages(medium) for medium in media]
    assert sorted(name for names in order for name in names) == sorted(NAMES)
    disc_of = {name: number for number, names in enumerate(order) for name in names}
    assert all(disc_of[following] <= disc_of[name] for name, following in pairwise(NAMES))


def test_no_disc_is_larger_than_it_may_be_and_each_says_which_it_is(archive: TinyArchive, tmp_path: Path) -> None:
    for number, disc in enumerate(make_set(archive), 1):
        assert disc.stat().st_size <= DISC
        assert f"disc {number} " in (extract_iso(disc, tmp_path / disc.name) / ".disk/info").read_text()


def test_apt_reads_every_disc_of_a_set(archive: TinyArchive, tmp_path: Path) -> None:
    for number, disc in enumerate(make_set(archive)):
        medium = extract_iso(disc, tmp_path / disc.name)
        options = f'Acquire::cdrom::mount "{medium}";\nDir::Media::MountPath "{medium}";\n'
        machine = make_apt(tmp_path / f"apt{number}", "", options=options)
        shutil.copy(medium / "archive-key.asc", machine.root / "etc/apt/trusted.gpg.d/demo.asc")
        machine.run("apt-cdrom", "--no-auto-detect", "--no-mount", "-d", str(medium), "add")
        assert set(machine.run("apt-cache", "pkgnames").stdout.split()) >= list_packages(medium)


def test_a_package_that_fits_on_no_disc_is_named(archive: TinyArchive) -> None:
    with pytest.raises(ComposeError, match=r"part\d\d_1\.0_amd64\.deb: 4\d\d\.\d kB, more than a medium"):
        make_set(archive, 4_300_000)


def two_variants(archive: TinyArchive) -> Compose:
    """Make a medium of a variant and of another that it builds on."""
    for name in ("base", "shared", "web"):
        archive.add(name)
    media = (image("both", extra_variants=("Base",)), image("own"))
    demo = compose(Path("build"), variant("Base"), variant("Server", images=media))
    choose(demo, "Base", "amd64", archive, ["base", "shared"])
    choose(demo, "Server", "amd64", archive, ["web", "shared"])
    run_stages(demo, key, createrepo, createiso)
    return demo


def test_a_further_variants_packages_are_on_the_medium_once(archive: TinyArchive, tmp_path: Path) -> None:
    medium = extract_iso(two_variants(archive).paths.iso("Server", "amd64", "both"), tmp_path / "medium")
    assert list_packages(medium) == {"base", "shared", "web"}
    index = (medium / "dists/bookworm/main/binary-amd64/Packages").read_bytes()
    assert sorted(file.path.rpartition("/")[2] for file in repository.read_pool_files(index)) == [
        "base_1.0_amd64.deb",
        "shared_1.0_amd64.deb",
        "web_1.0_amd64.deb",
    ]
    subprocess.run(["sha256sum", "-c", "--quiet", "sha256sum.txt"], cwd=medium, check=True)


def test_a_medium_without_further_variants_has_its_own_packages_alone(archive: TinyArchive, tmp_path: Path) -> None:
    medium = extract_iso(two_variants(archive).paths.iso("Server", "amd64", "own"), tmp_path / "medium")
    assert list_packages(medium) == {"shared", "web"}


def test_a_set_is_the_same_twice(archive: TinyArchive) -> None:
    first = [disc.read_bytes() for disc in make_set(archive)]
    demo = compose(Path("build"), variant(images=(image("dvd", split=True, max_size=DISC),)))
    mask = os.umask(0o077)
    try:
        run_stages(demo, createiso)
    finally:
        os.umask(mask)
    discs = sorted(Path("build").rglob("*.iso"), key=lambda path: (len(path.name), path.name))
    assert [disc.read_bytes() for disc in discs] == first


def test_what_grew_since_the_last_published_compose_is_named(archive: TinyArchive) -> None:
    archive.add("base", files={"content": os.urandom(100_000)})
    archive.add("other", files={"content": os.urandom(200_000)})
    small = compose(Path("build"), variant(images=(image("dvd"),)))
    choose(small, "Server", "amd64", archive, ["base", "other"])
    run_stages(small, key, createrepo)
    shutil.copytree(small.paths.tree, small.paths.published / "latest")
    archive.remove("base")
    archive.add("base", "2.0", files={"content": os.urandom(300_000)})
    large = compose(Path("build"), variant(images=(image("dvd", max_size=400_000),)))
    choose(large, "Server", "amd64", archive, ["base", "other"])
    with pytest.raises(ComposeError, match=r"since the last published compose: base 10\d\.\d kB -> 30\d\.\d kB; excl"):
        run_stages(large, createrepo, createiso)
