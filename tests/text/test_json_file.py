"""JSON files: the same bytes for the same value."""

from __future__ import annotations

from pathlib import Path

import pytest

from composelib.text.json_file import json_text, parse_json, read_json, write_json


def test_equal_values_are_equal_texts_whatever_their_order() -> None:
    assert (
        json_text({"b": [1], "a": "ä"})
        == json_text({"a": "ä", "b": [1]})
        == ('{\n "a": "\\u00e4",\n "b": [\n  1\n ]\n}\n')
    )


def test_a_text_may_be_unicode() -> None:
    assert json_text("ä", ascii_only=False) == '"ä"\n'


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    value = {"version": 1, "rows": ["ä", None, 1.5]}
    write_json(tmp_path / "a.json", value)
    assert (read_json(tmp_path / "a.json"), (tmp_path / "a.json").read_text()) == (value, json_text(value))


def test_a_value_that_json_does_not_know_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {1, 2})
    assert not (tmp_path / "a.json").exists()


def test_what_is_nested_too_deep_is_no_value() -> None:
    with pytest.raises(ValueError, match="nested too deep"):
        parse_json("[" * 100_000)
