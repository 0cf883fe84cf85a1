"""The code of a module, read from its text: a digest of its statements, and the modules it may import."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator

import xxhash

from composelib.dataclass import dataclass

BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
"""The fields of a statement that hold further statements."""
CHANGED = "the program's own source changed"


@dataclass(frozen=True)
class Code:
    """A digest of what a module does, and the dotted names that it may import."""

    digest: str
    imports: frozenset[str]


def read_code(text: bytes, package: str) -> Code:
    """Read the code of a module of a package; in a text that is not Python, every byte counts."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return Code(xxhash.xxh3_128_hexdigest(text), frozenset())
    strip(tree)
    names = {name for statement in walk_statements(tree) for name in list_imports(statement, package)}
    ours = frozenset(name for name in names if name.partition(".")[0] not in sys.stdlib_module_names)
    return Code(xxhash.xxh3_128_hexdigest(ast.dump(tree).encode(errors="surrogatepass")), ours)


def strip(node: ast.AST) -> None:
    """Remove from a tree what has no effect when the program runs."""
    for field in BLOCKS:
        block = getattr(node, field, None)
        if block:
            block[:] = select_effective(block)
            for inner in block:
                strip(inner)


def select_effective(block: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield a block's statements except docstrings (any text that stands alone) and what only a type checker sees."""
    for statement in block:
        match statement:
            case ast.Expr(ast.Constant(str())):
                continue
            case ast.If(ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                yield from select_effective(statement.orelse)
            case _:
                yield statement


def walk_statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield all statements in a node, those in functions too; expressions are skipped, they import nothing."""
    for field in BLOCKS:
        for inner in getattr(node, field, ()):
            yield inner
            yield from walk_statements(inner)


def list_imports(statement: ast.AST, package: str) -> Iterator[str]:
    """Yield the dotted names that a statement may import: modules, and names in them that may be modules."""
    match statement:
        case ast.Import(names):
            for alias in names:
                yield from list_packages(alias.name)
        case ast.ImportFrom(module, names, level):
            base = find_base(module or "", level, package)
            yield from list_packages(base)
            yield from (f"{base}.{alias.name}" for alias in names)


def find_base(module: str, level: int, package: str) -> str:
    """Return the dotted name of the module after `from`, which begins with `level` dots."""
    if not level:
        return module
    names = package.split(".")
    return ".".join([*names[: len(names) - level + 1], *filter(None, [module])])


def list_packages(name: str) -> Iterator[str]:
    """Yield the names of the packages that a module is in, and its own: importing the module runs them all."""
    names = name.split(".")
    yield from (".".join(names[:end]) for end in range(1, len(names) + 1))


def reach(start: Iterable[str], imports: Callable[[str], Iterable[str]]) -> set[str]:
    """Return the modules in `start` and all that they import, directly or through others."""
    reached: set[str] = set()
    waiting = set(start)
    while waiting:
        reached |= waiting
        waiting = set().union(*map(imports, waiting)) - reached
    return reached


def describe_change(old_source: str, new_source: str) -> str:
    """Return a line on which files of a stage's source (`PATH DIGEST` a line) differ; changed ones before new and removed ones."""
    old, new = (
        {path: digest for path, _, digest in (line.rpartition(" ") for line in text.splitlines())}
        for text in (old_source, new_source)
    )
    paths = [path for path in old.keys() | new.keys() if old.get(path) != new.get(path)]
    if not old or not paths:
        return f"{CHANGED}: an earlier version recorded it differently"
    paths.sort(key=lambda path: (path not in old or path not in new, path))
    return f"{CHANGED}: {paths[0]}{f' and {len(paths) - 1} more' if paths[1:] else ''}"
