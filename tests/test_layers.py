"""Below never imports above, stages never import each other, and the limits of files, functions and folders hold."""

from __future__ import annotations

import ast
import graphlib
import re
from pathlib import Path

import pytest

from tests.kit.source_tree import FUNCTIONS, PROGRAM, imports, modules, outside_access, tree

LAYERS = (
    {"errors", "progress", "files"},
    {"model"},
    {"archive.format"},
    {"archive.choose.packages"},
    {"archive.patterns"},
    {"archive.choose"},
    {"archive.explain"},
    {"text"},
    {"tools"},
    {"fetch"},
    {"image"},
    {"config", "task"},
    {"preflight"},
    {"actions"},
    {"stages", "engine"},
    {"commands"},
)
"""Modules and folders from the bottom up; those of one layer do not import each other."""
VALUES_ONLY = ("archive", "model", "text")
"""The folders whose modules turn values into values and touch nothing outside."""
OUTSIDE = {
    "composelib.text.json_file": "it reads and writes JSON files",
    "composelib.tools.apt": "asks apt-config, and which files there are in sources.list.d",
    "composelib.tools.dose": "runs dose-debcheck and reads its answer",
    "composelib.tools.gpg": "signs, with key rings in temporary folders",
    "composelib.tools.ostree": "reads the public half of a key",
    "composelib.tools.packages": "tells whether a program is installed",
    "composelib.tools.qemu_img": "sets fields in images that qemu-img fills with random or current values",
    "composelib.tools.root_user": "tells whether we are root",
    "composelib.tools.run": "starts all programs",
    "composelib.tools.serial_console": "talks to a machine over a socket",
    "composelib.tools.skopeo": "finds the user's registry login",
    "composelib.tools.space": "measures free space and reads the log's end",
    "composelib.tools.versions": "asks programs for their versions",
}
"""What modules touch outside in a folder that otherwise holds argument lists, parsers and other values."""
UNTESTED = frozenset(
    f"composelib.{name}"
    for name in [
        "actions.ostree_refs",
        "config.keys.containers",
        "config.keys.package_entry",
        "config.keys.read_record",
        "config.keys.read_value",
        "config.keys.scalars",
        "config.keys.settings",
        "config.resolve",
        "fetch.connection",
        "fetch.signed_suite",
        "image.oci.container",
        "image.oci.description",
        "image.oci.spec",
        "model.compose",
        "model.keys.package_entry",
        "model.keys.value_types",
        "model.origin",
        "model.paths",
        "model.variant",
        "stages.ostree_refs",
        "text.spdx",
        "tools.dracut",
        "tools.kiwi",
        "tools.mkosi",
        "tools.mmdebstrap",
        "tools.ostree",
        "tools.ostree_admin",
    ]
)
"""Modules that only whole stages' tests run so far; each that gets a test of its own leaves the list."""
MODULES = sorted(modules().values())
STAGES = sorted((PROGRAM / "stages").glob("[a-z]*.py"))


def layer_name(module: str) -> str:
    """Return the longest name in LAYERS that a module is, or is in; empty if it is not listed."""
    inside = module.removeprefix("composelib.")
    names = {name for names in LAYERS for name in names}
    return max((name for name in names if f"{inside}.".startswith(f"{name}.")), key=len, default="")


def level(name: str) -> int:
    return next(number for number, names in enumerate(LAYERS) if name in names)


def ours(names: set[str]) -> set[str]:
    return {name for name in names if name.startswith("composelib.")}


def has_code(path: Path) -> bool:
    return any(not isinstance(node, ast.Expr) for node in tree(path).body)


def has_functions(path: Path) -> bool:
    return any(isinstance(node, FUNCTIONS) for node in ast.walk(tree(path)))


@pytest.mark.parametrize("module", modules())
def test_every_module_is_in_a_layer(module: str) -> None:
    assert layer_name(module) or not has_code(modules()[module])


