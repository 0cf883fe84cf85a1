"""Below never imports above, stages never import each other, and the house's limits hold."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

LAYERS = [
    {"errors", "progress", "files", "value"},
    {"archive", "tools", "model", "places", "image"},
    {"config", "task", "preflight"},
    {"engine"},
    {"stages", "commands", "actions"},
]
MODULES = sorted(Path("composelib").rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def noun(module: str) -> str:
    return module.split(".")[1] if module.startswith("composelib.") else ""


def level(name: str) -> int:
    return next((number for number, names in enumerate(LAYERS) if name in names), 1)


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_below_never_imports_above(path: Path) -> None:
    own = level(path.with_suffix("").parts[1])
    above = {name for name in imports(path) if noun(name) and level(noun(name)) > own}
    assert not above


@pytest.mark.parametrize("path", sorted(Path("composelib/stages").glob("*.py")), ids=str)
def test_stages_never_import_each_other(path: Path) -> None:
    assert not {name for name in imports(path) if name.startswith("composelib.stages")}


@pytest.mark.parametrize("path", sorted(Path("composelib/archive").rglob("*.py")), ids=str)
def test_the_archive_package_does_no_io(path: Path) -> None:
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"open", "run"}
    assert not {"subprocess", "socket", "urllib.request", "http.client", "shutil"} & set(imports(path))


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_only_one_module_starts_programs(path: Path) -> None:
    starts = {"subprocess"} & {name.split(".")[0] for name in imports(path)}
    assert not starts or path == Path("composelib/tools/run.py")


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_files_stay_under_300_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_functions_stay_under_60_lines(path: Path) -> None:
    tree = ast.parse(path.read_text())
    long = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 60
    ]
    assert not long


@pytest.mark.parametrize("path", sorted(Path("composelib/stages").glob("[a-z]*.py")), ids=str)
def test_every_stage_says_what_it_is_for_and_has_tasks(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    assert "tasks" in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
