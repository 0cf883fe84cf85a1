"""The checkout on a bare Debian 13: the demo and the fast tests, as `setup` runs them.

Continuous integration has a few minutes for it: there the demo is made, and those tests run in which the machine's own
programs are asked. The pure ones differ with Python alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.kit.demo_compose import CHECKOUT

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
"""The authorities that this machine trusts: there may be one of its own before PyPI."""
APART = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--")
"""With mounts and processes of its own, of which none is left, however the test ends."""
ENTER = """
mount --bind "$0" "$0" && mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && mount --rbind /sys "$0/sys"
cd "$0" && pivot_root . mnt && umount -l /mnt && exec "$@"
"""
"""Lets a root be `/`, with mounts that end with the shell: in a chroot alone, no user namespace could be made."""
ENTERED = "cd /root/deb-compose && . .venv/bin/activate"
SETUP = "cd /root/deb-compose && ./setup"
FAST = f'{ENTERED} && pytest -q -n 2 --dist worksteal -m "not slow and not longest"'
HOST = (
    "tests/tools",  # each program's words and options
    "tests/archive/format/test_relation.py",  # dpkg's table of arches
    "tests/fetch",  # gpgv, apt's configuration, TLS
    "tests/stages/test_inrelease.py",
    "tests/stages/test_release.py",  # apt reads a repository
)
"""The fast tests that ask the machine's programs."""
PACKAGES = 'apt-get -q -y --no-install-recommends install $(sed -n "/^testing=/,/\\"$/p" /root/deb-compose/setup | sed "s/.*=//; s/\\"//g")'


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a bare root with a clone of what is committed."""
    if os.geteuid() or not shutil.which("mmdebstrap"):
        pytest.skip("needs root and mmdebstrap")
    root = tmp_path_factory.mktemp("bare") / "root"
    source = f"deb [signed-by={KEYRING}] {find_mirror()} trixie main"
    bare = ("--variant=minbase", "--include=ca-certificates,git,python3")
    subprocess.run([*APART, "mmdebstrap", *bare, "trixie", root, source], check=True)
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    shutil.copy(BUNDLE, root / "root/authorities.crt")
    subprocess.run(["git", "clone", "-q", CHECKOUT, root / "root/deb-compose"], check=True)
    return root


def find_mirror() -> str:
    """Return the mirror that this machine's apt uses."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian"]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return out.splitlines()[0]


def run_in(root: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script in the root, with mounts of its own."""
    command = [*APART, "sh", "-c", ENTER, str(root), "sh", "-c", script]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "PIP_CERT": "/root/authorities.crt"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.slow
def test_the_demo_is_made(root: Path) -> None:
    ran = run_in(root, f"{SETUP} demo")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "demo: FINISHED" in ran.stdout


@pytest.mark.slow
def test_the_fast_tests_that_ask_the_machine_pass(root: Path) -> None:
    run_all(root, SETUP, PACKAGES, f"{FAST} {' '.join(HOST)}")


@pytest.mark.longest
def test_the_fast_tests_pass(root: Path) -> None:
    run_all(root, SETUP, PACKAGES, FAST)


def run_all(root: Path, *scripts: str) -> None:
    """Run shell scripts in the root, one after another, each to its success."""
    for script in scripts:
        ran = run_in(root, script)
        assert ran.returncode == 0, ran.stdout[-20000:] + ran.stderr[-2000:]
