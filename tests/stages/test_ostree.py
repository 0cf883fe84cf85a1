from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tarfile
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import pytest

from composelib.engine.child_process import describe_failure
from composelib.engine.digests import signature as identify
from composelib.errors import ComposeError, MachineError
from composelib.image.ostree import deployment
from composelib.image.ostree.source import CommitSource
from composelib.image.root.tar import CAPABILITY
from composelib.model.compose import Compose
from composelib.model.customize import Customize
from composelib.model.image import DiskImage, OstreeImage
from composelib.stages import ostree_disk
from composelib.text.json_file import read_json
from composelib.tools import ostree
from composelib.tools.run import ToolError, run
from tests.kit.committed_image import (
    REF,
    ROOT,
    commit,
    find_task,
    make_ready_compose,
    put_root,
    release,
    run_ostree,
)
from tests.kit.plain_user import has_plain_user, open_plain_user
from tests.kit.root_tars import CAP_NET_RAW
from tests.kit.small_disk import leave_free, logging_to, small_disk
from tests.kit.tiny_archive import Key


@pytest.fixture
def compose(tmp_path: Path, key: Key) -> Compose:
    return make_ready_compose(tmp_path / "build", key)


def test_a_commit_has_the_tree_in_ostrees_layout(compose: Compose) -> None:
    checksum = commit(compose)
    names = {
        line.split()[-1] for line in run_ostree("ls", "-R", checksum, repository=compose.paths.ostree).splitlines()
    }
    assert {"/usr/etc/tool.conf", "/usr/lib/modules/6.1/vmlinuz", "/usr/lib/sysimage/dpkg/status"} <= names
    assert "/usr/share/factory/var/home/me/.profile" in names
    assert not {"/etc", "/boot/vmlinuz-6.1", "/var/log"} & names


def add_capable_file(root: Path) -> None:
    """Add a file of a user's group that has capabilities to a root's tar."""
    with tarfile.open(root, "a") as tar:
        capable = tarfile.TarInfo("./usr/bin/ping")
        capable.mode, capable.gid, capable.pax_headers = 0o755, 33, {CAPABILITY: CAP_NET_RAW}
        tar.addfile(capable)


@pytest.mark.slow
@pytest.mark.skipif(not has_plain_user(), reason="needs root, and the package uidmap")
def test_a_user_commits_what_root_commits_capabilities_included(compose: Compose, key: Key) -> None:
    add_capable_file(compose.paths.rootfs("Server", "amd64", "edge"))
    checksum = commit(compose)
    listed = run_ostree("ls", "--xattrs", checksum, "/usr/bin/ping", repository=compose.paths.ostree)
    assert "security.capability" in listed
    with open_plain_user() as user:
        theirs = make_ready_compose(user.folder / "build", key)
        add_capable_file(theirs.paths.rootfs("Server", "amd64", "edge"))
        user.call(find_task(theirs, "repository").run, find_task(theirs).run)
        assert read_json(theirs.paths.commit("Server", "amd64", "edge"))["commit"] == checksum


def add_disk(compose: Compose) -> Compose:
    """Return a compose with a disk of its image, whose root can be deployed."""
    put_root(compose, {**ROOT, "usr/lib/os-release": b"ID=demo\nPRETTY_NAME=Demo\n"})
    add_capable_file(compose.paths.rootfs("Server", "amd64", "edge"))
    (variant,) = compose.variants
    disk = DiskImage("disk", variant.origin, ("amd64",), source_image="edge")
    return replace(compose, variants=(replace(variant, images=(*variant.images, disk)),))


@pytest.mark.slow
@pytest.mark.skipif(not has_plain_user(), reason="needs root, and the package uidmap")
def test_a_user_deploys_a_commit_on_the_disk_that_root_makes(compose: Compose, key: Key) -> None:
    ours = add_disk(compose)
    commit(ours)
    (task,) = ostree_disk.tasks(ours)
    task.run()
    with open_plain_user() as user:
        theirs = add_disk(make_ready_compose(user.folder / "build", key))
        (their_task,) = ostree_disk.tasks(theirs)
        user.call(find_task(theirs, "repository").run, find_task(theirs).run, their_task.run)
        for path, other in zip(task.outputs, their_task.outputs, strict=True):
            assert path.read_bytes() == other.read_bytes()


def test_a_commit_names_its_version_packages_kernel_and_ref(compose: Compose) -> None:
    checksum = commit(compose)
    shown = {
        name: run_ostree("show", f"--print-metadata-key={name}", checksum, repository=compose.paths.ostree).strip()
        for name in (
            "version",
            "ostree.linux",
            "deb-compose.packages",
            "deb-compose.architecture",
            "ostree.ref-binding",
        )
    }
    version = shown.pop("version")
    assert re.fullmatch(r"'12\.20231114\.[0-9a-f]{8}'", version)
    assert shown == {
        "ostree.linux": "'6.1'",
        "deb-compose.packages": "['tool=1.0']",
        "deb-compose.architecture": "'amd64'",
        "ostree.ref-binding": f"['{REF}']",
    }


