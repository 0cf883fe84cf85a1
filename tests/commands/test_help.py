"""What `help` prints.

Also covers: composelib.engine.doit_help.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

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
