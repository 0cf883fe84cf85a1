"""Which entries of the config exclude each other: dose finds the two packages that conflict, and how the entries lead to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.image.root import apt_solution
from composelib.model.origin import Seed
from composelib.tools import dose
from composelib.tools.dose import PackageConflict
from composelib.tools.run import run

ROOT = "compose-seeds"
MAX_CONFLICTS = 5

StandIns = Mapping[str, tuple[Seed, str]]
"""Seeds, each with the relation that it stands for, by the name of a package that has this relation."""


@dataclass(frozen=True)
class InstallationQuestion:
    """Whether everything that some seeds ask for can be installed at once from these Packages files."""

    stand_ins: StandIns
    packages: tuple[Path, ...]
    arch: str
    foreign: tuple[str, ...]


def explain_conflicts(question: InstallationQuestion, scratch: Path) -> Iterator[str]:
    """Yield a line for each pair of seeds that exclude each other, with the origins of both; `scratch` is an empty folder.

    After each pair the question is asked again without its second seed, at most MAX_CONFLICTS times.
    """
    stand_ins = dict(question.stand_ins)
    for _ in range(MAX_CONFLICTS):
        conflict = ask_dose(question, stand_ins, scratch) if stand_ins else None
        if conflict is None:
            return
        yield describe_conflict(conflict, stand_ins)
        culprits = [name for name in (*conflict.second_chain, *conflict.first_chain) if name in stand_ins]
        if not culprits:
            return
        del stand_ins[culprits[0]]


def ask_dose(question: InstallationQuestion, stand_ins: StandIns, scratch: Path) -> PackageConflict | None:
    """Return the first conflict between the seeds that dose finds; None if there is none."""
    root, index = write_seeds(stand_ins, scratch)
    command = dose.debcheck(question.arch, question.foreign, [root], (*question.packages, index), chains=True)
    return dose.find_conflict(run(command, timeout=dose.TIMEOUT, capture=True, ok=(0, dose.BROKEN)).stdout)


def write_seeds(stand_ins: StandIns, scratch: Path) -> tuple[Path, Path]:
    """Write, as Packages files, a package that depends on all stand-ins, and these; return both paths."""
    root, index = scratch / "root", scratch / "seeds"
    depends = f"Depends: {', '.join(stand_ins)}\n" if stand_ins else ""
    root.write_text(f"Package: {ROOT}\nVersion: 1\nArchitecture: all\n{depends}", encoding="utf-8")
    index.write_text(apt_solution.render_stand_in_index(stand_ins), encoding="utf-8")
    return root, index


def describe_conflict(conflict: PackageConflict, stand_ins: StandIns) -> str:
    """Return a line about two packages that exclude each other, and the seeds that lead to them."""
    provides = "" if is_named(conflict) else f", which {conflict.second} provides"
    clash = f"{conflict.first} excludes {conflict.relation}{provides}"
    chains = [trim_chain(chain, stand_ins) for chain in (conflict.first_chain, conflict.second_chain)]
    seeds = [seed for seed, _ in chains if seed]
    via = "".join(f"; {' -> '.join(names)}" for _, names in chains if len(names) > 1)
    if len(seeds) > 1 and seeds[0] != seeds[1]:
        first, second = sorted(seeds, key=lambda seed: (seed.origin.file, seed.origin.line, seed.origin.column))
        return f"{first.origin}: {first.text!r} and {second.text!r} ({second.origin}) exclude each other: {clash}{via}"
    if seeds:
        return f"{seeds[0].origin}: {seeds[0].text!r} cannot be installed: {clash}{via}"
    return f"{clash}{via}"


def is_named(conflict: PackageConflict) -> bool:
    """Return whether the second package has the name that the first one excludes, and does not only provide it."""
    return re.split(r"[\s:]", conflict.relation)[0] == conflict.second.partition(" ")[0]


def trim_chain(chain: Sequence[str], stand_ins: StandIns) -> tuple[Seed | None, list[str]]:
    """Return the seed at the beginning of a chain, and the names of the packages after it."""
    seed = next((stand_ins[name][0] for name in chain if name in stand_ins), None)
    return seed, [name for name in chain if name not in stand_ins and name != ROOT]
