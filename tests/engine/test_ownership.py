from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from composelib.engine.ownership import check_owner, claim_folder, hold_compose
from composelib.engine.state_db import Records
from composelib.errors import ConfigError, MachineError
from composelib.model.compose import Compose
from composelib.model.release import Release
from tests.kit.demo_compose import Demo

MARKER = Path("build/kit/.deb-compose")


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty checkout, which is the working directory."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def compose(config: str = "composes/kit.yaml", short: str = "kit") -> Compose:
    return Compose("kit", Path(config), (), Release("Kit", short, "1", "sid"), "test", ("amd64",), (), ())


def refusal(given: Compose, *, adopt: bool = False) -> str:
    """Return the error of a folder that is not this compose's; AssertionError if that wrote anything or is none."""
    before = {path: path.lstat().st_ctime_ns for path in Path().rglob("*")}
    with pytest.raises(ConfigError) as caught:
        claim_folder(given, adopt=adopt)
    assert {path: path.lstat().st_ctime_ns for path in Path().rglob("*")} == before
    return str(caught.value)


def make_unmarked(compose_id: str) -> None:
    """Make the folder of an earlier program, which left no marker."""
    Path("build/kit/compose").mkdir(parents=True)
    records = Records(Path("build/kit/state.sqlite"), print)
    records.writable()
    records.close()
    if compose_id:
        Path("build/kit/compose/COMPOSE_ID").write_text(f"{compose_id}\n")


def test_the_marker_names_the_config_and_the_release() -> None:
    claim_folder(compose())
    assert json.loads(MARKER.read_text()) == {"version": 1, "config": "composes/kit.yaml", "short": "kit"}
    assert Path("build/.deb-compose-build").is_file()


def test_a_marked_folder_stays_ours_however_the_config_is_spelled_and_is_not_written_again() -> None:
    claim_folder(compose())
    before = MARKER.stat().st_ctime_ns
    claim_folder(compose(str(Path("composes/../composes/kit.yaml").absolute())))
    assert MARKER.stat().st_ctime_ns == before