def test_the_versions_of_two_commits_of_a_day_differ(compose: Compose) -> None:
    record = compose.paths.commit("Server", "amd64", "edge")
    commit(compose)
    first = read_json(record)["release"]
    put_root(compose, ROOT | {"usr/bin/tool": b"tool 2"})
    commit(compose)
    assert read_json(record)["release"] != first


def release_twice(compose: Compose) -> dict[str, bytes]:
    """Release a commit and another after it; return all files of the repository."""
    commit(compose)
    release(compose)
    put_root(compose, ROOT | {"usr/bin/tool": b"tool 2"})
    commit(compose)
    release(compose)
    repository = compose.paths.ostree
    return {str(path.relative_to(repository)): path.read_bytes() for path in repository.rglob("*") if path.is_file()}


def test_a_repository_has_the_same_bytes_wherever_and_whenever_it_is_made(compose: Compose, tmp_path: Path) -> None:
    copy = replace(compose, build=tmp_path / "other build")
    subprocess.run(["cp", "-a", compose.build, copy.build], check=True)
    first = release_twice(compose)
    subprocess.run(["sleep", "1.1"], check=True)
    assert release_twice(copy) == first
    assert {"summary", "summary.sig"} < first.keys()
    assert any(name.endswith("/superblock") for name in first)


def test_a_commit_made_again_is_signed_once_and_never_without_its_signature(
    compose: Compose, monkeypatch: pytest.MonkeyPatch
) -> None:
    checksum = commit(compose)
    signature = compose.paths.ostree / ostree.object_path(checksum, "commitmeta")
    content = signature.read_bytes()

    def run_and_look(*words: Any, **options: Any) -> Any:
        ended = run(*words, **options)
        assert signature.read_bytes() == content
        return ended

    monkeypatch.setattr("composelib.actions.ostree.run", run_and_look)
    assert commit(compose) == checksum
    assert run_ostree("show", checksum, repository=compose.paths.ostree).count("Signature made") == 1


def test_a_signature_that_was_damaged_is_made_again(compose: Compose) -> None:
    checksum = commit(compose)
    signature = compose.paths.ostree / ostree.object_path(checksum, "commitmeta")
    content = signature.read_bytes()
    signature.write_bytes(b"")
    commit(compose)
    assert signature.read_bytes() == content


def test_a_commit_whose_objects_are_cut_is_not_released(
    compose: Compose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_task(compose, "repository").run()
    script = (
        'for word; do case $word in --repo=*) find ${word#*=} -name "*.filez" -exec truncate -s 20 {} + ;; esac; done'
    )
    real = shutil.which("ostree")
    shim = tmp_path / "bin" / "ostree"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\ncase $2 in commit) {real} "$@"; {script}; exit 0 ;; esac; exec {real} "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    with pytest.raises(ComposeError):
        commit(compose)
    assert not compose.paths.commit("Server", "amd64", "edge").exists()
    assert not list(compose.paths.ostree.rglob("*.filez"))


def test_a_delta_that_is_cut_is_not_released(compose: Compose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(compose)
    release(compose)
    put_root(compose, ROOT | {"usr/share/noise": os.urandom(100_000)})
    real = shutil.which("ostree")
    script = f"find {compose.paths.ostree}/deltas -name 0 -exec truncate -s 50000 {{}} +"
    shim = tmp_path / "bin" / "ostree"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\ncase $3 in generate) {real} "$@"; {script}; exit 0 ;; esac; exec {real} "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    with pytest.raises(ToolError, match="static-delta show"):
        commit(compose)


@pytest.mark.skipif(os.geteuid() != 0, reason="a deployment has files of several owners")
def test_a_deployment_and_the_build_of_a_disk_leave_the_released_files_as_they_are(
    compose: Compose, tmp_path: Path
) -> None:
    def look() -> dict[Path, tuple[int, ...]]:
        paths = (path for path in compose.paths.ostree.rglob("*") if path.is_file())
        return {path: (status.st_nlink, *identify(status)) for path in paths for status in [path.lstat()]}

    put_root(compose, ROOT | {"usr/lib/os-release": b"ID=demo\n"})
    commit(compose)
    release(compose)
    before = look()
    assert {nlink for nlink, *_ in before.values()} == {1}
    source = CommitSource(
        compose.paths.commit("Server", "amd64", "edge"), compose.paths.ostree, compose.paths.archive_key, "demo"
    )
    deployment.deploy(source, tmp_path / "root", ["quiet"], 1_600_000_000)
    assert list((tmp_path / "root/ostree/deploy/demo/deploy").iterdir())
    assert look() == before


def test_committing_moves_no_ref(compose: Compose) -> None:
    commit(compose)
    assert run_ostree("refs", repository=compose.paths.ostree) == ""


def test_a_root_without_a_kernel_is_not_committed(compose: Compose) -> None:
    put_root(compose, {"usr/bin/tool": b"tool"})
    with pytest.raises(ComposeError, match="Server's image edge for amd64: it has no kernel"):
        commit(compose)
    assert not compose.paths.commit("Server", "amd64", "edge").exists()


