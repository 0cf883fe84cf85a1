from __future__ import annotations

import os
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
from composelib.errors import ComposeError, MachineError
from composelib.model.compose import Compose
from composelib.model.customize import Customize
from composelib.model.image import OstreeImage
from tests.kit.committed_image import (
    REF,
    ROOT,
    commit,
    make_ready_compose,
    put_root,
    release,
    run_ostree,
)
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
    assert shown == {
        "version": "'12.20231114'",
        "ostree.linux": "'6.1'",
        "deb-compose.packages": "['tool=1.0']",
        "deb-compose.architecture": "'amd64'",
        "ostree.ref-binding": f"['{REF}']",
    }


def test_the_same_content_is_the_same_commit_wherever_it_is_made(compose: Compose, tmp_path: Path) -> None:
    first = commit(compose)
    copy = replace(compose, build=tmp_path / "other build")
    subprocess.run(["cp", "-a", compose.build, copy.build], check=True)
    subprocess.run(["rm", "-r", copy.paths.ostree], check=True)
    assert commit(copy) == first


def test_a_commit_made_again_is_signed_once(compose: Compose) -> None:
    assert commit(compose) == commit(compose)
    assert run_ostree("show", commit(compose), repository=compose.paths.ostree).count("Signature made") == 1


def test_the_compose_that_made_a_commit_is_named_beside_it(compose: Compose) -> None:
    checksum = commit(compose)
    compose.paths.compose_id.write_text("demo-12-20231115.d.0\n")
    assert commit(compose) == checksum
    name = "--print-detached-metadata-key=deb-compose.compose-id"
    assert run_ostree("show", name, checksum, repository=compose.paths.ostree).strip() == "'demo-12-20231115.d.0'"
    assert run_ostree("show", checksum, repository=compose.paths.ostree).count("Signature made") == 1


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
