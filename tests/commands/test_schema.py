from __future__ import annotations

from pathlib import Path

import pytest

from composelib.commands.schema import update_files
from composelib.config.generated import json_schema
from composelib.errors import ConfigError


def test_it_writes_what_differs_and_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert update_files([]) == 0
    assert Path("composes/schema.json").read_text() == json_schema.format_schema()
    assert update_files([]) == 0
    assert capsys.readouterr().out == "composes/schema.json\n"


def test_an_argument_is_an_error() -> None:
    with pytest.raises(ConfigError, match="takes no arguments"):
        update_files(["x"])
