"""`deb-compose` in a folder of composes that has nothing else of ours.

Also covers: composelib.compose_tasks, composelib.dodo, composelib.engine.doit_program,
composelib.engine.exit_status, composelib.engine.standard_files, composelib.program.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from unittest.mock import Mock

import pytest

from composelib import deb_compose
from composelib.deb_compose import find_checkout, list_commands, locate_word
from tests.kit.demo_compose import CHECKOUT, Demo, Ran, make_demo
from tests.kit.tiny_archive import Key, TinyArchive

PROGRAM = "import sys; sys.argv[0] = 'deb-compose'; from composelib.deb_compose import main; sys.exit(main())"
"""The program as pip installs it."""


def type_in(folder: Path, *words: str, program: tuple[str, ...] = (sys.executable, "-c", PROGRAM)) -> Ran:
    done = subprocess.run((*program, *words), cwd=folder, capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def checkout(tmp_path: Path, key: Key) -> Demo:
    """Make the demo, its config as composes/tiny.yaml of a folder that has nothing else of ours."""
    demo = make_demo(tmp_path, TinyArchive(tmp_path / "archive", key))
    (tmp_path / "composes").mkdir()
    demo.config.rename(tmp_path / "composes/tiny.yaml")
    return demo


def test_a_compose_is_made_where_composes_is_from_any_folder_below(checkout: Demo) -> None:
    below = checkout.folder / "composes"
    ran = type_in(below, "compose=tiny", "release:Base", "gather")
    assert ran.status == 0, ran.err
    assert (checkout.root / "compose/Base/repo/dists/tinysuite/InRelease").is_file()
    assert type_in(checkout.folder, "compose=tiny", "release:Base", "gather").out.count("fresh") == 1


def test_a_dodo_py_of_two_lines_gives_doit_the_same_commands(checkout: Demo) -> None:
    (checkout.folder / "dodo.py").write_text("# our composes\nfrom composelib.dodo import *\n")
    ran = type_in(checkout.folder, "plan", "compose=tiny", "epoch", program=(sys.executable, "-m", "doit"))
    assert ran.status == 0, ran.err
    assert "inrelease:tiny" in ran.out


def test_messages_name_the_command_that_was_typed(checkout: Demo) -> None:
    ran = type_in(checkout.folder, "compose=tiny", "xyzzy")
    assert ran.status == 2
    assert "`deb-compose list --all`" in ran.err
    assert "doit" not in ran.err


def test_a_failure_is_tried_again_by_the_command_that_was_typed(checkout: Demo) -> None:
    (checkout.archive.root / "dists/stable/InRelease").write_text("not signed")
    ran = type_in(checkout.folder, "compose=tiny", "inrelease")
    assert ran.status == 4
    assert "again: deb-compose compose=tiny inrelease:tiny" in ran.out + ran.err


def test_paths_are_those_of_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = tmp_path / "composes"
    below.mkdir()
    monkeypatch.chdir(below)
    assert locate_word("compose=./tiny.yaml", tmp_path) == "compose=composes/tiny.yaml"
    assert locate_word("../build/tiny/compose/SHA256SUMS", tmp_path) == "build/tiny/compose/SHA256SUMS"
    assert locate_word("build=../../other", tmp_path) == f"build={tmp_path.parent / 'other'}"
    assert locate_word("--key=../key.asc", tmp_path) == "--key=key.asc"
    assert locate_word("compose=./a=b.yaml", tmp_path) == "compose=composes/a=b.yaml"
    assert locate_word("../build/a=b/SHA256SUMS", tmp_path) == "build/a=b/SHA256SUMS"


@pytest.mark.parametrize("word", ["gather:Base:amd64", "compose=tiny", "-n", "/absolute/path", "compose=/a/b.yaml"])
def test_what_is_no_relative_path_stays_as_typed(word: str, tmp_path: Path) -> None:
    assert locate_word(word, tmp_path) == word


def test_the_nearest_folder_with_composes_counts(tmp_path: Path) -> None:
    for folder in ("composes", "product/composes", "product/docs"):
        (tmp_path / folder).mkdir(parents=True)
    assert find_checkout(tmp_path / "product/docs") == tmp_path / "product"
    assert find_checkout(tmp_path / "composes") == tmp_path


def test_an_empty_word_is_told(tmp_path: Path) -> None:
    assert (
        type_in(tmp_path, "plan", "").err == "error: deb-compose: a word of the command line is empty; leave it out\n"
    )


def test_without_a_folder_of_composes_the_cure_is_named(tmp_path: Path) -> None:
    ran = type_in(tmp_path, "plan")
    assert ran.status == 2
    assert "`deb-compose init` writes a first config" in ran.err


def test_any_tree_is_verified_without_a_folder_of_composes(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    ran = type_in(tmp_path, "verify", "tree")
    assert ran.status == 2
    assert "tree: is no compose: it has neither SHA256SUMS nor archive-key.asc" in ran.err


@pytest.mark.parametrize(
    ("end", "status", "line"),
    [
        (
            ZeroDivisionError("by 0"),
            70,
            r"internal error: ZeroDivisionError: by 0; this is a bug, please report it with (/.+)",
        ),
        (PermissionError(13, "Permission denied", "x"), 3, "x: Permission denied; .+"),
        (ModuleNotFoundError("no yaml", name="yaml"), 3, "Python's module yaml is missing; install deb-compose again"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_crash_before_the_config_is_read_is_one_line(
    end: Exception, status: int, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(deb_compose, "follow", Mock(side_effect=end))
    assert deb_compose.main() == status
    written = re.fullmatch(f"error: {line}\n", capsys.readouterr().err)
    assert written
    for log in written.groups():
        assert "Traceback" in Path(log).read_text()
        Path(log).unlink()


def test_ctrl_c_while_the_program_starts_shows_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(deb_compose, "follow", Mock(side_effect=KeyboardInterrupt))
    assert deb_compose.main() == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("redirected", [">&-", "| true"])
@pytest.mark.parametrize("words", ["help", "plan --help"])
def test_an_output_that_is_closed_shows_nothing(tmp_path: Path, words: str, redirected: str) -> None:
    program = ("sh", "-c", f'"$@" {words} {redirected}', "sh", sys.executable, "-c", PROGRAM)
    assert type_in(tmp_path, program=program).err == ""


def test_a_wrong_option_of_help_is_one_line(tmp_path: Path) -> None:
    ran = type_in(tmp_path, "help", "--foo")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert ran.err.startswith("error: ")


def test_an_empty_word_is_told_to_doit_too() -> None:
    ran = type_in(CHECKOUT, "plan", "", program=(sys.executable, "-m", "doit"))
    assert (ran.status, ran.err) == (2, "error: doit: a word of the command line is empty; leave it out\n")


def test_a_working_folder_that_is_gone_is_told_in_one_line(tmp_path: Path) -> None:
    program = ("sh", "-c", 'rmdir "$PWD"; exec "$@"', "sh", sys.executable, "-c", PROGRAM)
    (tmp_path / "gone").mkdir()
    ran = type_in(tmp_path / "gone", "plan", program=program)
    assert ran.status == 3
    assert ran.err == "error: the working folder is gone; change to a folder that exists\n"
    (tmp_path / "gone").mkdir()
    assert type_in(tmp_path / "gone", "--version", program=program).status == 0


def test_the_version_is_ours(tmp_path: Path) -> None:
    assert type_in(tmp_path, "--version").out.startswith("deb-compose 0.")


def test_every_command_of_doit_in_a_checkout_is_a_command_of_the_program() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text())
    assert project["tool"]["doit"]["plugins"]["command"] == list_commands()


@pytest.mark.slow
def test_a_wheel_has_all_that_the_program_needs(checkout: Demo, tmp_path: Path) -> None:
    source = tmp_path / "source"  # a copy: setuptools leaves a folder `build` in it
    checkout_files = Path(__file__).parents[1]
    shutil.copytree(checkout_files / "composelib", source / "composelib")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(checkout_files / name, source)
    build = ("wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path / "wheels"), str(source))
    subprocess.run((sys.executable, "-m", "pip", *build), check=True, env={**os.environ, "TMPDIR": str(tmp_path)})
    (wheel,) = (tmp_path / "wheels").iterdir()
    site = tmp_path / "site"
    install = ("install", "--quiet", "--no-deps", "--no-index", "--target", str(site), str(wheel))
    subprocess.run((sys.executable, "-m", "pip", *install), check=True)
    program = ("env", f"PYTHONPATH={site}", sys.executable, str(site / "bin/deb-compose"))
    ran = type_in(checkout.folder, "compose=tiny", program=program)
    assert ran.status == 0, ran.err
    assert type_in(checkout.folder, "verify", "compose=tiny", program=program).status == 0
