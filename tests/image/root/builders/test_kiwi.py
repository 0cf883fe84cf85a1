from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from composelib.errors import ComposeError, MachineError
from composelib.files import remove_tree
from composelib.image.root import tar
from composelib.image.root.builders import kiwi
from composelib.model.compose import Compose
from composelib.model.customize import Customize
from composelib.model.extra_file import ExtraFile
from composelib.stages import extra_files, image_build, image_format, rootfs
from composelib.task import Task
from composelib.tools import kiwi as tool
from tests.kit.foreign_builder import check_boot, make_customization, make_disk_image, make_solved_compose, needs_root
from tests.kit.root_tars import NOWHERE, make_compose
from tests.kit.tiny_archive import Key

SMALL = ("apt", "usr-is-merged")


def test_kiwi_makes_the_root_and_the_disk_is_made_of_that(tmp_path: Path) -> None:
    compose = make_compose(tmp_path, make_disk_image("kiwi"))
    (root,) = rootfs.tasks(compose)
    (image,) = image_build.tasks(compose)
    assert root.run.func is kiwi.build
    assert set(root.outputs) <= set(image.inputs)
    assert root.inputs == (compose.paths.solved("Server", "amd64", "cloud"),)
    assert {"kiwi-ng", "debootstrap", "rsync"} <= set(root.tools)


def test_a_root_does_not_depend_on_what_its_disk_alone_has(tmp_path: Path) -> None:
    plain = make_compose(tmp_path, make_disk_image("kiwi"))
    changed = Customize(kernel_append="quiet")
    edited = make_compose(tmp_path, make_disk_image("kiwi", size=9 << 30, formats=("qcow2",), customize=changed))
    assert [task.uses for task in rootfs.tasks(plain)] == [task.uses for task in rootfs.tasks(edited)]
    assert [task.uses for task in image_build.tasks(plain)] != [task.uses for task in image_build.tasks(edited)]


def test_packages_come_from_the_compose_alone_and_signatures_are_checked() -> None:
    repositories = [tool.KiwiRepository(Path("/a b"), "tiny", ("main", "More"), first=True)]
    description = ET.fromstring(tool.render_description(repositories, ["one", "libstdc++6"]))  # noqa: S314 - of our own
    (repository,) = description.findall("repository")
    (source,) = repository.findall("source")
    assert source.get("path") == "dir:///a b"
    assert (repository.get("distribution"), repository.get("components")) == ("tiny", "main More")
    assert description.findtext("preferences/rpm-check-signatures") == "true"
    assert [package.get("name") for package in description.findall("packages[@type='image']/package")] == [
        "one",
        "libstdc++6",
    ]


def test_an_arch_that_is_not_the_machines_own_is_an_error() -> None:
    with pytest.raises(MachineError, match="not of s390x; use `builder: native`"):
        kiwi.check_machine("s390x")


@pytest.fixture(scope="module")
def kiwi_compose(tmp_path_factory: pytest.TempPathFactory, key: Key, request: pytest.FixtureRequest) -> Compose:
    """Return a compose with a root and a disk of the image `cloud` by KIWI; its image `small` is solved."""
    folder = tmp_path_factory.mktemp("kiwi")
    (folder / "greeting").write_text("of ours\n")
    file = ExtraFile(NOWHERE, "/etc/", file=folder / "greeting")
    script = folder / "script"
    script.write_text('#!/bin/sh -eu\nrm "$(mktemp)"\ntest "$HOME" = /root\n')
    images = (
        make_disk_image("kiwi", customize=make_customization(), files=(file,), scripts=(script,)),
        replace(make_disk_image("kiwi", SMALL), name="small"),
    )
    compose = make_solved_compose(folder / "build", key, request.config.cache.mkdir("debs"), *images, suite="aurora")
    compose = replace(compose, base_url="https://repository.example")
    for stage in (extra_files, rootfs, image_build, image_format):
        next(task for task in stage.tasks(compose) if ":cloud" in task.name).run()
    return compose


@needs_root
@pytest.mark.slow
def test_a_disk_by_kiwi_boots_to_a_login(kiwi_compose: Compose, tmp_path: Path) -> None:
    check_boot(kiwi_compose.paths.image("Server", "amd64", "cloud", ".raw"), "bios", tmp_path / "serial.log")


