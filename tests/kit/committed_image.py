"""A compose with one OSTree image whose root file system is a handful of files, for the stages that build on it."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from composelib.model.compose import Compose
from composelib.model.image import OstreeImage
from composelib.model.origin import Origin
from composelib.model.release import Release
from composelib.model.variant import Variant
from composelib.stages import ostree, ostree_refs
from composelib.task import Task
from tests.kit.tiny_archive import Key, gpg

ORIGIN = Origin("composes/demo.yaml", 7, 3)
REF = "demo/12/amd64/edge"
ROOT = {
    "usr/bin/tool": b"tool 1",
    "etc/tool.conf": b"setting",
    "boot/vmlinuz-6.1": b"kernel",
    "usr/lib/modules/6.1/initramfs.img": b"initramfs",
    "var/lib/dpkg/status": b"Package: tool\n",
    "var/log/dpkg.log": b"today",
    "home/me/.profile": b"mine",
}


def make_compose(build: Path, **image: Any) -> Compose:
    edge = OstreeImage("edge", ORIGIN, ("amd64",), ref="demo/{version}/{arch}/edge", **image)
    return Compose(
        name="demo",
        config=build.parent / "composes/demo.yaml",
        files=(),
        release=Release("Demo", "demo", "12", "stable"),
        type="development",
        arches=("amd64",),
        archives=(),
        variants=(Variant("Server", ORIGIN, ("amd64",), images=(edge,), strict="off"),),
        build=build,
    )


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def put_root(compose: Compose, files: dict[str, bytes]) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for folder in sorted({str(parent) for name in files for parent in Path(name).parents} - {"."}):
            info = tarfile.TarInfo(f"./{folder}/")
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(info)
        for name, content in files.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size, info.mode = len(content), 0o644
            tar.addfile(info, io.BytesIO(content))
    put(compose.paths.rootfs("Server", "amd64", "edge"), stream.getvalue())


def make_ready_compose(build: Path, key: Key) -> Compose:
    """Return a compose that has its root file system, package list and keys."""
    compose = make_compose(build)
    put(compose.paths.archive_key, gpg(key.home, "--armor", "--export", key.fingerprint))
    compose.paths.key_home.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", key.home, compose.paths.key_home], check=True)
    for socket in compose.paths.key_home.glob("S.*"):
        socket.unlink()
    put(compose.paths.epoch, b"1700000000\n")
    put(compose.paths.compose_id, b"demo-12-20231114.d.0\n")
    put(compose.paths.solved("Server", "amd64", "edge"), b'{"packages": [{"package": "tool", "version": "1.0"}]}')
    put_root(compose, ROOT)
    return compose


def find_task(compose: Compose, name: str = "Server:amd64:edge") -> Task:
    return next(task for task in ostree.tasks(compose) if task.name == name)


def commit(compose: Compose) -> str:
    find_task(compose, "repository").run()
    find_task(compose).run()
    return str(json.loads(compose.paths.commit("Server", "amd64", "edge").read_text())["commit"])


def release(compose: Compose) -> None:
    (task,) = ostree_refs.tasks(compose)
    task.run()


def run_ostree(*words: str | Path, repository: Path) -> str:
    command = ["ostree", f"--repo={repository}", *map(str, words)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
