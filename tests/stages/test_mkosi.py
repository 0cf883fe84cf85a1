from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from composelib.model import Compose, Customize, Image, Seed, User
from composelib.serial import booted
from composelib.stages import image_build, mkosi, rootfs, solve
from composelib.tools import mkosi as tool
from composelib.tools.qemu import Drive, Machine
from tests.media import EPOCH, NOWHERE, compose_of
from tests.real import fill
from tests.tiny import Key, TinyArchive, gpg

PACKAGES = ("linux-image-cloud-amd64", "initramfs-tools", "systemd-sysv", "udev", "dbus", "login", "passwd", "kmod")
needs_mkosi = pytest.mark.skipif(not shutil.which("mkosi") or os.geteuid() != 0, reason="needs mkosi 25 and root")


def disk(**keys: object) -> Image:
    packages = tuple(Seed(name, NOWHERE) for name in PACKAGES)
    given: dict[str, object] = {"builder": "mkosi", "packages": packages, "formats": ("raw",), **keys}
    return Image("cloud", "disk", NOWHERE, ("amd64",), **given)  # type: ignore[arg-type]


def test_mkosi_makes_the_root_and_the_disk_is_made_of_that(tmp_path: Path) -> None:
    compose = compose_of(tmp_path, disk())
    (root,) = mkosi.tasks(compose)
    (image,) = image_build.tasks(compose)
    assert rootfs.tasks(compose) == ()
    assert set(root.outputs) <= set(image.inputs)
    assert root.tools == ("mkosi",)


def test_other_builders_make_no_task_here(tmp_path: Path) -> None:
    assert mkosi.tasks(compose_of(tmp_path, disk(builder="native"))) == ()


def test_packages_come_from_the_compose_alone_and_in_exact_numbers() -> None:
    text = tool.configuration(
        tool.root_as_tar(Path("/w"), Path("/compose"), "bookworm", "amd64", ["one", "two"], EPOCH)
    )
    for line in ("LocalMirror=file:///compose", "Packages=one two", "WithRecommends=no", "Architecture=x86-64"):
        assert f"{line}\n" in text


def composed(tmp_path: Path, key: Key) -> Compose:
    """Give a compose whose repository has real packages, and its image's packages worked out."""
    password = subprocess.run(["openssl", "passwd", "-6", "root"], capture_output=True, text=True, check=True)
    user = User("root", password.stdout.strip())
    compose = compose_of(tmp_path / "build", disk(customize=Customize(hostname="mk", users=(user,))))
    compose = replace(compose, release=replace(compose.release, codename="bookworm"))
    repository = TinyArchive(compose.repository("Server"), key, suite="bookworm")
    fill(repository, PACKAGES, tmp_path / "cache")
    repository.publish(date=EPOCH)
    compose.archive_key.write_bytes(gpg(key.home, "--armor", "--export", key.fingerprint))
    compose.epoch.parent.mkdir(parents=True)
    compose.epoch.write_text(f"{EPOCH}\n")
    (task,) = solve.tasks(compose)
    task.run()
    return compose


@needs_mkosi
@pytest.mark.slow
def test_a_disk_by_mkosi_boots_to_a_login(tmp_path: Path, key: Key) -> None:
    compose = composed(tmp_path, key)
    for task in (*mkosi.tasks(compose), *image_build.tasks(compose)):
        task.run()
    machine = Machine("amd64", (Drive(compose.image("Server", "amd64", "cloud", ".raw")),), "uefi")
    with booted(machine, tmp_path / "serial.log") as console:
        console.wait("mk login:", 600)
        console.log_in("root", "root")
        assert "ext4" in console.ask("findmnt -n -o FSTYPE /")
