from __future__ import annotations

import io
import json
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from composelib.errors import ComposeError
from composelib.model import Compose, Customize, Image, Origin, Release, Variant
from composelib.stages import ostree, ostree_refs
from composelib.task import Task
from tests.tiny import Key, gpg

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


def compose_of(build: Path, **image: Any) -> Compose:
    edge = Image("edge", "ostree", ORIGIN, ("amd64",), ref="demo/{version}/{arch}/edge", **image)
    return Compose(
        name="demo",
        config=Path("composes/demo.yaml"),
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
    put(compose.rootfs("Server", "amd64", "edge"), stream.getvalue())


@pytest.fixture
def compose(tmp_path: Path, key: Key) -> Compose:
    made = compose_of(tmp_path / "build")
    put(made.archive_key, gpg(key.home, "--armor", "--export", key.fingerprint))
    subprocess.run(["cp", "-a", key.home, made.key_home], check=True)
    for socket in made.key_home.glob("S.*"):
        socket.unlink()
    put(made.epoch, b"1700000000\n")
    put(made.solved("Server", "amd64", "edge"), b'{"packages": [{"package": "tool", "version": "1.0"}]}')
    put_root(made, ROOT)
    return made


def task_of(compose: Compose, name: str = "Server:amd64:edge") -> Task:
    return next(task for task in ostree.tasks(compose) if task.name == name)


def commit(compose: Compose) -> str:
    task_of(compose, "repository").run()
    task_of(compose).run()
    return str(json.loads(compose.commit("Server", "amd64", "edge").read_text())["commit"])


def release(compose: Compose) -> None:
    (task,) = ostree_refs.tasks(compose)
    task.run()


def ask(*words: str | Path, repository: Path) -> str:
    command = ["ostree", f"--repo={repository}", *map(str, words)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_commit_has_the_tree_in_ostrees_layout(compose: Compose) -> None:
    made = commit(compose)
    names = {line.split()[-1] for line in ask("ls", "-R", made, repository=compose.ostree).splitlines()}
    assert {"/usr/etc/tool.conf", "/usr/lib/modules/6.1/vmlinuz", "/usr/lib/sysimage/dpkg/status"} <= names
    assert "/usr/share/factory/var/home/me/.profile" in names
    assert not {"/etc", "/boot/vmlinuz-6.1", "/var/log"} & names


def test_a_commit_names_its_version_packages_kernel_and_ref(compose: Compose) -> None:
    made = commit(compose)
    shown = {
        name: ask("show", f"--print-metadata-key={name}", made, repository=compose.ostree).strip()
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
    other = replace(compose, build=tmp_path / "other build")
    subprocess.run(["cp", "-a", compose.build, other.build], check=True)
    subprocess.run(["rm", "-r", other.ostree], check=True)
    assert commit(other) == first


def test_a_commit_made_again_is_signed_once(compose: Compose) -> None:
    assert commit(compose) == commit(compose)
    assert ask("show", commit(compose), repository=compose.ostree).count("Signature made") == 1


def test_committing_moves_no_ref(compose: Compose) -> None:
    commit(compose)
    assert ask("refs", repository=compose.ostree) == ""


def test_a_root_without_a_kernel_is_not_committed(compose: Compose) -> None:
    put_root(compose, {"usr/bin/tool": b"tool"})
    with pytest.raises(ComposeError, match="Server's image edge for amd64: it has no kernel"):
        commit(compose)
    assert not compose.commit("Server", "amd64", "edge").exists()


def test_a_root_cut_short_leaves_no_commit(compose: Compose) -> None:
    root = compose.rootfs("Server", "amd64", "edge")
    commit_count = len(list(compose.ostree.rglob("*.commit")))
    root.write_bytes(root.read_bytes()[:9000])
    with pytest.raises((ComposeError, tarfile.ReadError)):
        commit(compose)
    assert len(list(compose.ostree.rglob("*.commit"))) == commit_count


def test_releasing_lets_the_ref_stand_for_the_commit(compose: Compose) -> None:
    made = commit(compose)
    release(compose)
    assert ask("rev-parse", REF, repository=compose.ostree).strip() == made
    assert REF in ask("summary", "--view", repository=compose.ostree)


def test_an_older_commit_stays_in_history_with_a_delta_from_it(compose: Compose) -> None:
    first = commit(compose)
    release(compose)
    put_root(compose, ROOT | {"usr/bin/tool": b"tool 2"})
    second = commit(compose)
    release(compose)
    assert set(ask("refs", repository=compose.ostree).split()) == {REF, f"history/{REF}/{first[:16]}"}
    assert ask("static-delta", "list", repository=compose.ostree).strip() == f"{first}-{second}"
    assert "no errors found" in ask("fsck", repository=compose.ostree)


def test_releasing_again_changes_nothing(compose: Compose) -> None:
    commit(compose)
    release(compose)
    before = (compose.ostree / "summary").read_bytes()
    release(compose)
    assert ask("refs", repository=compose.ostree).split() == [REF]
    assert (compose.ostree / "summary").read_bytes() == before


def test_a_commit_of_a_doomed_compose_is_pruned_by_the_next_release(compose: Compose) -> None:
    doomed = commit(compose)
    put_root(compose, ROOT | {"usr/bin/tool": b"tool 2"})
    good = commit(compose)
    release(compose)
    found = [path.parent.name + path.stem for path in compose.ostree.rglob("*.commit")]
    assert found == [good]
    assert doomed != good


def test_a_ref_of_an_image_that_is_gone_is_removed_with_its_history(compose: Compose) -> None:
    commit(compose)
    release(compose)
    image = replace(compose.variants[0].images[0], ref="demo/new")
    renamed = replace(compose, variants=(replace(compose.variants[0], images=(image,)),))
    commit(renamed)
    release(renamed)
    assert ask("refs", repository=compose.ostree).split() == ["demo/new"]


def test_the_ref_of_a_failed_failable_image_stays(compose: Compose) -> None:
    first = commit(compose)
    release(compose)
    compose.commit("Server", "amd64", "edge").unlink()
    release(compose)
    assert ask("rev-parse", REF, repository=compose.ostree).strip() == first


def test_the_release_waits_for_the_checks_and_sums(tmp_path: Path) -> None:
    compose = compose_of(tmp_path)
    oci = Image("oci", "container", ORIGIN, ("amd64",), origin_image="edge")
    variant = compose.variants[0]
    checked = replace(compose, variants=(replace(variant, images=(*variant.images, oci), strict="fatal"),))
    (task,) = ostree_refs.tasks(checked)
    assert task.order_only == (checked.work("repoclosure", "Server", "amd64.json"), checked.checksums)


def test_kernel_arguments_and_the_remote_are_in_the_commit(compose: Compose) -> None:
    image = replace(compose.variants[0].images[0], customize=Customize(kernel_append="quiet x=1"))
    wanted = replace(
        compose, base_url="https://example.org/demo", variants=(replace(compose.variants[0], images=(image,)),)
    )
    made = commit(wanted)
    assert (
        ask("cat", made, "/usr/lib/bootc/kargs.d/10-compose.toml", repository=compose.ostree)
        == 'kargs = ["quiet", "x=1"]\n'
    )
    remote = ask("cat", made, "/usr/etc/ostree/remotes.d/demo.conf", repository=compose.ostree)
    assert "url=https://example.org/demo/ostree/repo\ngpg-verify=true\n" in remote


@pytest.fixture
def served(compose: Compose) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(compose.ostree))

        def log_message(self, *_words: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def client(place: Path, address: str, public: Path) -> Path:
    subprocess.run(["ostree", f"--repo={place}", "init", "--mode=archive"], check=True)
    ask("remote", "add", "--set=gpg-verify-summary=true", f"--gpg-import={public}", "demo", address, repository=place)
    return place


def test_a_client_pulls_over_http_and_checks_signatures(compose: Compose, served: str, tmp_path: Path) -> None:
    made = commit(compose)
    release(compose)
    place = client(tmp_path / "client", served, compose.archive_key)
    ask("pull", "demo", REF, repository=place)
    assert ask("rev-parse", f"demo:{REF}", repository=place).strip() == made


def test_a_client_with_another_key_is_refused(compose: Compose, served: str, tmp_path: Path, other_key: Key) -> None:
    commit(compose)
    release(compose)
    place = client(tmp_path / "client", served, other_key.public)
    with pytest.raises(subprocess.CalledProcessError) as error:
        ask("pull", "demo", REF, repository=place)
    assert "signature" in error.value.stderr.lower()