def test_a_checkout_that_is_moved_as_a_whole_stays_ours(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claim_folder(compose())
    moved = checkout.rename(checkout.with_name("moved"))
    monkeypatch.chdir(moved)
    check_owner(compose(str(moved / "composes/kit.yaml")))


def test_a_program_at_another_path_keeps_the_folders_of_configs_elsewhere(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = replace(compose(str(checkout / "kit.yaml")), build=checkout / "build")
    (checkout.parent / "program").mkdir()
    monkeypatch.chdir(checkout.parent / "program")
    claim_folder(given)
    (checkout / "program").mkdir()
    monkeypatch.chdir(checkout / "program")
    check_owner(given)


def test_another_config_of_the_same_name_is_refused_and_both_files_are_named() -> None:
    claim_folder(compose())
    text = refusal(compose("elsewhere/kit.yaml"))
    assert "build/kit: it belongs to composes/kit.yaml (build/kit/.deb-compose), not to elsewhere/kit.yaml" in text
    assert "`doit run --adopt` takes the folder over" in text


def test_a_moved_config_takes_its_folder_over() -> None:
    claim_folder(compose())
    claim_folder(compose("elsewhere/kit.yaml"), adopt=True)
    check_owner(compose("elsewhere/kit.yaml"))
    assert "it belongs to elsewhere/kit.yaml" in refusal(compose())


def test_another_short_name_is_refused_even_if_the_folder_is_to_be_taken_over() -> None:
    claim_folder(compose())
    text = refusal(compose(short="kitten"), adopt=True)
    assert "composes/kit.yaml: its release.short is 'kitten', but build/kit has composes of 'kit'" in text
    assert "give the config another name" in text


@pytest.mark.parametrize("adopt", [False, True])
def test_a_folder_with_other_things_is_refused(adopt: bool) -> None:
    Path("build/kit/compose").mkdir(parents=True)
    Path("build/kit/compose/docker-compose.yml").write_text("mine")
    text = refusal(compose(), adopt=adopt)
    assert (
        "build/kit: no run made build/kit/compose/docker-compose.yml, and composes/kit.yaml makes its compose here"
        in text
    )


def test_a_folder_of_an_earlier_program_is_taken_once_if_its_release_is_the_same() -> None:
    make_unmarked("kit-1-20260101.t.0")
    claim_folder(compose())
    assert MARKER.is_file()


def test_a_folder_of_an_earlier_program_with_another_release_is_refused() -> None:
    make_unmarked("kitten-1-20260101.t.0")
    assert "build/kit: it has the compose kitten-1-20260101.t.0" in refusal(compose(), adopt=True)


def test_a_folder_of_an_earlier_program_that_made_no_compose_id_is_taken_only_if_asked() -> None:
    make_unmarked("")
    assert "`doit run --adopt` takes it over" in refusal(compose())
    claim_folder(compose(), adopt=True)


def test_a_folder_with_a_database_of_another_program_is_refused() -> None:
    make_unmarked("kit-1-20260101.t.0")
    Path("build/kit/state.sqlite").write_text("mine")
    assert "build/kit: no run made build/kit/compose/COMPOSE_ID, and composes/kit.yaml" in refusal(compose())


def test_a_run_that_was_killed_before_it_wrote_the_marker_leaves_the_folder_free() -> None:
    Path("build/kit").mkdir(parents=True)
    Path("build/kit/lock").touch()
    Path("build/kit/..deb-compose.new").touch()
    claim_folder(compose())


def test_a_damaged_marker_is_written_again_if_the_folder_proves_to_be_ours() -> None:
    make_unmarked("kit-1-20260101.t.0")
    MARKER.write_text('{"version": 1, "conf')
    claim_folder(compose())
    check_owner(compose())
    assert json.loads(MARKER.read_text())["short"] == "kit"


def test_a_marker_of_a_newer_program_is_refused() -> None:
    Path("build/kit").mkdir(parents=True)
    MARKER.write_text('{"version": 2}')
    assert "a newer version of this program wrote it" in refusal(compose())


def test_a_marker_of_a_newer_program_in_the_folder_of_another_compose_is_nothing_to_this_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = Path("build/other", MARKER.name)
    other.parent.mkdir(parents=True)
    other.write_text('{"version": 2}')
    claim_folder(compose())
    assert MARKER.is_file()
    assert capsys.readouterr().err == ""


def test_what_is_no_folder_is_refused() -> None:
    Path("build").mkdir()
    Path("build/kit").symlink_to("nowhere")
    assert "build/kit: a symbolic link to nothing" in refusal(compose())
    Path("build/kit").unlink()
    Path("build/kit").touch()
    assert "build/kit: not a folder" in refusal(compose())


def test_nothing_is_locked_in_a_folder_of_others() -> None:
    claim_folder(compose())
    with pytest.raises(ConfigError), hold_compose(compose("elsewhere/kit.yaml")):
        pytest.fail("it was held")
    assert not Path("build/kit/lock").exists()
    shutil.rmtree("build")
    with hold_compose(compose()):
        assert Path("build/kit/lock").exists()


def test_every_command_that_writes_refuses_a_folder_of_another_config(demo: Demo) -> None:
    (demo.folder / "elsewhere").mkdir()
    other = replace(demo, folder=demo.folder / "elsewhere")
    demo.config.rename(other.config)
    (other.folder / "build").symlink_to("../build")
    before = {path: path.lstat().st_ctime_ns for path in demo.root.rglob("*")}
    for command in ("run", "plan", "check", "publish", "prune", "clean", "forget"):
        ran = other.doit(command)
        assert ran.status == 2, (command, ran)
        assert f"{other.root}: it belongs to " in ran.err
        assert f"demo/tiny.yaml ({other.root}/.deb-compose), not to {other.config}" in ran.err
    assert {path: path.lstat().st_ctime_ns for path in demo.root.rglob("*")} == before
    assert other.doit("run", "--adopt").status == 0
    assert other.doit("plan").status == 0
    assert demo.doit("plan").status == 2


def test_another_config_of_the_same_short_name_is_told_when_its_folder_is_first_claimed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    claim_folder(compose())
    copy = replace(compose("composes/copy.yaml"), name="copy")
    claim_folder(copy)
    warning = capsys.readouterr().err
    assert warning.startswith(
        "warning: composes/copy.yaml: its release.short 'kit' is that of composes/kit.yaml, too: "
    )
    claim_folder(copy)
    claim_folder(replace(compose("composes/other.yaml", short="other"), name="other"))
    assert capsys.readouterr().err == ""


def test_what_stands_in_place_of_the_marker_is_not_opened() -> None:
    make_unmarked("kit-1-20260101.t.0")
    os.mkfifo(MARKER)
    claim_folder(compose())
    assert json.loads(MARKER.read_text())["short"] == "kit"


def test_a_lock_that_leads_elsewhere_is_refused_and_nothing_is_written_there(checkout: Path) -> None:
    (checkout / "diary").write_text("dear diary")
    claim_folder(compose())
    Path("build/kit/lock").symlink_to(checkout / "diary")
    with pytest.raises(MachineError, match="build/kit/lock: is no regular file; remove it"), hold_compose(compose()):
        pass
    assert (checkout / "diary").read_text() == "dear diary"
