from __future__ import annotations

import io
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from composelib.actions.ostree_installer import check_programs
from composelib.errors import ComposeError
from composelib.model.compose import Compose
from composelib.model.image import OstreeInstallerImage
from composelib.stages import ostree_installer
from composelib.tools.qemu import Drive, Machine
from composelib.tools.serial_console import start_machine
from tests.kit.committed_image import ORIGIN, make_compose, put
from tests.kit.operating_system import System, make_edge_system
from tests.kit.tiny_archive import Key

INSTALL = 1500  # seconds to install by emulation on a busy machine
BOOT = 600
DISK = 3 << 30


def with_installer(compose: Compose) -> Compose:
    setup = OstreeInstallerImage("setup", ORIGIN, ("amd64",), source_image="edge")
    variant = compose.variants[0]
    return replace(compose, variants=(replace(variant, images=(*variant.images, setup)),))


def test_an_installer_is_made_of_the_commit_and_its_root(tmp_path: Path) -> None:
    compose = with_installer(make_compose(tmp_path))
    (task,) = ostree_installer.tasks(compose)
    assert task.name == "Server:amd64:setup"
    assert set(task.inputs) == {
        compose.paths.commit("Server", "amd64", "edge"),
        compose.paths.rootfs("Server", "amd64", "edge"),
        compose.paths.archive_key,
    }
    assert task.outputs == (compose.paths.iso("Server", "amd64", "setup"),)


def test_a_root_that_cannot_install_is_an_error_that_names_its_missing_packages(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("./usr/bin/ostree"))
    put(tmp_path / "root.tar", stream.getvalue())
    with pytest.raises(
        ComposeError, match=r"Server's image edge has no blkid, .* its packages: coreutils, e2fsprogs, fdisk"
    ):
        check_programs(tmp_path / "root.tar", "Server's image edge")


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory, key: Key, request: pytest.FixtureRequest) -> System:
    system = make_edge_system(tmp_path_factory.mktemp("system") / "build", key, request.config.cache.mkdir("debs"))
    system.make("ostree_installer", "setup")
    return system


@pytest.mark.longest
def test_the_medium_installs_on_a_blank_disk_which_then_boots(edge: System, tmp_path: Path) -> None:
    disk = tmp_path / "disk.raw"
    with disk.open("wb") as stream:
        stream.truncate(DISK)
    medium = Drive(edge.compose.paths.iso("Server", "amd64", "setup"), cd=True)
    with start_machine(
        Machine("amd64", (medium, Drive(disk, writable=True)), "secure", memory=2048), tmp_path / "install.log"
    ) as console:
        console.wait("installer: installed", INSTALL)
        console.wait_for_end(BOOT)
    with start_machine(Machine("amd64", (Drive(disk),), "secure"), tmp_path / "serial.log") as console:
        console.wait("edge login:", BOOT)
        console.log_in("root", "test", BOOT)
        status = console.ask("ostree admin status", BOOT, r"root@edge:\S+# $")
        size = console.ask("df -BM --output=size /sysroot", BOOT, r"root@edge:\S+# $")
    assert f"* demo {edge.commit}.0" in status
    assert int(size.split()[1].removesuffix("M")) > DISK / 1e6 * 0.85  # the root partition has grown to the disk


@pytest.mark.longest
def test_the_medium_leaves_a_disk_that_is_not_blank_alone(edge: System, tmp_path: Path) -> None:
    disk = tmp_path / "disk.raw"
    subprocess.run(["mke2fs", "-q", "-t", "ext4", disk, "64M"], check=True)
    content = disk.read_bytes()
    medium = Drive(edge.compose.paths.iso("Server", "amd64", "setup"), cd=True)
    with start_machine(
        Machine("amd64", (medium, Drive(disk, writable=True)), memory=2048), tmp_path / "install.log"
    ) as console:
        console.wait("installer: error: there is no blank disk", INSTALL)
    assert disk.read_bytes() == content
