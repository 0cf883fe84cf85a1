"""Media of packages, as apt-cdrom and checksum programs see them.

Also covers: composelib.actions.createiso.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from composelib.archive.format import repository
from composelib.errors import ComposeError
from composelib.model.arch import SOURCE
from composelib.model.compose import Compose
from composelib.model.image_traits import Image
from composelib.model.variant import Addon
from composelib.stages import createiso, createrepo, key
from tests.kit.client_apt import make_apt
from tests.kit.gathered_variant import choose, compose, image, run_stages, variant
from tests.kit.iso_files import extract_iso
from tests.kit.tiny_archive import TinyArchive

pytestmark = pytest.mark.usefixtures("workplace")


def make_media(archive: TinyArchive, *images: Image, build: Path = Path("build")) -> Compose:
    archive.add("base", Depends="data")
    archive.add("data", arch="all", MD5sum="0" * 32)
    archive.add("extra")
    archive.add("base-dbgsym")
    archive.add_source("base")
    demo = compose(build, variant(images=images, sources=True, debug=True, addons=(Addon("More", ()),)))
    chosen = {"extra": "More", "base-dbgsym": "debug"}
    choose(demo, "Server", "amd64", archive, ["base", "data", "extra", "base-dbgsym"], chosen)
    choose(demo, "Server", SOURCE, archive, ["base"])
    run_stages(demo, key, createrepo, createiso)
    return demo


@pytest.fixture
def medium(archive: TinyArchive, workplace: Path) -> Path:
    demo = make_media(archive, image("dvd"))
    return extract_iso(demo.paths.iso("Server", "amd64", "dvd"), workplace / "medium")


def test_apt_cdrom_reads_it_and_apt_installs_from_it(medium: Path, tmp_path: Path) -> None:
    machine = make_apt(
        tmp_path / "apt", "", options=f'Acquire::cdrom::mount "{medium}";\nDir::Media::MountPath "{medium}";\n'
    )
    shutil.copy(medium / "archive-key.asc", machine.root / "etc/apt/trusted.gpg.d/demo.asc")
    added = machine.run("apt-cdrom", "--no-auto-detect", "--no-mount", "-d", str(medium), "add")
    assert "Found 2 package indexes" in added.stdout
    assert "cdrom:[" in (machine.root / "etc/apt/sources.list").read_text()
    shown = machine.run("apt-cache", "policy", "base", "extra").stdout
    assert shown.count("Candidate: 1.0") == 2
    simulated = machine.run("apt-get", "install", "--simulate", "base").stdout
    assert "Inst data" in simulated


def test_its_release_file_is_signed_and_lists_what_is_on_it(medium: Path, tmp_path: Path) -> None:
    suite = medium / "dists/bookworm"
    keyring = tmp_path / "key.gpg"
    subprocess.run(["gpg", "--dearmor", "-o", keyring, medium / "archive-key.asc"], check=True)
    subprocess.run(["gpgv", "--keyring", keyring, suite / "InRelease"], check=True, capture_output=True)
    listed = repository.read_listed_files((suite / "Release").read_text())
    there = {str(path.relative_to(suite)) for path in suite.rglob("*") if path.is_file()}
    assert there == {*listed, "Release", "InRelease", "Release.gpg"}


def test_debugging_symbols_and_sources_are_left_out(medium: Path) -> None:
    assert sorted(path.name for path in medium.rglob("*.deb")) == [
        "base_1.0_amd64.deb",
        "data_1.0_all.deb",
        "extra_1.0_amd64.deb",
    ]
    assert not list(medium.rglob("*.dsc"))
    assert (medium / ".disk/base_components").read_text() == "main\nMore\n"


@pytest.mark.parametrize("on_medium", [False, True])
def test_what_is_optional_is_on_it_where_the_image_says_so(
    archive: TinyArchive, workplace: Path, on_medium: bool
) -> None:
    archive.add("base")
    archive.add("rare")
    demo = compose(Path("build"), variant(images=(image("dvd", optional=on_medium),), addons=(Addon("optional", ()),)))
    choose(demo, "Server", "amd64", archive, ["base", "rare"], {"rare": "optional"})
    run_stages(demo, key, createrepo, createiso)
    medium = extract_iso(demo.paths.iso("Server", "amd64", "dvd"), workplace / "medium")
    assert ("rare_1.0_amd64.deb" in {path.name for path in medium.rglob("*.deb")}) is on_medium
    assert ("optional" in (medium / "dists/bookworm/Release").read_text()) is on_medium


def test_its_checksum_files_hold(medium: Path) -> None:
    checked = subprocess.run(
        ["sha256sum", "-c", "sha256sum.txt"], cwd=medium, capture_output=True, text=True, check=True
    )
    assert "./pool/main/b/base/base_1.0_amd64.deb: OK" in checked.stdout
    named = {line.split("  ./")[1] for line in (medium / "md5sum.txt").read_text().splitlines()}
    there = {str(path.relative_to(medium)) for path in medium.rglob("*") if path.is_file()}
    assert named == there - {"md5sum.txt", "sha256sum.txt"}


def test_the_archives_md5_is_taken_where_it_is_given_and_else_made(medium: Path) -> None:
    lines = (medium / "md5sum.txt").read_text()
    assert f"{'0' * 32}  ./pool/main/d/data/data_1.0_all.deb\n" in lines
    summed = subprocess.run(
        ["md5sum", "./pool/main/b/base/base_1.0_amd64.deb"], cwd=medium, capture_output=True, check=True
    )
    assert summed.stdout.decode() in lines


def test_a_medium_of_sources_is_made_once(archive: TinyArchive, workplace: Path, tmp_path: Path) -> None:
    demo = make_media(archive, image("src", source=True))
    assert [task.name for task in createiso.tasks(demo)] == ["Server:source:src"]
    medium = extract_iso(demo.paths.iso("Server", SOURCE, "src"), workplace / "medium")
    assert sorted(path.name for path in (medium / "pool").rglob("*.*")) == ["base_1.0.dsc", "base_1.0.tar.gz"]
    subprocess.run(["sha256sum", "-c", "--quiet", "sha256sum.txt"], cwd=medium, check=True)
    machine = make_apt(tmp_path / "apt", "")
    shutil.copy(medium / "archive-key.asc", machine.root / "etc/apt/trusted.gpg.d/demo.asc")
    added = machine.run("apt-cdrom", "--no-auto-detect", "--no-mount", "-d", str(medium), "add")
    assert "2 source indexes" in added.stdout
    assert "deb-src cdrom:[" in added.stdout


def test_it_is_the_same_from_another_place_time_umask_and_order_of_files(archive: TinyArchive, workplace: Path) -> None:
    demo = make_media(archive, image("dvd"))
    first = demo.paths.iso("Server", "amd64", "dvd").read_bytes()
    elsewhere = workplace.parent / "else where=\\here"
    elsewhere.mkdir()
    files = sorted(path for folder in ("build", "keys") for path in Path(folder).rglob("*") if path.is_file())
    for path in reversed(files):
        target = elsewhere / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        target.chmod(0o600)
    (elsewhere / "keys").chmod(0o700)
    time.sleep(1.1)
    os.chdir(elsewhere)
    demo.paths.iso("Server", "amd64", "dvd").unlink()
    mask = os.umask(0o077)
    try:
        run_stages(demo, createiso)
    finally:
        os.umask(mask)
    assert demo.paths.iso("Server", "amd64", "dvd").read_bytes() == first


def test_a_medium_that_is_too_large_is_refused_with_sizes(archive: TinyArchive, workplace: Path) -> None:
    with pytest.raises(
        ComposeError, match=r"kB \(\d+ bytes\), .* more than its max-size 1\.0 kB; the largest packages: "
    ) as caught:
        make_media(archive, image("dvd", max_size=1000))
    assert "base_1.0_amd64.deb" in caught.value.message
    assert not list(workplace.rglob("*.iso"))


def test_a_medium_within_its_size_is_made(archive: TinyArchive, workplace: Path) -> None:
    demo = make_media(archive, image("dvd", max_size=10_000_000))
    assert demo.paths.iso("Server", "amd64", "dvd").is_file()
    assert not list(workplace.rglob("*.new"))


def test_volume_ids_have_at_most_32_characters(archive: TinyArchive) -> None:
    long = "a-very-long-name-of-an-image-indeed"
    demo = make_media(archive, image(long))
    listed = subprocess.run(
        ["xorriso", "-indev", demo.paths.iso("Server", "amd64", long), "-pvd_info"],
        capture_output=True,
        text=True,
        check=True,
    )
    volume = (
        next(line for line in listed.stdout.splitlines() if line.startswith("Volume Id")).partition(": ")[2].strip()
    )
    assert len(volume) <= 32
    assert volume.startswith("demo-12-Server-a-very")


def test_failable_images_are_failable_tasks(tmp_path: Path) -> None:
    demo = compose(tmp_path, variant(images=(image("dvd", failable=("amd64",)), image("other"))))
    assert [task.failable for task in createiso.tasks(demo)] == [True, False]


def test_what_is_not_on_the_medium_is_no_input(tmp_path: Path) -> None:
    demo = compose(tmp_path, variant(arches=("amd64", "arm64"), sources=True, debug=True, images=(image("dvd"),)))
    (task,) = createiso.tasks(replace(demo, arches=("amd64", "arm64")))
    for word in ("arm64", "source", "debug", "InRelease"):
        assert not any(word in str(path) for path in task.inputs)
