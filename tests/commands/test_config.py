from __future__ import annotations

import json
from pathlib import Path

import pytest

from composelib.commands import config as module
from composelib.commands.config import print_config
from composelib.config import load

DEMO = Path("composes/demo.yaml")


@pytest.fixture(autouse=True)
def demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "load_current_compose", lambda: load(DEMO))


def test_each_value_has_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_config([], is_json=False) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if "openssh-server" in line)
    number = next(n for n, text in enumerate(DEMO.read_text().splitlines(), 1) if "openssh-server" in text)
    assert line.endswith(f"  # composes/demo.yaml:{number}")


def test_json_has_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_config([], is_json=True) == 0
    assert json.loads(capsys.readouterr().out)["values"]["release"]["name"] == "Demo"
