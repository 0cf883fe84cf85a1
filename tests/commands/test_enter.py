"""`doit enter`: a program in the root of an image, and what it writes there is dropped.

The root of a build is entered in tests/building/test_builds.py.
"""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from composelib.commands.enter import ImageRoot, find_build, find_root
from composelib.config import load
from composelib.errors import ConfigError
from tests.kit.plain_user import has_plain_user, open_plain_user

CONFIG = """\
release: {name: Tiny, short: tiny, version: "1", codename: tiny}
arches: [amd64]
archives: {debian: {uri: host, suites: [bookworm], trusted: true}}
variants: {Server: {packages: [apt], images: {tool: {kind: container, packages: [apt]}}}}
"""
PROGRAMS = ("/bin/sh", "/usr/bin/env", "/usr/bin/id", "/usr/bin/stat", "/usr/bin/touch", "/usr/bin/cat")
ENTER = """
import os, sys
from composelib.deb_compose import main
os.environ["TERM"] = "dumb"
sys.argv = ["deb-compose", "enter", *{words}]
sys.exit(main())
"""
SCRIPT = "id -u; stat -c %u /owned; touch /owned /new; cat /proc/net/dev; exit 5"


def put_root(path: Path) -> None:
    """Write a root file system with a few programs of this machine and a file of another user."""
    path.parent.mkdir(parents=True)
    listed = subprocess.run(["ldd", *PROGRAMS], capture_output=True, text=True, check=True).stdout
    libraries = {
        word for line in listed.splitlines() for word in line.split() if word.startswith("/") and ":" not in word
    }
    with tarfile.open(path, "w", dereference=True) as tar:
        for folder in ("dev", "proc", "root", "tmp"):
            member = tarfile.TarInfo(f"./{folder}")
            member.type, member.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(member)
        for name in (*PROGRAMS, *sorted(libraries)):
            tar.add(name, f".{name}")
        owned = tarfile.TarInfo("./owned")
        owned.uid = owned.gid = 33
        tar.addfile(owned, io.BytesIO())


def test_what_cannot_be_entered_is_told_with_what_can(tmp_path: Path) -> None:
    picture = load(Path("docs/architecture.yaml"), build=tmp_path)
    with pytest.raises(ConfigError, match=r"^nothing: no image of this name; there are .*VARIANT:amd64:disk"):
        find_root(picture, "nothing")
    with pytest.raises(ConfigError, match="installer: an image of kind iso has no root file system"):
        find_root(picture, "installer")
    with pytest.raises(ConfigError, match=r"edge-disk: not made yet; `.* rootfs:VARIANT:amd64:edge`"):
        find_root(picture, "edge-disk")
    with pytest.raises(ConfigError, match=r"no build of this name; there are build:BUILT:package:amd64"):
        find_build(picture, "build:BUILT:package:arm64")
    with pytest.raises(ConfigError, match=r"nothing was made for it yet; `.* build:BUILT:package:amd64`"):
        find_build(picture, "build:BUILT:package:amd64")


def test_a_root_is_entered_as_of_its_arch(tmp_path: Path) -> None:
    picture = load(Path("docs/architecture.yaml"), build=tmp_path)
    tar = picture.paths.rootfs("VARIANT", "amd64", "edge")
    tar.parent.mkdir(parents=True)
    tar.touch()
    assert find_root(picture, "edge-disk") == ImageRoot(tar, "amd64")


@pytest.mark.slow
@pytest.mark.skipif(not has_plain_user(), reason="needs root, and the package uidmap")
def test_a_user_enters_an_images_root_which_stays_as_it_is() -> None:
    with open_plain_user() as user:
        user.run(
            "from pathlib import Path; Path('composes').mkdir(); Path('composes/tiny.yaml').write_text("
            + repr(CONFIG)
            + ")"
        )
        user.run(
            "from pathlib import Path; from composelib.config import load; from composelib.engine.ownership import claim_folder\n"
            "claim_folder(load(Path('composes/tiny.yaml')))"
        )
        put_root(user.folder / "build/tiny/work/rootfs/Server/amd64-tool.tar")
        subprocess.run(["chown", "-R", "nobody:nogroup", user.folder / "build"], check=True)
        words = ["compose=tiny", "tool", "--", "sh", "-c", SCRIPT]
        for _ in range(2):
            ended = subprocess.run(user.command(ENTER.format(words=words)), capture_output=True, text=True, check=False)
            assert ended.returncode == 5, ended.stdout + ended.stderr
            uid, owner, *network = ended.stdout.splitlines()
            assert (uid, owner) == ("0", "33")
            assert [line.split(":")[0].strip() for line in network[2:]] == ["lo"]
        assert list((user.folder / "build/tiny/work/tmp").iterdir()) == []
