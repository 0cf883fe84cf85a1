"""How the program is worded, in numbers: `python -m tests.measures` prints them."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.kit.source_tree import FUNCTIONS, modules, tree

GENERIC = frozenset(
    [
        "after",
        "asked",
        "before",
        "each",
        "found",
        "given",
        "kept",
        "known",
        "left",
        "made",
        "meant",
        "now",
        "one",
        "other",
        "own",
        "part",
        "place",
        "said",
        "thing",
        "told",
        "wanted",
        "what",
    ]
)
"""Names that say nothing of what they hold."""
PARTICIPLES = frozenset(
    [
        "begun",
        "broken",
        "built",
        "chosen",
        "cut",
        "drawn",
        "fallen",
        "forgotten",
        "found",
        "given",
        "gone",
        "gotten",
        "grown",
        "held",
        "kept",
        "known",
        "laid",
        "left",
        "lost",
        "made",
        "meant",
        "met",
        "paid",
        "proven",
        "read_back",
        "said",
        "seen",
        "sent",
        "shown",
        "sold",
        "spoken",
        "stood",
        "sworn",
        "taken",
        "taught",
        "thought",
        "told",
        "torn",
        "understood",
        "woken",
        "won",
        "worn",
        "written",
    ]
)
NOT_PARTICIPLES = frozenset(
    ["bleed", "breed", "embed", "exceed", "feed", "heed", "need", "proceed", "seed", "shed", "speed", "succeed"]
)
ALLOWED_PARTICIPLES = frozenset({"written_aside"})
SHARED = frozenset({"main", "tasks"})
"""Functions that every stage, or every program, has."""
MANY = 3


@dataclass(frozen=True)
class Name:
    """A name and where it is defined: FILE:LINE."""

    text: str
    origin: str


@dataclass(frozen=True)
class Measures:
    """What is counted in the program."""

    names: tuple[Name, ...]
    """Parameters and locals, each once a function."""
    docstrings: tuple[Name, ...]
    """The first word of each docstring."""
    functions: tuple[Name, ...]
    """The functions and classes' methods that are called, not properties or predicates."""
    module_functions: tuple[Name, ...]
    classes: tuple[Name, ...]

    @property
    def generic_names(self) -> list[Name]:
        """The locals and parameters whose names are generic."""
        return [name for name in self.names if name.text in GENERIC]

    @property
    def give(self) -> list[Name]:
        """The docstrings that begin with a word that fits everything."""
        return [name for name in self.docstrings if name.text in {"Give", "Gives", "Tell", "Tells", "Say", "Says"}]

    @property
    def participles(self) -> list[Name]:
        """The functions named by a participle."""
        return [name for name in self.functions if is_participle(name.text)]

    @property
    def repeated_functions(self) -> list[Name]:
        """The functions of modules whose name two more modules define, too."""
        return repeated(tuple(name for name in self.module_functions if name.text not in SHARED), MANY)

    @property
    def repeated_classes(self) -> list[Name]:
        """The classes whose name another module defines, too."""
        return repeated(self.classes, 2)


def repeated(names: tuple[Name, ...], times: int) -> list[Name]:
    """Return the names that so many modules define, those of one text together."""
    files = defaultdict(set)
    for name in names:
        files[name.text].add(name.origin.partition(":")[0])
    return sorted((name for name in names if len(files[name.text]) >= times), key=lambda name: name.text)


def is_participle(name: str) -> bool:
    """Return whether a function's name begins with a participle instead of a verb."""
    word = name.lstrip("_").partition("_")[0]
    regular = word.endswith("ed") and word not in NOT_PARTICIPLES
    return (regular or word in PARTICIPLES) and name not in ALLOWED_PARTICIPLES


def measure() -> Measures:
    """Read the program's modules."""
    paths = modules().values()
    return Measures(
        tuple(name for path in paths for name in locals_of(path)),
        tuple(name for path in paths for name in docstrings_of(path)),
        tuple(name for path in paths for name in functions_of(path)),
        tuple(
            Name(node.name, f"{path}:{node.lineno}")
            for path in paths
            for node in tree(path).body
            if isinstance(node, FUNCTIONS)
        ),
        tuple(
            Name(node.name, f"{path}:{node.lineno}")
            for path in paths
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ClassDef)
        ),
    )


def locals_of(path: Path) -> Iterator[Name]:
    """Yield the names that functions bind: parameters, assigned names and those of loops and comprehensions."""
    for function in ast.walk(tree(path)):
        if isinstance(function, FUNCTIONS):
            bound = {(name, line) for name, line in bindings(function) if name not in {"self", "cls"}}
            first = dict(sorted(bound, key=lambda pair: -pair[1]))
            yield from (Name(name, f"{path}:{line}") for name, line in first.items())


def bindings(function: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield the names that a function binds, with their lines; those of functions in it are theirs."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                continue
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.ExceptHandler(name=str(name)):
                yield name, node.lineno
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name, node.lineno
        waiting += ast.iter_child_nodes(node)


def docstrings_of(path: Path) -> Iterator[Name]:
    """Yield the first word of each docstring."""
    for node in ast.walk(tree(path)):
        if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Module)) and (text := ast.get_docstring(node)):
            yield Name(text.split()[0].strip(".,:;"), f"{path}:{getattr(node, 'lineno', 1)}")


def functions_of(path: Path) -> Iterator[Name]:
    """Yield the functions and methods but properties, and predicates, which may be named by adjectives."""
    for node in ast.walk(tree(path)):
        if isinstance(node, FUNCTIONS):
            decorators = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
            predicate = node.returns is not None and ast.unparse(node.returns) == "bool"
            if not predicate and not decorators & {"property", "cached_property"}:
                yield Name(node.name, f"{path}:{node.lineno}")


def table(measures: Measures) -> str:
    """Return the figures, a line each."""
    rows = {
        "generic names among parameters and locals": (measures.generic_names, measures.names),
        "docstrings that begin with Give, Tell or Say": (measures.give, measures.docstrings),
        "functions named by a participle": (measures.participles, measures.functions),
        "module functions whose name two more modules define": (
            measures.repeated_functions,
            measures.module_functions,
        ),
        "classes whose name another module defines": (measures.repeated_classes, measures.classes),
    }
    return "\n".join(
        f"{title:52} {len(bad):5} of {len(everything):5}  {len(bad) / len(everything):6.1%}  {most(bad)}"
        for title, (bad, everything) in rows.items()
    )


def most(names: list[Name]) -> str:
    """Return the most frequent names, each with its count."""
    return ", ".join(f"{text} {count}" for text, count in Counter(name.text for name in names).most_common(8))


def by_folder(names: list[Name]) -> str:
    """Return how many of the names each folder of the program has."""
    folders = Counter("/".join(Path(name.origin).parts[1:-1]) or "." for name in names)
    return ", ".join(f"{folder} {count}" for folder, count in folders.most_common())


def main() -> None:
    """Print the figures, and the folders that have the most to do."""
    measures = measure()
    print(table(measures))
    print("generic names:", by_folder(measures.generic_names))
    print("Give, Tell, Say:", by_folder(measures.give))
    print("participles:", by_folder(measures.participles))
    print("repeated functions:", by_folder(measures.repeated_functions))


if __name__ == "__main__":
    main()
