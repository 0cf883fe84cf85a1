"""What `help` prints.

Also covers: composelib.engine.doit_help, composelib.engine.manual_page, composelib.engine.usage.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from composelib.deb_compose import list_commands
from composelib.engine.manual_page import format_manual
from composelib.engine.usage import read_purposes
from composelib.program import VERSION
from tests.kit.demo_compose import CHECKOUT


def ask(*words: str, program: tuple[str, ...] = ("-m", "doit")) -> subprocess.CompletedProcess[str]:
    """Type a command in the checkout."""
    return subprocess.run([sys.executable, *program, *words], cwd=CHECKOUT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "program", [("-m", "doit"), ("-c", "import sys; from composelib.deb_compose import main; sys.exit(main())")]
)
def test_help_has_the_variables_and_only_our_commands(program: tuple[str, ...]) -> None:
    ran = ask("help", program=program)
    assert (ran.returncode, ran.stderr) == (0, "")
    for name in (
        "compose=NAME",
        "arches=A,B",
        "variants=A,B",
        "offline=1",
        "locked=1",
        "build=DIR",
        "publish",
        "verify",
    ):
        assert f"\n  {name} " in ran.stdout
    assert "pydoit.org" not in ran.stdout
    assert "strace" not in ran.stdout


@pytest.mark.parametrize(
    "program",
    [
        ("-m", "doit"),
        ("-c", "import sys; sys.argv[0] = 'deb-compose'; from composelib.deb_compose import main; sys.exit(main())"),
    ],
)
def test_the_option_help_prints_the_same_and_version_ours(program: tuple[str, ...]) -> None:
    assert ask("--help", program=program).stdout == ask("help", program=program).stdout
    assert ask("--version", program=program).stdout == f"deb-compose {VERSION}\n"


def test_the_help_of_every_command_is_printed_on_request() -> None:
    for name in ("help", "forget", "plan"):
        ran = ask(name, "--help", program=("-m", "doit"))
        assert (ran.returncode, ran.stderr) == (0, ""), name
        assert "PURPOSE" in ran.stdout


def test_the_usage_has_the_purposes_that_the_commands_themselves_have() -> None:
    commands = {name: load_command(name) for name in list_commands()}
    assert read_purposes() == {name: command.doc_purpose for name, command in sorted(commands.items())}


def load_command(name: str) -> Any:
    module, _, kind = list_commands()[name].partition(":")
    return getattr(import_module(module), kind)


def test_the_manual_page_has_all_commands_options_and_variables_and_man_has_no_complaint(tmp_path: Path) -> None:
    text = format_manual({name: load_command(name) for name in list_commands()})
    page = tmp_path / "deb-compose.1"
    page.write_text(text)
    environment = {**os.environ, "MANWIDTH": "200", "LC_ALL": "C.UTF-8"}
    command = ["man", "--warnings", "-l", str(page)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (ran.returncode, ran.stderr) == (0, "")
    for words in ("compose=NAME", "status [--follow] [--json]", "--memory=ARG", "-n, --process=ARG", "EXIT STATUS"):
        assert words in ran.stdout
    assert all(f"   {name}" in ran.stdout for name in list_commands())


def test_help_of_a_command_has_its_options() -> None:
    assert "--json" in ask("help", "status").stdout


def test_help_of_what_is_neither_command_nor_task_is_an_error() -> None:
    ran = ask("help", "nosuch")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "error: nosuch: no such command or task; `doit help`, `doit list --all`\n"


@pytest.mark.parametrize("words", ["help", "list --help", "status --help"])
def test_a_reader_that_has_gone_is_no_error(words: str) -> None:
    command = f'{sys.executable} -m doit {words} 2>&1 >&3 | cat; exit "${{PIPESTATUS[0]}}"'
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(
        ["bash", "-c", f"exec 3>&{writer}; {command}"],
        cwd=CHECKOUT,
        pass_fds=[writer],
        capture_output=True,
        check=False,
    )
    os.close(writer)
    assert (ran.returncode, ran.stdout) == (0, b"")
