from __future__ import annotations

from dataclasses import replace

import pytest

from composelib.errors import ConfigError
from composelib.model.archive import Archive
from composelib.stages import epoch
from tests.kit.archive_stages import ORIGIN, ArchiveStages
from tests.kit.tiny_archive import DATE, TinyArchive


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


def read_epoch(getting: ArchiveStages) -> str:
    (task,) = epoch.tasks(getting.compose)
    task.run()
    return getting.compose.paths.epoch.read_text()


def test_it_is_the_newest_date_of_all_suites(getting: ArchiveStages, archive: TinyArchive) -> None:
    TinyArchive(archive.root, archive.key, suite="updates").publish(date=DATE + 7)
    getting.change(suites=("updates", "stable"))
    getting.inrelease()
    assert read_epoch(getting) == f"{DATE + 7}\n"


def test_archives_of_debug_symbols_have_no_say(getting: ArchiveStages) -> None:
    getting.change(debug=replace(getting.archives[0], name="tiny-debug"))
    (task,) = epoch.tasks(getting.compose)
    assert task.inputs == (getting.compose.paths.inrelease(getting.archives[0], "stable"),)


def test_without_any_release_file_the_newest_deb_counts(getting: ArchiveStages, archive: TinyArchive) -> None:
    getting.archives = (Archive("local", ORIGIN, debs=archive.root / "pool"),)
    assert read_epoch(getting) == f"{DATE}\n"


def test_the_environment_has_the_last_word(getting: ArchiveStages, monkeypatch: pytest.MonkeyPatch) -> None:
    getting.inrelease()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert read_epoch(getting) == "0\n"


@pytest.mark.parametrize("value", ["", "-1", "now", "1.5", "\u0661"])
def test_an_environment_that_is_no_number_is_refused(
    getting: ArchiveStages, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    getting.inrelease()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    with pytest.raises(ConfigError, match="not a number of seconds"):
        read_epoch(getting)


def test_an_environment_that_changed_is_a_reason_to_run_again(
    getting: ArchiveStages, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = epoch.tasks(getting.compose)[0].uses
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    assert epoch.tasks(getting.compose)[0].uses != earlier
