"""AppStream data: from an archive's verified files to a repository's.

Also covers: composelib.archive.format.described_files.
"""

from __future__ import annotations

import gzip
import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from composelib.errors import TrustError
from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.model.variant import Addon
from composelib.stages import appstream, createrepo, descriptions, inrelease, key, release
from tests.kit.client_apt import make_apt
from tests.kit.gathered_variant import NOWHERE, choose, compose, list_tasks, run_stages, variant
from tests.kit.tiny_archive import TinyArchive

HEADER = """\
---
File: DEP-11
Version: '0.16'
Origin: tiny-main
MediaBaseUrl: https://media.example.org
Time: 20230609T082314
"""
OURS = """\
---
File: DEP-11
Origin: demo-bookworm-HA
Version: '0.16'
MediaBaseUrl: https://media.example.org
"""
DOCUMENT = """\
---
Type: desktop-application
ID: org.example.{name}.desktop
Package: {name}
Name:
  C: {name}
Summary:
  C: An example
Icon:
  cached:
  - name: {name}_icon.png
    width: 64
    height: 64
Launchable:
  desktop-id:
  - org.example.{name}.desktop
"""
SIZES = ("48x48", "64x64", "128x128")
CLIENT = Path("/etc/apt/apt.conf.d/50appstream")
able = pytest.mark.skipif(not CLIENT.exists(), reason="needs the package appstream")


def pack_icons(*names: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name in names:
            member = tarfile.TarInfo(f"./{name}_icon.png")
            member.size, member.mtime = len(name), 1_700_000_000
            tar.addfile(member, io.BytesIO(name.encode()))
    return stream.getvalue()


@pytest.fixture
def demo(archive: TinyArchive, tmp_path: Path) -> Compose:
    archive.components = ("main", "contrib")
    for component, packages in {"main": ("editor", "unwanted"), "contrib": ("player",)}.items():
        files = {f"icons-{size}.tar": pack_icons(*packages) for size in SIZES}
        text = HEADER + "".join(DOCUMENT.format(name=name) for name in packages)
        for name, content in (files | {"Components-amd64.yml": text.encode()}).items():
            path = archive.root / f"dists/stable/{component}/dep11/{name}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.with_name(f"{name}.gz").write_bytes(gzip.compress(content))
            archive.listed += [f"{component}/dep11/{name}", f"{component}/dep11/{name}.gz"]
        for name in packages:
            archive.add(name, component=component)
    archive.publish()
    server = variant(indices=("appstream",), addons=(Addon("HA", ()),))
    origin = Archive("tiny", NOWHERE, archive.uri, ("stable",), ("main", "contrib"), archive.key.public)
    demo = compose(tmp_path / "build", server, archives=(origin,))
    choose(demo, "Server", "amd64", archive, ["editor", "player"], {"player": "HA"})
    run_stages(demo, inrelease, descriptions, appstream)
    return demo


def read(demo: Compose, component: str, name: str) -> bytes:
    path = demo.paths.suite("Server") / component / "dep11" / name
    content = path.read_bytes()
    assert gzip.decompress(path.with_name(f"{name}.gz").read_bytes()) == content
    return content


def test_each_component_has_the_data_and_icons_of_its_packages(demo: Compose) -> None:
    assert read(demo, "HA", "Components-amd64.yml").decode() == OURS + DOCUMENT.format(name="player")
    for size in SIZES:
        with tarfile.open(fileobj=io.BytesIO(read(demo, "main", f"icons-{size}.tar"))) as tar:
            assert [(member.name, member.mtime, member.size) for member in tar] == [("editor_icon.png", 0, 6)]


@able
def test_appstreams_own_program_reads_it(demo: Compose, tmp_path: Path) -> None:
    path = demo.paths.suite("Server") / "main/dep11/Components-amd64.yml"
    catalog = tmp_path / "catalog.xml"
    ran = subprocess.run(["appstreamcli", "convert", path, catalog], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    text = catalog.read_text()
    assert 'origin="demo-bookworm-main"' in text
    assert text.count("<pkgname>") == text.count("<pkgname>editor</pkgname>") == 1


@able
def test_apt_fetches_it_for_software_centres(demo: Compose, tmp_path: Path) -> None:
    run_stages(demo, key, createrepo, release)
    uri = f"file:{demo.paths.repository('Server').absolute()}"
    icons = 'Acquire::IndexTargets::deb::DEP-11-icons::DefaultEnabled "true";'
    line = f"deb [signed-by={demo.paths.archive_key.absolute()}] {uri} bookworm main\n"
    machine = make_apt(tmp_path / "apt", line, options=f'#include "{CLIENT}";\n{icons}\n')
    assert machine.run("apt-get", "update").stderr == ""
    targets = machine.run("apt-get", "indextargets", "--format", "$(CREATED_BY) $(FILENAME)").stdout
    names = {name.rpartition("_")[2] for name in targets.split() if "dep11" in name and Path(name).exists()}
    assert {name.partition(".")[0] for name in names} == {"Components-amd64", "icons-64x64"}


def test_no_data_is_made_unasked(tmp_path: Path) -> None:
    assert not list_tasks(compose(tmp_path / "build", variant(indices=("contents",))), appstream)


def test_a_broken_tar_of_icons_is_an_error_of_the_archive(tmp_path: Path) -> None:
    (tmp_path / "icons").write_bytes(pack_icons("editor")[:514])
    targets = (("main", tmp_path / "icons-64x64.tar"),)
    job = appstream.AppstreamJob(chosen=(), data=(tmp_path / "icons",), icons=True, origin="demo", targets=targets)
    with pytest.raises(TrustError, match=r"^icons-64x64.tar: an archive's tar of icons is broken: .*; leave"):
        appstream.write_appstream(job)
