"""Tars of root file systems to make media from: one of a few files, and a Debian that boots."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

from composelib.model.compose import Compose
from composelib.model.image_traits import Image
from composelib.model.origin import Origin
from composelib.model.release import Release
from composelib.model.variant import Variant

EPOCH = 1_700_000_000
VERSION = "6.1.0-9-amd64"
FILES = {
    f"boot/vmlinuz-{VERSION}": b"kernel" * 1000,
    f"boot/initrd.img-{VERSION}": b"initramfs" * 1000,
    "etc/hostname": b"tiny\n",
    "etc/debian_version": b"12.0\n",
    "usr/share/initramfs-tools/hooks/live": b"#!/bin/sh\n",
}
LINKS = {"vmlinuz": f"boot/vmlinuz-{VERSION}", "initrd.img": f"boot/initrd.img-{VERSION}"}
CAP_NET_RAW = "\x01\0\0\x02\0\x20" + "\0" * 14
"""The attribute of a file with cap_net_raw=ep (capabilities(7), vfs_cap_data of revision 2)."""
NOWHERE = Origin("tiny.yaml", 1, 1)


def write_tiny_root(path: Path, files: dict[str, bytes] = FILES, links: dict[str, str] = LINKS) -> Path:
    """Write the tar of a root file system of a few files, as mmdebstrap names its members."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folders = sorted({str(parent) for name in files for parent in Path(name).parents})
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for name in folders:
            tar.addfile(member(f"./{name}" if name != "." else "./", tarfile.DIRTYPE, 0o755))
        for name, content in files.items():
            info = member(f"./{name}", tarfile.REGTYPE, 0o755 if "bin/" in name or "/ld-" in name else 0o644)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        for name, target in links.items():
            info = member(f"./{name}", tarfile.SYMTYPE, 0o777)
            info.linkname = target
            tar.addfile(info)
    return path


def member(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    """Return a member that root owns, with the epoch as its time."""
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.mtime = kind, mode, EPOCH
    return info


def make_compose(build: Path, *images: Image, **fields: object) -> Compose:
    """Return a compose with one variant `Server` on amd64 that has these images."""
    variant = Variant("Server", NOWHERE, ("amd64",), images=images, **fields)  # type: ignore[arg-type]
    release = Release("Tiny", "tiny", "1.10", "tinysuite")
    return Compose(
        "tiny", build / "tiny.yaml", (build / "tiny.yaml",), release, "test", ("amd64",), (), (variant,), build=build
    )


def write_epoch(compose: Compose) -> None:
    """Write the compose's SOURCE_DATE_EPOCH."""
    compose.paths.epoch.parent.mkdir(parents=True, exist_ok=True)
    compose.paths.epoch.write_text(f"{EPOCH}\n")


def make_debian_root(path: Path, *packages: str, script: str = "") -> Path:
    """Make a small Debian that boots, from the mirror that this machine's apt uses; `script` gets its folder as $1."""
    words = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Codename: bookworm"]
    uri = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()[0]
    source = f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {uri} bookworm main"
    base = ("linux-image-cloud-amd64", "initramfs-tools", "systemd-sysv", "udev", "dbus", "login", "passwd", "kmod")
    hooks = [
        "--customize-hook=echo root:root | chroot $1 chpasswd",
        "--customize-hook=echo tiny > $1/etc/hostname; : > $1/etc/machine-id",
        *([f"--customize-hook={script}"] if script else []),
    ]
    include = f"--include={','.join((*base, *packages))}"
    command = ["mmdebstrap", "--quiet", "--variant=minbase", include, *hooks, "bookworm", str(path), source]
    subprocess.run(command, check=True, env={**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)})
    return path