def test_a_root_cut_short_leaves_no_commit(compose: Compose) -> None:
    root = compose.paths.rootfs("Server", "amd64", "edge")
    commit_count = len(list(compose.paths.ostree.rglob("*.commit")))
    root.write_bytes(root.read_bytes()[:9000])
    with pytest.raises((ComposeError, tarfile.ReadError)):
        commit(compose)
    assert len(list(compose.paths.ostree.rglob("*.commit"))) == commit_count


@pytest.mark.slow
def test_killed_at_any_moment_it_leaves_no_half_commit_and_the_ref_unmoved(compose: Compose) -> None:
    first = commit(compose)
    release(compose)
    noise = Random(4)  # noqa: S311 - not for secrets
    put_root(compose, ROOT | {f"usr/share/file{number}": noise.randbytes(20_000) for number in range(3000)})
    record = compose.paths.commit("Server", "amd64", "edge")
    record.unlink()
    for tenths in range(2, 20, 3):
        child = os.fork()
        if child == 0:
            os.setsid()
            commit(compose)
            os._exit(0)
        time.sleep(tenths / 10)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert run_ostree("rev-parse", REF, repository=compose.paths.ostree).strip() == first
        assert "no errors found" in run_ostree("fsck", repository=compose.paths.ostree)
    assert commit(compose) == commit(compose) != first
    release(compose)
    assert "no errors found" in run_ostree("fsck", repository=compose.paths.ostree)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")
@pytest.mark.parametrize("spare", [0, 100_000, 1_000_000, 6_000_000])
def test_a_disk_that_fills_up_is_told_and_leaves_no_half_commit(compose: Compose, spare: int) -> None:
    with small_disk(compose.build), logging_to(compose.build / "log"):
        first = commit(compose)
        release(compose)
        noise = Random(4)  # noqa: S311 - not for secrets
        put_root(compose, ROOT | {f"usr/share/file{number}": noise.randbytes(20_000) for number in range(400)})
        record = compose.paths.commit("Server", "amd64", "edge")
        record.unlink()
        leave_free(compose.build, spare)
        with pytest.raises((MachineError, OSError)) as error:
            commit(compose)
        failure = describe_failure(error.value)
        assert failure.status == MachineError.status
        assert failure.message.startswith(str(compose.build))
        assert failure.message.endswith(": No space left on device")
        assert failure.hint.startswith("make room on that file system")
        assert not record.exists()
        assert run_ostree("rev-parse", REF, repository=compose.paths.ostree).strip() == first
        assert "no errors found" in run_ostree("fsck", repository=compose.paths.ostree)
        leave_free(compose.build, 40_000_000)
        second = commit(compose)
        release(compose)
        assert run_ostree("rev-parse", REF, repository=compose.paths.ostree).strip() == second != first
        assert "no errors found" in run_ostree("fsck", repository=compose.paths.ostree)
        assert not list((compose.paths.ostree / "tmp").glob("staging-*/??"))


def test_kernel_arguments_and_the_remote_are_in_the_commit(compose: Compose) -> None:
    (edge,) = compose.deliverables(OstreeImage)
    image = replace(edge.image, customize=Customize(kernel_append="quiet x=1"))
    edited = replace(
        compose, base_url="https://example.org/demo", variants=(replace(compose.variants[0], images=(image,)),)
    )
    checksum = commit(edited)
    assert (
        run_ostree("cat", checksum, "/usr/lib/bootc/kargs.d/10-compose.toml", repository=compose.paths.ostree)
        == 'kargs = ["quiet", "x=1"]\n'
    )
    remote = run_ostree("cat", checksum, "/usr/etc/ostree/remotes.d/demo.conf", repository=compose.paths.ostree)
    assert "url=https://example.org/demo/ostree/repo\ngpg-verify=true\n" in remote


@pytest.fixture
def served(compose: Compose) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(compose.paths.ostree))

        def log_message(self, *_words: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def client(folder: Path, address: str, public: Path) -> Path:
    subprocess.run(["ostree", f"--repo={folder}", "init", "--mode=archive"], check=True)
    run_ostree(
        "remote", "add", "--set=gpg-verify-summary=true", f"--gpg-import={public}", "demo", address, repository=folder
    )
    return folder


def test_a_client_pulls_over_http_and_checks_signatures(compose: Compose, served: str, tmp_path: Path) -> None:
    checksum = commit(compose)
    release(compose)
    folder = client(tmp_path / "client", served, compose.paths.archive_key)
    run_ostree("pull", "demo", REF, repository=folder)
    assert run_ostree("rev-parse", f"demo:{REF}", repository=folder).strip() == checksum


def test_a_client_with_another_key_is_refused(compose: Compose, served: str, tmp_path: Path, other_key: Key) -> None:
    commit(compose)
    release(compose)
    folder = client(tmp_path / "client", served, other_key.public)
    with pytest.raises(subprocess.CalledProcessError) as error:
        run_ostree("pull", "demo", REF, repository=folder)
    assert "signature" in error.value.stderr.lower()
