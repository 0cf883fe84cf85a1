from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from composelib.image.media.image_check import BadImageError
from composelib.model.compose import Compose
from composelib.model.image import ContainerImage, RootImage
from composelib.stages import container, test
from tests.kit.committed_image import ORIGIN, make_compose, put
from tests.kit.operating_system import System, make_system
from tests.kit.tiny_archive import Key

EPOCH = 1_700_000_000
OLDER = EPOCH - 5000
MEMBERS = [
    ("./", tarfile.DIRTYPE, EPOCH),
    ("./dev/", tarfile.DIRTYPE, EPOCH),
    ("./dev/null", tarfile.CHRTYPE, EPOCH),
    ("./etc/", tarfile.DIRTYPE, EPOCH),
    ("./etc/made", tarfile.REGTYPE, EPOCH),
    ("./usr/", tarfile.DIRTYPE, EPOCH),
    ("./usr/bin/", tarfile.DIRTYPE, EPOCH),
    ("./usr/bin/tool", tarfile.REGTYPE, OLDER),
    ("./usr/bin/twin", tarfile.LNKTYPE, OLDER),
    ("./tmp/", tarfile.DIRTYPE, EPOCH),
    ("./tmp/left", tarfile.REGTYPE, EPOCH),
    ("./var/lib/dpkg/info/tool.list", tarfile.REGTYPE, EPOCH),
]
LISTS = {"./var/lib/dpkg/info/tool.list": b"/usr/bin/tool\n"}
ROWS = [{"package": "tool", "version": "1.0", "architecture": "amd64", "source": "tool", "source_version": "1.0"}]


def tool_of(build: Path) -> Compose:
    compose = make_compose(build)
    image = ContainerImage("tool", ORIGIN, ("amd64",))
    return replace(compose, variants=(replace(compose.variants[0], images=(image,)),))


def prepare(compose: Compose) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, kind, time in MEMBERS:
            info = tarfile.TarInfo(name)
            content = LISTS.get(name, b"content")
            info.type, info.mtime, info.mode, info.linkname = kind, time, 0o755, "./usr/bin/tool"
            info.size = len(content) if kind == tarfile.REGTYPE else 0
            tar.addfile(info, io.BytesIO(content) if info.size else None)
    put(compose.paths.rootfs("Server", "amd64", "tool"), stream.getvalue())
    rows = [row | {"sha256": "0" * 64, "size": 1} for row in ROWS]
    put(compose.paths.solved("Server", "amd64", "tool"), json.dumps({"packages": rows}).encode())
    put(compose.paths.epoch, f"{EPOCH}\n".encode())


def unpacked(archive: Path, folder: Path) -> Path:
    folder.mkdir()
    layout = f"{folder}/layout:image"
    subprocess.run(["skopeo", "copy", "-q", f"oci-archive:{archive}", f"oci:{layout}"], check=True)
    rootless = [] if os.geteuid() == 0 else ["--rootless"]
    subprocess.run(["umoci", "unpack", *rootless, "--image", layout, folder / "bundle"], check=True)
    return folder / "bundle/rootfs"


def test_a_container_has_the_roots_files_but_not_what_is_made_when_it_runs(tmp_path: Path) -> None:
    compose = tool_of(tmp_path / "build")
    prepare(compose)
    (task,) = container.tasks(compose)
    task.run()
    root = unpacked(task.outputs[0], tmp_path / "unpacked")
    assert (root / "usr/bin/tool").samefile(root / "usr/bin/twin")
    assert (root / "etc/made").read_bytes() == b"content"
    assert list((root / "tmp").iterdir()) == list((root / "dev").iterdir()) == []


def test_a_container_is_examined_to_the_last_layer(tmp_path: Path) -> None:
    compose = tool_of(tmp_path / "build")
    prepare(compose)
    (making,), (examining,) = container.tasks(compose), test.tasks(compose)
    making.run()
    examining.run()
    archive = making.outputs[0]
    content = bytearray(archive.read_bytes())
    content[content.index(b"\x1f\x8b") + 40] ^= 1
    archive.write_bytes(content)
    with pytest.raises(BadImageError, match="decompressing"):
        examining.run()


def test_a_container_may_be_too_large(tmp_path: Path) -> None:
    compose = tool_of(tmp_path / "build")
    image = replace(compose.variants[0].images[0], max_size=1000)
    compose = replace(compose, variants=(replace(compose.variants[0], images=(image,)),))
    prepare(compose)
    container.tasks(compose)[0].run()
    with pytest.raises(BadImageError, match="more than its max-size 1000"):
        test.tasks(compose)[0].run()


def test_times_are_the_packages_own_or_none(tmp_path: Path) -> None:
    compose = tool_of(tmp_path / "build")
    prepare(compose)
    (task,) = container.tasks(compose)
    task.run()
    root = unpacked(task.outputs[0], tmp_path / "unpacked")
    assert (root / "usr/bin/tool").stat().st_mtime == OLDER
    assert (root / "etc/made").stat().st_mtime == 0


def test_a_container_may_be_made_of_a_root_image(tmp_path: Path) -> None:
    compose = tool_of(tmp_path)
    images = (
        RootImage("base", ORIGIN, ("amd64",)),
        ContainerImage("tool", ORIGIN, ("amd64",), source_image="base"),
    )
    (task,) = container.tasks(replace(compose, variants=(replace(compose.variants[0], images=images),)))
    assert task.inputs == (
        compose.paths.rootfs("Server", "amd64", "base"),
        compose.paths.solved("Server", "amd64", "base"),
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, key: Key, request: pytest.FixtureRequest) -> System:
    system = make_system(tmp_path_factory.mktemp("world") / "build", key, request.config.cache.mkdir("debs"))
    system.put_marker("1")
    return system


def layers(archive: Path) -> list[str]:
    shown = subprocess.run(["skopeo", "inspect", f"oci-archive:{archive}"], check=True, capture_output=True).stdout
    digests: list[str] = json.loads(shown)["Layers"]
    return digests


def run_in_container(archive: Path, *command: str) -> bytes:
    """Run a command in a container of an OCI archive, as its users do, and give what it prints.

    The limits are low enough for a machine that is a container itself, and runc is less particular about its cgroups.
    """
    limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"]
    with tempfile.TemporaryDirectory(prefix="pod-") as folder:  # podman takes no long paths
        podman = ["podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs", "--storage-driver", "vfs"]
        podman += ["--root", f"{folder}/store", "--runroot", f"{folder}/run"]
        words = [*podman, "run", "--rm", "--quiet", "--network", "none", *limits, f"oci-archive:{archive}", *command]
        return subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="makes root file systems as root")
def test_a_program_of_the_container_runs_and_a_new_version_is_a_small_pull(world: System) -> None:
    for stage in ("solve", "rootfs", "container"):
        world.make(stage, "tool")
    archive = world.compose.paths.image("Server", "amd64", "tool", ".oci.tar")
    assert run_in_container(archive, "hello") == b"Hello, world!\n"
    old = layers(archive)
    world.put_marker("2")
    for stage in ("solve", "rootfs", "container"):
        world.make(stage, "tool")
    assert len(set(layers(archive)) - set(old)) == 2  # its own layer, and the one with the list of what is installed
