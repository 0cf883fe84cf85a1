"""The variables of the command line, as the commands read them."""

from __future__ import annotations

import pytest
from doit import doit_cmd

from composelib.engine.doit_variables import command_line_variables, read_variable


@pytest.fixture(autouse=True)
def command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doit_cmd, "_CMDLINE_VARS", {})  # later tests in this process have none of these variables
    doit_cmd.DoitMain().process_args(["run", "compose=demo", "--always", "build=a=b"])


def test_all_that_was_typed_is_there_in_order() -> None:
    assert list(command_line_variables().items()) == [("compose", "demo"), ("build", "a=b")]


def test_a_variable_that_was_not_typed_has_its_default() -> None:
    assert (read_variable("compose", "other"), read_variable("offline", "0"), read_variable("arches")) == (
        "demo",
        "0",
        "",
    )


def test_a_program_without_a_command_line_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doit_cmd, "_CMDLINE_VARS", None)
    assert command_line_variables() == {}
