from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from composelib import preflight
from composelib.commands import check as module
from composelib.commands.check import check
from composelib.config import load
from composelib.errors import ConfigError
from composelib.stages import stages
from composelib.tools.packages import PROGRAMS
from tests.kit.demo_compose import make_demo
from tests.kit.tiny_archive import TinyArchive

CONFIG = """\
release: {{name: Tiny, short: tiny, version: 1, codename: stable}}
arches: [amd64]
archives: {{tiny: {{uri: "{uri}", suites: [stable], signed-by: {key}}}}}
variants: {{Base: {{packages: [bash], images: {{cd: {{kind: iso}}}}}}}}
"""


@pytest.fixture
def config(archive: TinyArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(CONFIG.format(uri=archive.uri, key=archive.key.public))
    monkeypatch.setattr(module, "load_current_compose", lambda: load(path, build=tmp_path / "build"))
    return path


def test_what_was_checked_is_printed(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "is_installed", lambda _: True)
    assert check([]) == 0
    out = capsys.readouterr()
    assert out.out.startswith(f"config    {config}: Base for amd64; ")
    assert "xorriso" in out.out
    assert [line for line in out.err.splitlines() if not line.startswith("warning: ")] == []


@pytest.mark.usefixtures("config")
def test_missing_programs_end_with_status_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "is_installed", lambda program: program != "xorriso")
    assert check([]) == 3
    assert "error: xorriso: program not found (for Base:amd64:cd); apt-get install xorriso\n" in capsys.readouterr().err


@pytest.mark.usefixtures("config")
def test_little_room_is_a_warning_with_an_estimate(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "is_installed", lambda _: True)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1 << 40, 0, 1 << 30))
    assert check([]) == 0
    message = "1.1 GB are free; a whole compose of this config takes about 2.4 GB; make room (`doit prune`)"
    assert message in capsys.readouterr().err


def test_it_makes_nothing(config: Path) -> None:
    check([])
    assert not (config.parent / "build").exists()


def test_an_argument_is_an_error() -> None:
    with pytest.raises(ConfigError, match="takes no arguments"):
        check(["x"])


def test_the_package_of_every_program_is_known(config: Path) -> None:
    text = config.read_text().replace(
        "cd: {kind: iso}",
        "cd: {kind: iso}, live: {kind: live, packages: [linux-image-amd64]},"
        " disk: {kind: disk, packages: [linux-image-amd64], formats: [qcow2, vmdk, raw.xz, raw.zst, tar.gz]},"
        " k: {kind: disk, builder: kiwi, packages: [linux-image-amd64]},"
        " m: {kind: disk, builder: mkosi, packages: [linux-image-amd64]}",
    )
    config.write_text(text)
    tools = {tool for stage in stages(load(config)) for task in stage.tasks for tool in task.tools}
    assert {"kiwi-ng", "debootstrap", "rsync", "mkosi"} <= tools
    assert tools - PROGRAMS.keys() == set()


def test_a_variable_that_is_given_twice_is_an_error(archive: TinyArchive, tmp_path: Path) -> None:
    ran = make_demo(tmp_path, archive).doit("check", "build=other")
    assert (ran.status, ran.err) == (2, "error: build=: it is given twice; give it once\n")
