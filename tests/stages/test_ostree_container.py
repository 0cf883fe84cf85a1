from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from composelib.model.compose import Compose
from composelib.model.image import ContainerImage
from composelib.stages import container_push, ostree_container
from composelib.tools.run import ToolError
from tests.kit.committed_image import ORIGIN, ROOT, commit, make_ready_compose, put, put_root
from tests.kit.image_registry import serve_registry
from tests.kit.tiny_archive import Key

PACKAGED = {
    "usr/bin/tool": b"tool 1",
    "usr/bin/other": b"other",
    "var/lib/dpkg/info/tool.list": b"/.\n/usr\n/usr/bin\n/usr/bin/tool\n",
    "var/lib/dpkg/info/other.list": b"/bin/other\n",
    "var/cache/tool/old": b"stale",
}
ROWS = [
    {"package": name, "version": "1.0", "architecture": "amd64", "source": name, "source_version": "1.0"}
    | {"sha256": "0" * 64, "size": 1}
    for name in ("bootc", "other", "tool")
]


def with_container(compose: Compose, **image: Any) -> Compose:
    oci = ContainerImage("oci", ORIGIN, ("amd64",), source_image="edge", bootc=True, **image)
    variant = compose.variants[0]
    return replace(compose, variants=(replace(variant, images=(*variant.images, oci)),))


@pytest.fixture
def compose(tmp_path: Path, key: Key) -> Compose:
    compose = with_container(make_ready_compose(tmp_path / "build", key))
    put(compose.paths.solved("Server", "amd64", "edge"), json.dumps({"packages": ROWS}).encode())
    put_root(compose, ROOT | PACKAGED)
    return compose


def contain(compose: Compose) -> Path:
    commit(compose)
    (task,) = ostree_container.tasks(compose)
    task.run()
    return task.outputs[0]


def flip(path: Path) -> None:
    """Flip a bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_no_container_is_made_of_a_damaged_commit(compose: Compose) -> None:
    put_root(compose, ROOT | PACKAGED | {"usr/share/noise": os.urandom(5000)})
    commit(compose)
    flip(max(compose.paths.ostree.rglob("*.filez"), key=lambda path: path.stat().st_size))
    (task,) = ostree_container.tasks(compose)
    with pytest.raises(ToolError, match="fsck"):
        task.run()
    assert not task.outputs[0].exists()


def inspected(archive: Path) -> dict[str, Any]:
    shown = subprocess.run(["skopeo", "inspect", f"oci-archive:{archive}"], check=True, capture_output=True).stdout
    inspection: dict[str, Any] = json.loads(shown)
    return inspection


def unpacked(archive: Path, folder: Path) -> Path:
    folder.mkdir()
    layout = folder / "layout"
    subprocess.run(["skopeo", "copy", "-q", f"oci-archive:{archive}", f"oci:{layout}:image"], check=True)
    rootless = [] if os.geteuid() == 0 else ["--rootless"]
    subprocess.run(["umoci", "unpack", *rootless, "--image", f"{layout}:image", folder / "bundle"], check=True)
    return folder / "bundle" / "rootfs"


def test_the_labels_say_that_it_can_be_booted_and_of_which_commit_it_is(compose: Compose) -> None:
    labels = inspected(contain(compose))["Labels"]
    checksum = commit(compose)
    assert labels["containers.bootc"] == "1"
    assert labels["ostree.bootable"] == "true"
    assert labels["ostree.commit"] == labels["org.opencontainers.image.revision"] == checksum
    assert labels["org.opencontainers.image.version"].startswith("12.20231114.")


def test_without_bootc_in_it_no_label_says_that_bootc_manages_it(
    compose: Compose, capsys: pytest.CaptureFixture[str]
) -> None:
    put(compose.paths.solved("Server", "amd64", "edge"), json.dumps({"packages": ROWS[1:]}).encode())
    labels = inspected(contain(compose))["Labels"]
    assert "containers.bootc" not in labels
    assert labels["ostree.bootable"] == "true"
    assert "warning: the package bootc is not in the commit" in capsys.readouterr().out


def test_it_was_created_when_the_archives_were(compose: Compose) -> None:
    assert inspected(contain(compose))["Created"] == "2023-11-14T22:13:20Z"


def test_its_tree_is_the_commits_with_etc_in_its_place(compose: Compose, tmp_path: Path) -> None:
    root = unpacked(contain(compose), tmp_path / "unpacked")
    assert (root / "etc/tool.conf").read_bytes() == b"setting"
    assert (root / "usr/lib/modules/6.1/vmlinuz").read_bytes() == b"kernel"
    assert (root / "var/lib/dpkg").readlink() == Path("../../usr/lib/sysimage/dpkg")
    assert (root / "var/lib/dpkg/status").read_bytes() == b"Package: tool\n"
    assert (root / "var/cache/tool").is_dir()
    assert not (root / "usr/etc").exists()
    assert not (root / "var/cache/tool/old").exists()


def test_a_changed_package_changes_its_layer_alone(compose: Compose) -> None:
    first = inspected(contain(compose))["Layers"]
    put_root(compose, ROOT | PACKAGED | {"usr/bin/tool": b"tool 2"})
    second = inspected(contain(compose))["Layers"]
    assert len(set(second) - set(first)) == 1
    assert len(first) == len(second) == 5  # kernel, initramfs, other, tool, rest


def test_the_same_commit_is_the_same_archive_wherever_it_is_made(compose: Compose, tmp_path: Path) -> None:
    first = contain(compose).read_bytes()
    copy = replace(compose, build=tmp_path / "another build")
    shutil.copytree(compose.build, copy.build)
    assert contain(copy).read_bytes() == first


def test_layers_do_not_change_with_the_date_alone(compose: Compose) -> None:
    first = inspected(contain(compose))
    put(compose.paths.epoch, b"1700000100\n")
    (task,) = ostree_container.tasks(compose)
    task.run()
    second = inspected(task.outputs[0])
    assert second["Layers"] == first["Layers"]
    assert second["Digest"] != first["Digest"]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    with serve_registry(tmp_path) as address:
        yield address


def remote(*words: str) -> bytes:
    return subprocess.run(["skopeo", "inspect", "--tls-verify=false", *words], check=True, capture_output=True).stdout


@pytest.mark.skipif(not shutil.which("docker-registry"), reason="needs the package docker-registry")
def test_a_push_is_by_digest_with_the_packages_attached_and_then_tagged(compose: Compose, registry: str) -> None:
    pushed = with_container(ready_again(compose), push=f"{registry}/demo/edge:{{version}}")
    digest = inspected(contain(pushed))["Digest"]
    (task,) = container_push.tasks(pushed)
    put(task.inputs[1], b"{}")  # its bill of materials
    task.run()
    assert json.loads(task.outputs[0].read_text())["digest"] == digest
    tagged = json.loads(remote(f"docker://{registry}/demo/edge:12"))
    assert tagged["Digest"] == digest
    attached = json.loads(remote("--raw", f"docker://{registry}/demo/edge:{digest.replace(':', '-')}.sbom"))
    assert attached["subject"]["digest"] == digest
    assert attached["artifactType"] == "application/spdx+json"


def ready_again(compose: Compose) -> Compose:
    variant = compose.variants[0]
    return replace(compose, variants=(replace(variant, images=variant.images[:1]),))
