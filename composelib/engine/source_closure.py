"""What decides what a module does: its statements, and the modules it may import. Reads text, imports nothing."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import xxhash

BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
"""Where a statement, and nothing else that may hold one, has others."""
CHANGED = "the program's own source changed"


@dataclass(frozen=True)
class Code:
    """A digest of what a module does, and the dotted names that it may import."""

    digest: str
    imports: frozenset[str]


def read_code(text: bytes, package: str) -> Code:
    """Read a module's code, the module lying in a package; of a text that is no Python, every byte counts."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return Code(xxhash.xxh3_128_hexdigest(text), frozenset())
    strip(tree)
    names = {name for statement in walk_statements(tree) for name in list_imports(statement, package)}
    ours = frozenset(name for name in names if name.partition(".")[0] not in sys.stdlib_module_names)
    return Code(xxhash.xxh3_128_hexdigest(ast.dump(tree).encode(errors="surrogatepass")), ours)


def strip(node: ast.AST) -> None:
    """Take out of a tree what decides nothing when the program runs."""
    for field in BLOCKS:
        block = getattr(node, field, None)
        if block:
            block[:] = select_effective(block)
            for inner in block:
                strip(inner)


def select_effective(block: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Give a block's statements but docstrings (any text that stands alone) and what only a type checker sees."""
    for statement in block:
        match statement:
            case ast.Expr(ast.Constant(str())):
                continue
            case ast.If(ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                yield from select_effective(statement.orelse)
            case _:
                yield statement


def walk_statements(node: ast.AST) -> Iterator[ast.AST]:
    """Give all statements in a node, those in functions too; expressions are not entered, they import nothing."""
    for field in BLOCKS:
        for inner in getattr(node, field, ()):
            yield inner
            yield from walk_statements(inner)


def list_imports(statement: ast.AST, package: str) -> Iterator[str]:
    """Give the dotted names that a statement may import: modules, and names in them that may be modules."""
    match statement:
        case ast.Import(names):
            for alias in names:
                yield from list_packages(alias.name)
        case ast.ImportFrom(module, names, level):
            base = find_base(module or "", level, package)
            yield from list_packages(base)
            yield from (f"{base}.{alias.name}" for alias in names)


def find_base(module: str, level: int, package: str) -> str:
    """Give the dotted name that `from` names, which begins with as many dots as its level says."""
    if not level:
        return module
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - level + 1], *filter(None, [module])])


def list_packages(name: str) -> Iterator[str]:
    """Give a module's name and those of the packages it lies in, all of which an import of it runs."""
    parts = name.split(".")
    yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))


def reach(start: Iterable[str], imports: Callable[[str], Iterable[str]]) -> set[str]:
    """Give all that can be reached by imports, what is started from with it."""
    reached: set[str] = set()
    waiting = set(start)
    while waiting:
        reached |= waiting
        waiting = set().union(*map(imports, waiting)) - reached
    return reached


def describe_change(before: str, now: str) -> str:
    """Say in a line which files of a stage's source (`PATH DIGEST` a line) differ; those that came or went come last."""
    old, new = (
        {path: digest for path, _, digest in (line.rpartition(" ") for line in text.splitlines())}
        for text in (before, now)
    )
    paths = [path for path in old.keys() | new.keys() if old.get(path) != new.get(path)]
    if not old or not paths:
        return f"{CHANGED}: an earlier program noted it otherwise"
    paths.sort(key=lambda path: (path not in old or path not in new, path))
    return f"{CHANGED}: {paths[0]}{f' and {len(paths) - 1} more' if paths[1:] else ''}"
