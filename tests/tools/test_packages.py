"""The table of outside programs has every program that is started."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from composelib.engine.source_closure import read_code
from composelib.errors import MachineError
from composelib.tools import compress, qemu
from composelib.tools.packages import PROGRAMS, find_cure, find_program, is_installed
from composelib.tools.run import run, start

MODULES = sorted(Path("composelib").rglob("*.py"))
TOOLS = Path("composelib/tools")
NAME = re.compile(r"[a-z][a-z0-9.+-]*")


def first_word(words: ast.expr) -> str:
    """Return the program of an argument list that is written out, empty if it is not."""
    match words:
        case ast.List([ast.Constant(str(word)), *_]) | ast.List(
            [ast.Starred(ast.Tuple([ast.Constant(str(word)), *_]))]
        ):
            return word
        case ast.List([ast.Starred(ast.Tuple([ast.Constant(str(word)), *_])), *_]):
            return word
    return ""


def argument_lists(path: Path) -> Iterator[ast.expr]:
    """Yield what may be argument lists: lists in modules of tools/, and what is handed to run() elsewhere."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.List) and path.parent == TOOLS:
            yield node
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"run", "started"}:
            yield from node.args[:1]


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_every_program_that_is_started_is_in_the_table(path: Path) -> None:
    words = {first_word(words) for words in argument_lists(path)}
    assert {word for word in words if NAME.fullmatch(word)} <= PROGRAMS.keys()


def test_emulators_and_compressors_are_in_the_table() -> None:
    assert {*qemu.PROGRAMS.values(), *(command[0] for command in compress.COMMANDS.values())} <= PROGRAMS.keys()


def test_no_program_stands_in_the_table_twice() -> None:
    rows = [
        node.args[0].value
        for node in ast.walk(ast.parse((TOOLS / "packages.py").read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Program"
        if node.args and isinstance(node.args[0], ast.Constant)
    ]
    assert sorted(map(str, rows)) == sorted(PROGRAMS)


def test_the_cure_for_a_missing_program_is_its_package_unless_there_is_a_better_one() -> None:
    assert find_cure("mcopy") == "apt-get install mtools"
    assert find_cure("mkosi").startswith("install mkosi 25")


def test_a_users_own_script_is_its_own_package() -> None:
    assert find_program("/srv/notify").package == "/srv/notify"


def test_a_program_is_looked_for_where_it_is_started_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert is_installed("ldconfig")  # in /sbin, which a user's PATH may not have
    assert not is_installed("no-such-program")


def test_a_missing_program_is_the_machines_fault_and_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(MachineError, match=r"^xorriso: program not found; apt-get install xorriso$"):
        run(["xorriso"])
    with (
        pytest.raises(MachineError, match=r"^qemu-system-aarch64: program not found; apt-get install qemu-system-arm$"),
        start(["qemu-system-aarch64"]),
    ):
        pass


def test_a_row_added_to_the_table_remakes_no_artifact() -> None:
    code = read_code((TOOLS / "run.py").read_bytes(), "composelib.tools")
    assert "composelib.tools.packages" not in code.imports
