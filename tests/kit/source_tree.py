"""The program's modules as syntax trees: what they import, and where they reach files, programs or the network."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

PROGRAM = Path("composelib")
BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
OUTSIDE_MODULES = frozenset({"fcntl", "http", "mmap", "os", "shutil", "socket", "sqlite3", "subprocess", "tempfile"})
OUTSIDE_CALLS = frozenset({"open", "print", "input"})
OUTSIDE_ATTRIBUTES = frozenset(
    [
        "chmod",
        "cwd",
        "exists",
        "expanduser",
        "glob",
        "hardlink_to",
        "is_dir",
        "is_file",
        "is_symlink",
        "iterdir",
        "lstat",
        "mkdir",
        "open",
        "read_bytes",
        "read_text",
        "readlink",
        "rename",
        "resolve",
        "rglob",
        "rmdir",
        "samefile",
        "stat",
        "symlink_to",
        "touch",
        "unlink",
        "walk",
        "write_bytes",
        "write_text",
    ]
)
"""Attributes of paths, and of almost no other objects."""


@cache
def modules() -> Mapping[str, Path]:
    """Return the paths of all modules of the program by their dotted names."""
    return {
        ".".join(path.with_suffix("").parts).removesuffix(".__init__"): path for path in sorted(PROGRAM.rglob("*.py"))
    }


@cache
def tree(path: Path) -> ast.Module:
    """Parse a file."""
    return ast.parse(path.read_text())


@cache
def imports(path: Path, *, inside_functions: bool = True) -> frozenset[str]:
    """Return the dotted names of the modules that a module imports when it runs, not only for a type checker.

    Of `from package import name`, the name counts as a module if it is one of the program's.
    """
    return frozenset(walk_imports(tree(path).body, inside_functions=inside_functions))


def walk_imports(block: Iterable[ast.AST], *, inside_functions: bool) -> Iterator[str]:
    """Yield what the statements of a block import."""
    for node in block:
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                for alias in names:
                    name = f"{module}.{alias.name}"
                    yield name if name in modules() else module
            case ast.If(ast.Name("TYPE_CHECKING")):
                yield from walk_imports(node.orelse, inside_functions=inside_functions)
            case ast.FunctionDef() | ast.AsyncFunctionDef() if not inside_functions:
                pass
            case _:
                for field in BLOCKS:
                    yield from walk_imports(getattr(node, field, ()), inside_functions=inside_functions)


def outside_access(path: Path) -> list[str]:
    """Return, with its line, each import, call and attribute by which a module reaches files, programs or the network."""
    return [
        f"{path}:{getattr(node, 'lineno', 0)}: {text}" for node in ast.walk(tree(path)) for text in outside_names(node)
    ]


def outside_names(node: ast.AST) -> Iterator[str]:
    """Yield, as text, the names in a node that reach files, programs or the network."""
    match node:
        case ast.Import() | ast.ImportFrom():
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            yield from (name for name in names if name.partition(".")[0] in OUTSIDE_MODULES)
            yield from (name for name in names if name == "urllib.request")
            if names == ["composelib.tools.run"]:
                yield from (alias.name for alias in node.names if alias.name in {"run", "start"})
        case ast.Call(ast.Name(name)) if name in OUTSIDE_CALLS:
            yield name
        case ast.Call(ast.Attribute(ast.Name("tarfile"), "open"), keywords=keywords):
            yield from () if any(keyword.arg == "fileobj" for keyword in keywords) else ["tarfile.open"]
        case ast.Attribute(ast.Name("tarfile"), "open"):
            pass  # the case above looks at its call
        case ast.Call(
            ast.Attribute(attr="replace"), [_], []
        ):  # Path.replace: str.replace takes two values, dataclasses.replace takes keywords
            yield ast.unparse(node)
        case ast.Attribute(attr=name) if name in OUTSIDE_ATTRIBUTES:
            yield ast.unparse(node)
