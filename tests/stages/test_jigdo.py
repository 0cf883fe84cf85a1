"""Media that jigdo makes again.

Also covers: composelib.actions.jigdo, composelib.tools.jigdo_file.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from composelib.model.compose import Compose
from composelib.stages import createiso, createrepo, jigdo, key
from composelib.tools import jigdo_file
from tests.kit.gathered_variant import choose, compose, image, run_stages, variant
from tests.kit.tiny_archive import TinyArchive

pytestmark = pytest.mark.usefixtures("workplace")


def make_medium(archive: TinyArchive, **keys: object) -> Compose:
    """Make a medium with its .jigdo, of two packages of some size."""
    for name in ("base", "data"):
        archive.add(name, files={"usr/share/content": os.urandom(200_000)})
    demo = compose(Path("build"), variant(images=(image("dvd", jigdo=True),)), **keys)
    choose(demo, "Server", "amd64", archive, ["base", "data"])
    run_stages(demo, key, createrepo, createiso, jigdo)
    return demo


def find_file(demo: Compose, suffix: str) -> Path:
    return demo.paths.iso("Server", "amd64", "dvd", suffix)


def test_jigdo_makes_the_medium_again_bit_for_bit(archive: TinyArchive, tmp_path: Path) -> None:
    demo = make_medium(archive)
    files = tmp_path / "files"
    files.write_text("".join(f"{path}\n" for path in demo.paths.repository("Server").rglob("*.deb")))
    again = tmp_path / "again.iso"
    subprocess.run(
        jigdo_file.make_image(find_file(demo, ".jigdo"), find_file(demo, ".template"), again, files), check=True
    )
    assert again.read_bytes() == find_file(demo, ".iso").read_bytes()


def test_the_template_is_without_the_packages(archive: TinyArchive) -> None:
    demo = make_medium(archive)
    assert find_file(demo, ".iso").stat().st_size > 400_000
    assert find_file(demo, ".template").stat().st_size < 100_000


def test_packages_are_named_below_the_address_where_the_compose_is_served(archive: TinyArchive) -> None:
    demo = make_medium(archive, base_url="https://example.org/demo/")
    unpacked = subprocess.run(
        ["zcat", "-f", find_file(demo, ".jigdo")], capture_output=True, text=True, check=True
    ).stdout
    assert "Server=https://example.org/demo/Server/repo/" in unpacked
    assert "=Server:pool/main/b/base/base_1.0_amd64.deb" in unpacked
    assert str(Path.cwd()) not in unpacked


def test_it_is_the_same_twice(archive: TinyArchive) -> None:
    demo = make_medium(archive)
    first = [find_file(demo, suffix).read_bytes() for suffix in jigdo.SUFFIXES]
    run_stages(demo, jigdo)
    assert [find_file(demo, suffix).read_bytes() for suffix in jigdo.SUFFIXES] == first
