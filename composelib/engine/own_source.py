"""The program's own source: its modules, and the digests of those that a stage may import."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

from composelib.engine.digests import Digests
from composelib.engine.source_closure import Code, list_packages, reach, read_code

PROGRAM = "composelib"
RULE = "code 1:"
"""Begins the keys of digests of code, to keep them apart from digests of bytes; raise the number if read_code changes."""


class OwnSource:
    """The code of the program's modules, each as it was when first read: that is the code that runs."""

    def __init__(self, digests: Digests) -> None:
        self.digests = digests
        self.tops: set[str] = set()
        """The topmost packages whose modules are in `files`."""
        self.files: dict[str, tuple[Path, str]] = {}
        """By a module's dotted name: the folder that its topmost package is in, and its path below that."""
        self.codes: dict[str, Code] = {}
        self.lines: dict[str, str] = {}
        """`PATH DIGEST` by dotted name."""

    def describe(self, *modules: str) -> str:
        """Return `PATH DIGEST` lines for loaded modules and all they may import; paths do not depend on where the program is."""
        for top in {PROGRAM, *(module.partition(".")[0] for module in modules)} - self.tops:
            self.add(top, find_folder(top))
        packages = {name for module in modules for name in list_packages(module)}
        names = reach(packages & self.files.keys(), self.imports)
        return "\n".join(sorted(map(self.lines.__getitem__, names)))

    def add(self, top: str, folder: Path) -> None:
        """Add the modules of a topmost package."""
        self.tops.add(top)
        self.files |= {name: (folder, path) for name, path in find_modules(folder, top).items()}

    def imports(self, name: str) -> frozenset[str]:
        """Return those of the program's modules that one of them may import."""
        if name not in self.codes:
            folder, path = self.files[name]
            code = self.read(name, folder, path)
            self.codes[name] = Code(code.digest, code.imports & self.files.keys())
            self.lines[name] = f"{path} {code.digest}"
        return self.codes[name].imports

    def read(self, name: str, folder: Path, path: str) -> Code:
        """Return a module's code, parsing its file only if it has changed since it was last parsed."""
        package = name if path.endswith("/__init__.py") else name.rpartition(".")[0]
        full = f"{folder}/{path}"
        text = self.digests.remember(f"{RULE}{full}", full, partial(summarize, package=package)) or ""
        digest, *imports = text.split(" ")
        return Code(digest, frozenset(imports))


def summarize(path: str, package: str) -> str:
    """Return a line with the digest of a module's code and the names it may import."""
    code = read_code(Path(path).read_bytes(), package)
    return " ".join([code.digest, *sorted(code.imports)])


def find_folder(top: str) -> Path:
    """Return the folder that a loaded topmost package or module is in."""
    file = Path(os.path.abspath(sys.modules[top].__file__ or ""))  # noqa: PTH100 - a link is not followed
    return file.parent.parent if file.name == "__init__.py" else file.parent


def find_modules(folder: Path, top: str) -> dict[str, str]:
    """Return the paths below a folder, by dotted name, of a package's modules, or of a module in no package."""
    if not (folder / top / "__init__.py").is_file():
        return {top: f"{top}.py"}
    paths = sorted(list_files(f"{folder}/", top))  # a package comes after a module of its name, and wins as in Python
    return {name_module(path): path for path in paths}


def list_files(folder: str, below: str) -> list[str]:
    """Return the paths of the Python files in `folder` below `below`."""
    paths = []
    with os.scandir(folder + below) as entries:
        for entry in entries:
            path = f"{below}/{entry.name}"
            if entry.name.endswith(".py"):
                paths.append(path)
            elif entry.name.isidentifier() and entry.name != "__pycache__" and entry.is_dir():
                paths += list_files(folder, path)
    return paths


def name_module(path: str) -> str:
    """Return the dotted name of the module in a file."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
