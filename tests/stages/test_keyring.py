"""What users need to trust the repositories.

Also covers: composelib.model.apt_source.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from composelib.config.keyring_archive import add_keyring
from composelib.files import write_file
from composelib.model.compose import Compose
from composelib.model.release import Release
from composelib.model.variant import Addon
from composelib.stages import createrepo, fetch, gather, key, keyring, pkgset, release
from tests.kit.client_apt import make_apt, serve
from tests.kit.gathered_variant import choose, compose, list_tasks, run_stages, variant
from tests.kit.tiny_archive import DATE, TinyArchive

RELEASE = Release("Demo OS", "Demo_1", "12", "bookworm", keyring_package=True)


@pytest.fixture
def demo(archive: TinyArchive, tmp_path: Path) -> Compose:
    archive.add("base")
    demo = compose(tmp_path / "build", variant(addons=(Addon("HA", ()), Addon("optional", ()))), release=RELEASE)
    choose(demo, "Server", "amd64", archive, ["base"])
    run_stages(demo, key, createrepo, release, keyring)
    return demo


def test_apt_takes_the_repository_by_the_package_and_the_sources(demo: Compose, tmp_path: Path) -> None:
    system = tmp_path / "system"
    subprocess.run(["dpkg-deb", "--extract", demo.paths.keyring_package, system], check=True)
    assert demo.paths.keyring_package.name == "demo-1-archive-keyring.deb"
    with serve(demo.paths.tree) as (url, _):
        text = demo.paths.user_sources.read_text()
        assert "URIs: http://SERVER/Server/repo/\nSuites: bookworm\nComponents: main HA\n" in text
        machine = make_apt(tmp_path / "apt", "")
        text = text.replace("http://SERVER", url).replace("Signed-By: /", f"Signed-By: {system}/")
        (machine.root / "etc/apt/sources.list.d/demo.sources").write_text(text)
        assert machine.run("apt-get", "update").stderr == ""
        assert "Inst base " in machine.run("apt-get", "install", "-s", "base").stdout
        assert (
            "Inst demo-1-archive-keyring"
            in machine.run("apt-get", "install", "-s", str(demo.paths.keyring_package.absolute())).stdout
        )


def test_the_package_is_made_of_the_key_alone(demo: Compose) -> None:
    first = demo.paths.keyring_package.read_bytes()
    demo.paths.keyring_package.unlink()
    mask = os.umask(0o077)
    try:
        run_stages(demo, keyring)
    finally:
        os.umask(mask)
    assert demo.paths.keyring_package.read_bytes() == first
    version = subprocess.run(
        ["dpkg-deb", "-f", demo.paths.keyring_package, "Version"], capture_output=True, text=True, check=True
    )
    assert version.stdout == "2010.01.01.000000\n"


def test_apt_upgrades_the_package_from_the_repository(tmp_path: Path) -> None:
    demo = add_keyring(compose(tmp_path / "build", variant(empty=True), release=RELEASE))
    write_file(demo.paths.epoch, f"{DATE}\n")
    run_stages(demo, key, keyring, pkgset, gather, fetch, createrepo, release)
    uri = f"file:{demo.paths.repository('Server').absolute()}"
    machine = make_apt(tmp_path / "apt", f"deb [signed-by={demo.paths.archive_key.absolute()}] {uri} bookworm main\n")
    package = "Package: demo-1-archive-keyring\nStatus: install ok installed\nVersion: 2010.01.01\nArchitecture: all\n"
    (machine.root / "state/status").write_text(package)
    assert machine.run("apt-get", "update").stderr == ""
    planned = machine.run("apt-get", "upgrade", "-s").stdout
    assert "Inst demo-1-archive-keyring [2010.01.01] (2010.01.01.000000 " in planned


def test_no_package_is_made_unasked(tmp_path: Path) -> None:
    assert not list_tasks(compose(tmp_path / "build"), keyring)
