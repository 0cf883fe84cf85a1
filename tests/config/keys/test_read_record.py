from __future__ import annotations

from dataclasses import dataclass

from composelib.config.keys.settings import Settings
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import Flag, Number, RecordOf
from tests.config.keys.conftest import read


@dataclass(frozen=True)
class Window:
    """A window."""

    panes: int = key("Its panes.", Number(1, 9), required=True)
    open: bool = key("Whether it is open.", Flag(), default=False)


WINDOW = RecordOf(Window)


def test_a_record_has_the_values_of_its_keys_and_their_origins() -> None:
    settings = read(WINDOW, "{open: yes, panes: 2}").value
    assert isinstance(settings, Settings)
    assert settings.values == {"open": True, "panes": 2}
    assert {name: origin.column for name, origin in settings.origins.items()} == {"open": 5, "panes": 16}


def test_an_unknown_key_is_answered_with_the_nearest() -> None:
    reading = read(WINDOW, "{opne: yes}")
    assert reading.faults == ["5: k.opne: unknown key; did you mean 'open'?"]
    assert reading.value.origins == {}


def test_a_key_whose_value_is_wrong_is_written_but_has_none() -> None:
    settings = read(WINDOW, "{panes: 10}").value
    assert (settings.values, settings.has("panes")) == ({}, True)


def test_a_key_without_a_value_is_told_what_may_be_written() -> None:
    assert read(WINDOW, "{open: }").faults == ["5: k.open: has no value; write true | false, or leave the key out"]


def test_a_key_that_is_missing_is_not_noted_here() -> None:
    assert read(WINDOW, "{open: no}").faults == []


def test_what_is_no_mapping_is_refused() -> None:
    assert read(WINDOW, "[open]").faults == ["4: k: expected a mapping with the keys of window, got a list"]