def copy_compose(compose: Compose, folder: Path) -> Compose:
    """Copy a compose into another folder, without the files that KIWI made."""
    copy = replace(compose, build=folder)
    subprocess.run(["cp", "-a", "--link", compose.build, copy.build], check=True)
    shutil.rmtree(copy.paths.rootfs("Server", "amd64", "cloud").parent)
    return copy


def find_task(compose: Compose, image: str) -> Task:
    """Return the task of an image's root."""
    return next(task for task in rootfs.tasks(compose) if task.name.endswith(f":{image}"))


@needs_root
@pytest.mark.slow
def test_a_root_by_kiwi_is_the_same_wherever_and_whenever_it_is_made(kiwi_compose: Compose, tmp_path: Path) -> None:
    copy = copy_compose(kiwi_compose, tmp_path / "other place")
    code = "import os, pickle, sys; os.umask(0o077); pickle.load(sys.stdin.buffer)()"
    named = f"hostname elsewhere && exec {sys.executable} -c '{code}'"
    subprocess.run(
        ["unshare", "--uts", "sh", "-c", named],
        input=pickle.dumps(find_task(copy, "cloud").run),
        check=True,
        env={**os.environ, "TZ": "Asia/Tokyo", "HOME": "/nonexistent", "TMPDIR": "/nonexistent"},
    )
    first, second = (compose.paths.rootfs("Server", "amd64", "cloud") for compose in (kiwi_compose, copy))
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_mode == second.stat().st_mode


@needs_root
@pytest.mark.slow
def test_a_root_by_kiwi_has_the_files_that_were_asked_for_and_none_of_kiwis(kiwi_compose: Compose) -> None:
    root = kiwi_compose.paths.rootfs("Server", "amd64", "cloud")
    assert tar.read_content(root, "etc/greeting") == b"of ours\n"
    assert tar.read_content(root, "etc/hostname") == b"foreign\n"
    assert b"URIs: https://repository.example/Server/repo\n" in tar.read_content(
        root, "etc/apt/sources.list.d/compose.sources"
    )
    paths = set(tar.list_members(root))
    assert not paths & {"image", ".kconfig", ".profile", ".compose", "var/cache/kiwi", "etc/apt/sources.list"}
    assert not [
        path for path in paths if path.startswith(("dev/", "proc/", "sys/")) or path.endswith((".kiwi", ".sha"))
    ]


@needs_root
@pytest.mark.slow
def test_a_script_that_fails_is_named_and_leaves_nothing(
    kiwi_compose: Compose, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "broken"
    script.write_text("#!/bin/sh\necho what went wrong >&2\nexit 7\n")
    small = replace(make_disk_image("kiwi", SMALL), name="small", scripts=(script,))
    task = find_task(replace(kiwi_compose, variants=(replace(kiwi_compose.variants[0], images=(small,)),)), "small")
    with pytest.raises(ComposeError, match=r"broken: failed in the root of Server's image small for amd64"):
        task.run()
    assert "what went wrong" in capfd.readouterr().out
    assert not [path for path in task.outputs[0].parent.iterdir() if "small" in path.name]


@needs_root
@pytest.mark.slow
def test_a_killed_making_leaves_no_process_and_no_mount(kiwi_compose: Compose) -> None:
    task = find_task(kiwi_compose, "small")
    making = task.outputs[0].with_suffix(".making")
    child = os.fork()
    if child == 0:
        os.setsid()
        task.run()
        os._exit(0)
    deadline = time.monotonic() + 300
    while not (making / "made/var/lib/dpkg/info").exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    time.sleep(2)
    seen = subprocess.run(
        ["grep", "-l", str(making), *Path("/proc").glob("[0-9]*/mountinfo")], check=False, capture_output=True
    )
    assert seen.stdout == b""
    assert str(making) not in subprocess.run(["ps", "-eo", "args"], check=True, capture_output=True, text=True).stdout
    assert making.is_dir()
    assert not task.outputs[0].exists()
    remove_tree(making)
