"""A small operating system composed of real packages: an OSTree image, and the images made from it, stage by stage."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from composelib.model.compose import Compose
from composelib.model.customize import Customize, User
from composelib.model.extra_file import ExtraFile
from composelib.model.image import ContainerImage, DiskImage, OstreeImage, OstreeInstallerImage
from composelib.model.image_traits import ALWAYS
from composelib.model.origin import Origin, Seed
from composelib.model.release import Release
from composelib.model.variant import Variant
from tests.kit.real_packages import add_real_packages, fill_store
from tests.kit.tiny_archive import DATE, Key, TinyArchive, gpg

ORIGIN = Origin("composes/demo.yaml", 1, 1)
BOOTABLE = (
    *("systemd-sysv", "udev", "kmod", "linux-image-cloud-amd64", "ostree", "ostree-boot", "dracut", "zstd", "fdisk"),
    *("e2fsprogs", "iproute2", "dbus", "iputils-ping", "usr-is-merged", "passwd", "login", "dosfstools"),
    *("shim-signed", "grub-efi-amd64-signed"),
)
TOOL = ("busybox", "hello", "usr-is-merged", "tzdata")
KEY_MAKER = "ssl-cert"
"""A package that makes a private key when it is installed."""
NETWORK = "[Match]\nName=en*\n[Network]\nDHCP=yes\n"


def seeds(*texts: str) -> tuple[Seed, ...]:
    return tuple(Seed(text, ORIGIN) for text in texts)


@dataclass
class System:
    """A compose in a folder, and its repository."""

    compose: Compose
    repository: TinyArchive

    def make(self, stage: str, *images: str) -> None:
        """Run a stage's tasks: those of these images, or all."""
        for task in import_module(f"composelib.stages.{stage}").tasks(self.compose):
            if not images or task.name.split(":")[2] in images:
                task.run()

    @property
    def commit(self) -> str:
        """The commit of the image `edge`."""
        return str(json.loads(self.compose.paths.commit("Server", "amd64", "edge").read_text())["commit"])

    def put_marker(self, version: str) -> None:
        """Publish the package `marker` in a version, which its one file contains."""
        self.repository.remove("marker")
        self.repository.add("marker", version, files={"usr/share/marker": f"{version}\n".encode()})
        self.repository.publish(date=DATE + int(version))
        self.compose.paths.epoch.write_text(f"{DATE + int(version)}\n")
        fill_store(self.compose, self.repository)


def make_system(build: Path, key: Key, cache: Path, port: int = 8080) -> System:
    """Return a compose whose repository has its packages; no stage has run. Its OSTree remote is `port` on the host."""
    build.mkdir(parents=True, exist_ok=True)
    network = build / "80-dhcp.network"
    network.write_text(NETWORK)
    password = subprocess.run(
        ["openssl", "passwd", "-6", "-salt", "test", "test"], check=True, capture_output=True, text=True
    ).stdout.strip()
    edge = OstreeImage(
        "edge",
        ORIGIN,
        ("amd64",),
        packages=seeds(*BOOTABLE, "marker"),
        files=(ExtraFile(ORIGIN, "/etc/systemd/network/", file=network),),
        customize=Customize(hostname="edge", users=(User("root", password),), enable=("systemd-networkd.service",)),
    )
    images = (
        edge,
        DiskImage("disk", ORIGIN, ("amd64",), source_image="edge", secure_boot=ALWAYS),
        ContainerImage("oci", ORIGIN, ("amd64",), source_image="edge", bootc=True),
        ContainerImage("tool", ORIGIN, ("amd64",), packages=seeds(*TOOL, "marker")),
        OstreeInstallerImage("setup", ORIGIN, ("amd64",), source_image="edge", secure_boot=ALWAYS),
    )
    compose = Compose(
        name="demo",
        config=build.parent / "composes/demo.yaml",
        files=(),
        release=Release("Demo", "demo", "12", "bookworm"),
        type="development",
        arches=("amd64",),
        archives=(),
        variants=(Variant("Server", ORIGIN, ("amd64",), images=images),),
        base_url=f"http://10.0.2.2:{port}",
        build=build,
    )
    repository = TinyArchive(compose.paths.repository("Server"), key, suite="bookworm")
    add_real_packages(repository, [*BOOTABLE, *TOOL, KEY_MAKER], cache)
    compose.paths.archive_key.parent.mkdir(parents=True, exist_ok=True)
    compose.paths.archive_key.write_bytes(gpg(key.home, "--armor", "--export", key.fingerprint))
    compose.paths.key_home.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", key.home, compose.paths.key_home], check=True)
    for socket in compose.paths.key_home.glob("S.*"):
        socket.unlink()
    for path, content in ((compose.paths.epoch, f"{DATE}\n"), (compose.paths.compose_id, "demo-12-20231114.d.0\n")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return System(compose, repository)


def make_edge_system(build: Path, key: Key, cache: Path, port: int = 8080) -> System:
    """Return a compose whose image `edge` has been made, committed and released."""
    system = make_system(build, key, cache, port)
    system.put_marker("1")
    for stage, images in (
        ("solve", ["edge"]),
        ("extra_files", ["edge"]),
        ("rootfs", ["edge"]),
        ("ostree", []),
        ("ostree_refs", []),
    ):
        system.make(stage, *images)
    return system
