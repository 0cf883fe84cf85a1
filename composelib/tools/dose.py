"""dose-debcheck(1) and dose-builddebcheck(1): which packages cannot be installed, or built, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from composelib.errors import ComposeError
from composelib.tools.run import run

PACKAGES = {"dose-debcheck": "dose-distcheck", "dose-builddebcheck": "dose-builddebcheck"}
TIMEOUT = 1800  # seconds; a whole suite takes about one minute
BROKEN = 1  # the exit status when some packages are broken; 64 and above mean that dose itself failed


@dataclass(frozen=True)
class BrokenPackage:
    """A package that cannot be installed, or a source that cannot be built, and why."""

    package: str
    version: str
    architecture: str
    reason: str

    def __str__(self) -> str:
        """Return the line that a user reads."""
        return f"{self.package} {self.version} ({self.architecture}): {self.reason}"


def debcheck(arch: str, foreign: Sequence[str], checked: Iterable[Path], background: Iterable[Path]) -> list[str]:
    """Return the command that checks the packages of `checked`; those of `background` only satisfy dependencies."""
    words = ["dose-debcheck", *make_options(arch, foreign)]
    words += [f"--fg={path}" for path in checked]
    return words + [f"--bg={path}" for path in background]


def builddebcheck(arch: str, foreign: Sequence[str], packages: Iterable[Path], sources: Path) -> list[str]:
    """Return the command that checks whether the sources of a Sources file can be built with Packages files."""
    return ["dose-builddebcheck", *make_options(arch, foreign), *map(str, packages), str(sources)]


def make_options(arch: str, foreign: Sequence[str]) -> list[str]:
    """Return the options of both programs."""
    words = ["--explain-minimal", "--explain", "--failures", f"--deb-native-arch={arch}"]
    return [*words, f"--deb-foreign-archs={','.join(foreign)}"] if foreign else words


def check(argv: list[str]) -> tuple[int, list[BrokenPackage]]:
    """Run one of the two commands; return how many packages were checked in all, and those that are broken."""
    return parse_report(run(argv, timeout=TIMEOUT, capture=True, ok=(0, BROKEN)).stdout)


def parse_report(printed: bytes) -> tuple[int, list[BrokenPackage]]:
    """Return how many packages a report says were checked, and those that are broken, sorted.

    Raise ComposeError if it is not a report of dose's (version 1.2 of its format).
    """
    try:
        report = yaml.load(printed, getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 - BaseLoader makes strings only
        rows = report["report"] or []
        broken = [
            BrokenPackage(row["package"], row["version"], row["architecture"], "; ".join(list_reasons(row)))
            for row in rows
        ]
        total = report["source-packages"] if "source-packages" in report else report["total-packages"]
        return int(total), sorted(broken, key=str)
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ComposeError(f"dose: its report cannot be read: {type(error).__name__}: {error}", "see its log") from None


def list_reasons(row: dict[str, Any]) -> Iterator[str]:
    """Yield the reasons why a package is broken, without its own name."""
    for reason in row.get("reasons") or []:
        if "missing" in reason:
            needing = reason["missing"]["pkg"]
            unmet = needing["unsat-dependency"]
            yield (
                f"{unmet} is not there"
                if is_same(needing, row)
                else f"needs {name_package(needing)}, for which {unmet} is not there"
            )
        if "conflict" in reason:
            first, second = reason["conflict"]["pkg1"], reason["conflict"]["pkg2"]
            yield f"needs {name_package(first)} and {name_package(second)}, which conflict"


def is_same(first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Return whether two entries of a report are of the same package."""
    return all(first[key] == second[key] for key in ("package", "version", "architecture"))


def name_package(package: dict[str, Any]) -> str:
    """Return a package's name and version."""
    return f"{package['package']} {package['version']}"
