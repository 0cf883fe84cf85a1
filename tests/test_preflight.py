from __future__ import annotations

import os
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from composelib import preflight
from composelib.model.compose import Compose
from composelib.model.release import Release
from composelib.task import Task
from composelib.tools.packages import PROGRAMS, is_installed
from composelib.tools.versions import read_version
from tests.kit.tiny_archive import Key


def compose(build: Path, sign: str | None = None) -> Compose:
    release = Release("Tiny", "tiny", "1", "stable")
    return Compose("tiny", Path("tiny.yaml"), (), release, "test", ("amd64",), (), (), sign=sign, build=build)


def task(*tools: str, name: str = "a") -> Task:
    return Task(name, "", partial(print), (), (), {}, tools=tools)


def said(compose: Compose, *tasks: Task) -> list[tuple[int, str]]:
    return [(problem.status, str(problem)) for problem in preflight.find_problems(compose, tasks)]


def test_nothing_wrong_is_no_problem(tmp_path: Path) -> None:
    assert said(compose(tmp_path / "build"), task("sh", "gpg")) == []


def test_every_missing_program_is_told_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "is_installed", lambda program: program == "sh")
    found = said(compose(tmp_path), task("xorriso", "sh"), task("xorriso", "mke2fs", name="b"))
    assert found == [
        (3, "mke2fs: program not found (for b); apt-get install e2fsprogs"),
        (3, "xorriso: program not found (for a and 1 more); apt-get install xorriso"),
    ]


def test_an_arch_whose_programs_do_not_run_here_is_told_with_the_cure(tmp_path: Path) -> None:
    tasks = [replace(task(name=name), executed_arch="avr32") for name in ("b", "a")]
    message = "programs of avr32 do not run on this machine (for a and 1 more); apt-get install qemu-user-static"
    assert said(compose(tmp_path), *tasks) == [(3, message)]


def test_a_missing_key_is_told(tmp_path: Path, key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNUPGHOME", str(key.home))
    ((status, message),) = said(compose(tmp_path, "0" * 40), task("gpg"))
    assert status == 3
    assert "no such secret key" in message


def test_a_key_that_works_is_no_problem(tmp_path: Path, key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNUPGHOME", str(key.home))
    assert said(compose(tmp_path, key.fingerprint), task("gpg")) == []


def test_programs_that_are_asked_about_the_key_say_nothing(
    tmp_path: Path, key: Key, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GNUPGHOME", str(key.home))
    said(compose(tmp_path, key.fingerprint), task("gpg"))
    said(compose(tmp_path, "0" * 40), task("gpg"))
    print("after")
    assert capfd.readouterr() == ("after\n", "")


def test_the_key_is_only_asked_when_something_is_signed(tmp_path: Path) -> None:
    assert said(compose(tmp_path, "0" * 40), task("sh")) == []


def test_too_little_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "MIN_FREE", shutil.disk_usage(tmp_path).total * 2)
    ((status, message),) = said(compose(tmp_path / "build"), task("sh"))
    assert status == 3
    assert "MiB are free, at least" in message
    assert not (tmp_path / "build").exists()


def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere that is not mounted read-only
    ((status, message),) = said(compose(tmp_path / "build"), task())
    assert status == 3
    assert f"{tmp_path} cannot be written to" in message


def test_no_tasks_need_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert said(compose(tmp_path / "build")) == []


def shim(folder: Path, program: str, script: str) -> None:
    path = folder / program
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder whose programs are found first."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def test_a_program_that_is_too_old_is_told_with_want_and_got(tmp_path: Path, first: Path) -> None:
    shim(first, "xorriso", '[ "$1" = -version ] && echo xorriso 1.4.4 : RockRidge filesystem manipulator')
    ((status, message),) = said(compose(tmp_path / "build"), task("xorriso"))
    want = "at least 1.4.6 is needed, which has --set_all_file_dates and --gpt_disk_guid; install a newer xorriso"
    assert (status, message) == (3, f"xorriso: is too old: version 1.4.4, {want}")


@pytest.mark.parametrize("version", ["1.4.6", "1.4.10", "1.5", "2"])
def test_a_program_that_is_new_enough_or_tells_no_version_passes(tmp_path: Path, first: Path, version: str) -> None:
    shim(first, "xorriso", f"echo xorriso {version}")
    assert said(compose(tmp_path / "build"), task("xorriso")) == []


def test_a_program_that_is_too_new_is_told_with_want_and_got(tmp_path: Path, first: Path) -> None:
    shim(first, "kiwi-ng", "echo 'KIWI (next generation) version 10.2.12'")
    ((status, message),) = said(compose(tmp_path / "build"), task("kiwi-ng"))
    want = "one before 10 is needed; install an older kiwi"
    assert (status, message) == (3, f"kiwi-ng: is too new: version 10.2.12, {want}")


def test_a_builder_that_debian_has_not_or_too_old_comes_with_its_cure(
    tmp_path: Path, first: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cure = "install mkosi 25 or later from its own source, as Debian 12's is too old, and python3-pefile"
    shim(first, "mkosi", "echo mkosi 14")
    old = "mkosi: is too old: version 14, at least 25 is needed, which has LocalMirror and SandboxTrees"
    assert said(compose(tmp_path / "build"), task("mkosi")) == [(3, f"{old}; {cure}")]
    monkeypatch.setattr(preflight, "is_installed", lambda _: False)
    assert said(compose(tmp_path / "build"), task("mkosi", "kiwi-ng", "rsync")) == [
        (3, "kiwi-ng: program not found (for a); apt-get install kiwi"),
        (3, f"mkosi: program not found (for a); {cure}"),
        (3, "rsync: program not found (for a); apt-get install rsync"),
    ]


def test_a_program_that_cannot_run_is_told(tmp_path: Path, first: Path) -> None:
    shim(first, "xorriso", "exit 126")
    ((status, message),) = said(compose(tmp_path / "build"), task("xorriso"))
    assert status == 3
    assert message.startswith("xorriso: cannot be asked for its version: ")


def test_the_programs_of_this_machine_tell_their_versions() -> None:
    installed = [program for program in PROGRAMS.values() if program.minimum and is_installed(program.name)]
    assert "gpg" in [program.name for program in installed]
    assert [program.name for program in installed if not read_version(program)] == []
