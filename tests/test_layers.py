"""Below never imports above, stages never import each other, and the limits of files, functions and folders hold."""

from __future__ import annotations

import ast
import graphlib
import re
from pathlib import Path

import pytest

from tests.kit.source_tree import FUNCTIONS, PROGRAM, imports, modules, outside_access, tree

LAYERS = (
    {"dataclass", "errors", "progress", "files", "program"},
    {"tree_list"},
    {"model"},
    {"archive.format"},
    {"archive.choose.packages"},
    {"archive.patterns"},
    {"archive.choose"},
    {"archive.explain"},
    {"text"},
    {"tools"},
    {"fetch"},
    {"image", "source"},
    {"building"},
    {"config", "latest", "task", "verify"},
    {"contents", "preflight"},
    {"actions"},
    {"stages", "engine"},
    {"reproduce"},
    {"commands"},
    {"compose_tasks"},
    {"deb_compose"},
    {"dodo"},
)
"""Modules and folders from the bottom up; those of one layer do not import each other."""
VALUES_ONLY = ("archive", "model", "text")
"""The folders whose modules turn values into values and touch nothing outside."""
OUTSIDE = {
    "composelib.text.json_file": "it reads and writes JSON files",
    "composelib.tools.apt": "asks apt-config, and which files there are in sources.list.d",
    "composelib.tools.binfmt": "asks which arches' programs run here",
    "composelib.tools.dose": "runs dose-debcheck and reads its answer",
    "composelib.tools.git": "finds the user's logins",
    "composelib.tools.gpg": "signs, with key rings in temporary folders",
    "composelib.tools.namespace_root": "calls functions in a user namespace",
    "composelib.tools.own_key": "makes the checkout's own key, in its folder",
    "composelib.tools.packages": "tells whether a program is installed",
    "composelib.tools.private_binfmt": "a program by itself: enters namespaces and registers a handler there",
    "composelib.tools.qemu_img": "sets fields in images that qemu-img fills with random or current values",
    "composelib.tools.root_user": "tells whether we are root",
    "composelib.tools.run": "starts all programs",
    "composelib.tools.serial_console": "talks to a machine over a socket",
    "composelib.tools.skopeo": "finds the user's registry login",
    "composelib.tools.space": "measures free space and reads the log's end",
    "composelib.tools.versions": "asks programs for their versions",
}
"""What modules touch outside in a folder that otherwise holds argument lists, parsers and other values."""
MODULES = sorted(modules().values())
STAGES = sorted((PROGRAM / "stages").glob("[a-z]*.py"))


def layer_name(module: str) -> str:
    """Return the longest name in LAYERS that a module is, or is in; empty if it is not listed."""
    inside = module.removeprefix("composelib.")
    names = {name for names in LAYERS for name in names}
    return max((name for name in names if f"{inside}.".startswith(f"{name}.")), key=len, default="")


def level(name: str) -> int:
    return next(number for number, names in enumerate(LAYERS) if name in names)


def ours(names: frozenset[str]) -> set[str]:
    return {name for name in names if name.startswith("composelib.")}


def has_code(path: Path) -> bool:
    return any(not isinstance(node, ast.Expr) for node in tree(path).body)


def has_functions(path: Path) -> bool:
    return any(isinstance(node, FUNCTIONS) for node in ast.walk(tree(path)))


def test_every_module_is_in_a_layer() -> None:
    assert not [module for module, path in modules().items() if not layer_name(module) and has_code(path)]


def test_no_name_is_in_two_layers() -> None:
    names = [name for layer in LAYERS for name in layer]
    assert len(names) == len(set(names))


def imports_above(module: str) -> list[str]:
    """Return the program's modules that a module imports though they are not below it."""
    name = layer_name(module)
    return [
        other
        for other in sorted(ours(imports(modules()[module])))
        if (target := layer_name(other)) and target != name and level(target) >= level(name)
    ]


def test_below_never_imports_above() -> None:
    assert not {module: above for module in modules() if (above := imports_above(module))}


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


def test_a_stage_imports_its_actions_when_it_runs() -> None:
    for path in STAGES:
        assert not {name for name in imports(path, inside_functions=False) if name.startswith("composelib.actions")}, (
            path
        )


def outside_accesses(*folders: str) -> list[str]:
    """Return what the modules of folders touch outside, each with its file and line, but for the exceptions."""
    return [
        access
        for module, path in modules().items()
        if module.split(".")[1:2] in [[folder] for folder in folders] and module not in OUTSIDE
        for access in outside_access(path)
    ]


def test_folders_of_values_touch_nothing_outside() -> None:
    assert not outside_accesses(*VALUES_ONLY)


def test_a_tool_gives_argument_lists_and_other_values_or_says_what_it_touches() -> None:
    assert not outside_accesses("tools")


def test_every_exception_is_still_one() -> None:
    assert not [module for module in OUTSIDE if module in modules() and not outside_access(modules()[module])]


def test_only_the_modules_named_after_it_import_doit() -> None:
    importing = {
        module for module, path in modules().items() if any(name.partition(".")[0] == "doit" for name in imports(path))
    }
    assert not {module for module in importing if not module.startswith("composelib.engine.doit_")}


def test_only_one_module_starts_programs() -> None:
    starting = [path for path in MODULES if any(name.partition(".")[0] == "subprocess" for name in imports(path))]
    assert starting == [Path("composelib/tools/run.py")]


def test_nothing_compresses_with_a_header_that_depends_on_the_version_of_python() -> None:
    assert [str(path) for path in MODULES if "gzip.compress(" in path.read_text()] == []


def test_files_stay_under_300_lines() -> None:
    lines = {path: len(path.read_text().splitlines()) for path in MODULES}
    assert not {path: number for path, number in lines.items() if number > 300}


def test_functions_stay_under_60_lines() -> None:
    functions = [(path, node) for path in MODULES for node in ast.walk(tree(path)) if isinstance(node, FUNCTIONS)]
    assert not [f"{path}: {node.name}" for path, node in functions if (node.end_lineno or 0) - node.lineno >= 60]


def test_every_stage_says_what_it_is_for_and_has_tasks() -> None:
    for path in STAGES:
        assert ast.get_docstring(tree(path)), path
        functions = {node.name for node in tree(path).body if isinstance(node, ast.FunctionDef)}
        assert len(functions & {"tasks", "tasks_from"}) == 1, path


def covered() -> dict[str, Path]:
    """Return the modules that test files say they test beside the one they are named after, each with the file."""
    names: dict[str, Path] = {}
    files = [path for path in sorted(Path("tests").rglob("test_*.py")) if "Also covers:" in path.read_text()]
    for path in files:
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
        name for name, path in modules().items() if has_functions(path) and not has_test(name) and name not in also
    ]


def test_what_test_files_say_they_cover_exists() -> None:
    assert not {str(path): name for name, path in covered().items() if name not in modules()}
