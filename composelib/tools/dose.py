"""dose-debcheck(1) and dose-builddebcheck(1): which packages cannot be installed, or built, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from composelib.dataclass import dataclass
from composelib.errors import ComposeError
from composelib.tools.run import run

PACKAGES = {"dose-debcheck": "dose-distcheck", "dose-builddebcheck": "dose-builddebcheck"}
TIMEOUT = 1800  # seconds; a whole suite takes about one minute
MINIMAL = "--explain-minimal"
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


@dataclass(frozen=True)
class PackageConflict:
    """Two packages that cannot be installed together, each as `NAME VERSION`, and the chains that lead to them."""

    first: str
    second: str
    relation: str
    """What the first one conflicts with, or breaks."""
    first_chain: tuple[str, ...]
    """Names of packages, from the one that was checked to the first one."""
    second_chain: tuple[str, ...]


def debcheck(
    arch: str, foreign: Sequence[str], checked: Iterable[Path], background: Iterable[Path], *, chains: bool = False
) -> list[str]:
    """Return the command that checks the packages of `checked`; those of `background` only satisfy dependencies.

    With `chains` the report has the chains of packages that lead to each conflict.
    """
    options = make_options(arch, foreign)
    words = ["dose-debcheck", *(option for option in options if not (chains and option == MINIMAL))]
    words += [f"--fg={path}" for path in checked]
    return words + [f"--bg={path}" for path in background]


def builddebcheck(arch: str, foreign: Sequence[str], packages: Iterable[Path], sources: Path) -> list[str]:
    """Return the command that checks whether the sources of a Sources file can be built with Packages files."""
    return ["dose-builddebcheck", *make_options(arch, foreign), *map(str, packages), str(sources)]


def make_options(arch: str, foreign: Sequence[str]) -> list[str]:
    """Return the options of both programs."""
    words = [MINIMAL, "--explain", "--failures", f"--deb-native-arch={arch}"]
    return [*words, f"--deb-foreign-archs={','.join(foreign)}"] if foreign else words


def check(argv: list[str]) -> tuple[int, list[BrokenPackage]]:
    """Run one of the two commands; return how many packages were checked in all, and those that are broken."""
    return parse_report(run(argv, timeout=TIMEOUT, capture=True, ok=(0, BROKEN)).stdout)


def parse_report(printed: bytes) -> tuple[int, list[BrokenPackage]]:
    """Return how many packages a report says were checked, and those that are broken, sorted.

    Raise ComposeError if it is not a report of dose's (version 1.2 of its format).
    """
    report = load_report(printed)
    try:
        rows = report["report"] or []
        broken = [
            BrokenPackage(row["package"], row["version"], row["architecture"], "; ".join(list_reasons(row)))
            for row in rows
        ]
        total = report["source-packages"] if "source-packages" in report else report["total-packages"]
        return int(total), sorted(broken, key=str)
    except (KeyError, TypeError, ValueError) as error:
        raise describe_garbage(error) from None


def load_report(printed: bytes) -> Any:
    """Return a report as its values, all of them texts. Raise ComposeError if it is none."""
    try:
        return yaml.load(printed, getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 - BaseLoader makes strings only
    except yaml.YAMLError as error:
        raise describe_garbage(error) from None


def describe_garbage(error: Exception) -> ComposeError:
    """Return the error for a report that cannot be read."""
    return ComposeError(f"dose: its report cannot be read: {type(error).__name__}: {error}", "see its log")


def find_conflict(printed: bytes) -> PackageConflict | None:
    """Return the first conflict in a report that has chains; None if it has no conflict. Raise ComposeError as above."""
    report = load_report(printed)
    try:
        for row in report["report"] or []:
            for reason in row.get("reasons") or []:
                if "conflict" in reason:
                    return read_conflict(reason["conflict"], report.get("native-architecture", ""))
    except (KeyError, TypeError) as error:
        raise describe_garbage(error) from None
    return None


def read_conflict(conflict: dict[str, Any], arch: str) -> PackageConflict:
    """Return a conflict of a report, without the native arch in its relation."""
    first, second = conflict["pkg1"], conflict["pkg2"]
    return PackageConflict(
        name_package(first),
        name_package(second),
        first["unsat-conflict"].replace(f":{arch}", ""),
        (*list_chain(conflict.get("depchain1")), first["package"]),
        (*list_chain(conflict.get("depchain2")), second["package"]),
    )


def list_chain(depchain: list[dict[str, Any]] | None) -> list[str]:
    """Return the names of the packages in the first of the chains to one side of a conflict."""
    return [item["package"] for item in (depchain or [{}])[0].get("depchain") or []]


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
