"""Root file systems as the archives of programs that run them without a kernel of their own: WSL and Incus."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from composelib.image.media.appliance import describe_member
from composelib.image.root.tar import read_path

SYSTEMD = "usr/lib/systemd/systemd"
KERNEL_NAMES = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "armel": "armv6l",
    "armhf": "armv7l",
    "i386": "i686",
    "loong64": "loongarch64",
    "mips64el": "mips64",
    "ppc64el": "ppc64le",
}
"""The kernel's names of arches, where they are not Debian's."""
PATH_HEADERS = {"path", "linkpath"}
"""The pax headers of long names: a member that gets another name needs new ones."""


def write_wsl(root: Path, name: str, output: Path, epoch: int) -> None:
    """Write a distribution for WSL: the root, and the files that WSL reads where the root has none of its own.

    Microsoft describes them in "Build a custom Linux distribution to use with WSL".
    """
    with tarfile.open(root) as tar:
        paths = {read_path(member) for member in tar}
    texts = {"etc/wsl-distribution.conf": f"[oobe]\ndefaultName = {name}\n"}
    if SYSTEMD in paths:
        texts["etc/wsl.conf"] = "[boot]\nsystemd = true\n"
    missing = {path: text for path, text in sorted(texts.items()) if path not in paths}
    with tarfile.open(root) as source, tarfile.open(output, "w", format=tarfile.PAX_FORMAT) as target:
        copy_members(source, target, ".")
        add_texts(target, missing, epoch)


def write_incus(root: Path, name: str, arch: str, output: Path, epoch: int) -> None:
    """Write an image for Incus and LXD in one file: `metadata.yaml`, and the root below `rootfs` ("Image format")."""
    metadata = {
        "architecture": KERNEL_NAMES.get(arch, arch),
        "creation_date": epoch,
        "properties": {"architecture": arch, "description": name, "name": name},
    }
    with tarfile.open(root) as source, tarfile.open(output, "w", format=tarfile.PAX_FORMAT) as target:
        add_texts(target, {"metadata.yaml": f"{json.dumps(metadata, indent=2)}\n"}, epoch)  # JSON is YAML, too
        copy_members(source, target, "rootfs")


def add_texts(tar: tarfile.TarFile, texts: Mapping[str, str], epoch: int) -> None:
    """Add files with these texts to a tar."""
    for path, text in texts.items():
        tar.addfile(describe_member(path, len(text.encode()), epoch), io.BytesIO(text.encode()))


def copy_members(source: tarfile.TarFile, target: tarfile.TarFile, folder: str) -> None:
    """Copy all members of a root's tar to another, below a folder."""
    for member in source:
        content = source.extractfile(member) if member.isreg() else None
        member.name = place_below(member.name, folder)
        if member.islnk():
            member.linkname = place_below(member.linkname, folder)
        member.pax_headers = {key: value for key, value in member.pax_headers.items() if key not in PATH_HEADERS}
        target.addfile(member, content)


def place_below(path: str, folder: str) -> str:
    """Return a path of a root's tar below a folder."""
    return str(PurePosixPath(folder, path.lstrip("/")))