def test_no_name_is_in_two_layers() -> None:
    names = [name for layer in LAYERS for name in layer]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("module", modules())
def test_below_never_imports_above(module: str) -> None:
    name = layer_name(module)
    above = [
        other
        for other in ours(imports(modules()[module]))
        if (target := layer_name(other)) and target != name and level(target) >= level(name)
    ]
    assert not above


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {module: ours(imports(path, inside_functions=False)) - {module} for module, path in modules().items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("folder", ["stages", "actions"])
def test_neither_stages_nor_actions_import_each_other(folder: str) -> None:
    for path in sorted((PROGRAM / folder).glob("[a-z]*.py")):
        assert not {name for name in imports(path) if name.startswith(f"composelib.{folder}.")}, path


@pytest.mark.parametrize("path", STAGES, ids=str)
def test_a_stage_imports_its_actions_when_it_runs(path: Path) -> None:
    assert not {name for name in imports(path, inside_functions=False) if name.startswith("composelib.actions")}


@pytest.mark.parametrize("module", [name for name in modules() if name.split(".")[1:2] in ([x] for x in VALUES_ONLY)])
def test_folders_of_values_touch_nothing_outside(module: str) -> None:
    assert module in OUTSIDE or not outside_access(modules()[module])


@pytest.mark.parametrize("module", [name for name in modules() if name.startswith("composelib.tools.")])
def test_a_tool_gives_argument_lists_and_other_values_or_says_what_it_touches(module: str) -> None:
    assert module in OUTSIDE or not outside_access(modules()[module])


def test_every_exception_is_still_one() -> None:
    assert not [module for module in OUTSIDE if module in modules() and not outside_access(modules()[module])]


@pytest.mark.parametrize("module", modules())
def test_only_the_modules_named_after_it_import_doit(module: str) -> None:
    names = {name for name in imports(modules()[module]) if name.partition(".")[0] == "doit"}
    assert not names or module.startswith("composelib.engine.doit_")


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_only_one_module_starts_programs(path: Path) -> None:
    starts = {"subprocess"} & {name.split(".")[0] for name in imports(path)}
    assert not starts or path == Path("composelib/tools/run.py")


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_files_stay_under_300_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_functions_stay_under_60_lines(path: Path) -> None:
    functions = [node for node in ast.walk(tree(path)) if isinstance(node, FUNCTIONS)]
    assert not [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= 60]


@pytest.mark.parametrize("path", STAGES, ids=str)
def test_every_stage_says_what_it_is_for_and_has_tasks(path: Path) -> None:
    assert ast.get_docstring(tree(path))
    functions = {node.name for node in tree(path).body if isinstance(node, ast.FunctionDef)}
    assert len(functions & {"tasks", "tasks_from"}) == 1


def covered() -> dict[str, Path]:
    """Return the modules that test files say they test beside the one they are named after, each with the file."""
    names: dict[str, Path] = {}
    for path in sorted(Path("tests").rglob("test_*.py")):
        _, _, text = (ast.get_docstring(tree(path)) or "").partition("Also covers:")
        names |= dict.fromkeys(re.findall(r"composelib(?:\.\w+)+", text.partition("\n\n")[0]), path)
    return names


def has_test(module: str) -> bool:
    """Return whether a module has a test file of its name; what a stage's tasks do is tested with the stage."""
    *folders, name = module.replace(".actions.", ".stages.").split(".")[1:]
    folder = Path("tests", *folders)
    return any(path.is_file() for path in (folder / f"test_{name}.py", folder / name / f"test_{name}.py"))


def test_every_module_has_a_test() -> None:
    also = covered()
    assert not [
        name
        for name, path in modules().items()
        if has_functions(path) and not has_test(name) and name not in also and name not in UNTESTED
    ]


def test_what_test_files_say_they_cover_exists() -> None:
    assert not {str(path): name for name, path in covered().items() if name not in modules()}
