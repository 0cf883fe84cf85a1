"""The Debian package: built, without complaints of lintian, and at work with Debian's own libraries."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.demo_compose import CHECKOUT, make_demo
from tests.kit.tiny_archive import TinyArchive

SYSTEM = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}
"""An environment without the checkout's virtual environment."""
PROGRAMS = ("dh_python3", "dpkg-buildpackage", "lintian")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the package of what is committed; return the folder of the results."""
    if missing := [name for name in PROGRAMS if not shutil.which(name)]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("package")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run([CHECKOUT / "debian/make-source", folder], check=True, env={**os.environ, "PATH": path})
    (source,) = (entry for entry in folder.iterdir() if entry.is_dir())
    subprocess.run(["dpkg-buildpackage", "-us", "-uc"], cwd=source, check=True, env=SYSTEM)
    return folder


@pytest.fixture(scope="module")
def unpacked(package: Path) -> Path:
    """Unpack the package."""
    (deb,) = package.glob("*.deb")
    subprocess.run(["dpkg-deb", "--extract", deb, package / "root"], check=True)
    return package / "root"


@pytest.mark.slow
def test_lintian_has_no_complaint(package: Path) -> None:
    (changes,) = package.glob("*.changes")
    (dsc,) = package.glob("*.dsc")
    command = ["lintian", "--allow-root", "--fail-on=error,warning,info", "--display-info", str(changes), str(dsc)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")


@pytest.mark.slow
def test_manual_page_and_completion_are_where_man_and_the_shells_look(unpacked: Path) -> None:
    for name in (
        "man/man1/deb-compose.1.gz",
        "bash-completion/completions/deb-compose",
        "zsh/vendor-completions/_deb-compose",
        "doc/deb-compose/copyright",
    ):
        assert (unpacked / "usr/share" / name).is_file()
    assert "Eduardo Naufel Schettino" in (unpacked / "usr/share/doc/deb-compose/copyright").read_text()


@pytest.mark.slow
def test_the_program_makes_a_compose_with_the_libraries_of_this_debian(
    unpacked: Path, archive: TinyArchive, tmp_path: Path
) -> None:
    demo = make_demo(tmp_path, archive)
    (tmp_path / "composes").mkdir()
    demo.config.rename(tmp_path / "composes/demo.yaml")
    program = tmp_path / "deb-compose"  # the launcher, with the folder that it is unpacked to here
    text = (unpacked / "usr/bin/deb-compose").read_text()
    program.write_text(text.replace("/usr/share/deb-compose", str(unpacked / "usr/share/deb-compose")))
    for words in ((), ("verify",), ("why", "webserver")):
        ran = subprocess.run(
            ["/usr/bin/python3", program, *words], cwd=tmp_path, capture_output=True, text=True, check=False, env=SYSTEM
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
