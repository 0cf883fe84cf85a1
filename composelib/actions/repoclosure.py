"""Check with dose what of a variant's repository can be installed, and whether what was asked for can be installed together."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.archive.format.stanza import find_stanzas, parse_fields
from composelib.archive.format.version import compare_versions
from composelib.errors import ComposeError
from composelib.files import scratch_folder
from composelib.image.root import exclusive_seeds
from composelib.image.root.apt_solution import make_stand_ins
from composelib.image.root.exclusive_seeds import InstallationQuestion
from composelib.text.json_file import write_json
from composelib.tools import dose
from composelib.tools.dose import BrokenPackage

if TYPE_CHECKING:
    from composelib.stages.repoclosure import RepoclosureJob

NEEDED = re.compile(r"needs (\S+ \S+), for which (.*)")
"""dose's reason for a package that needs another one which lacks something."""
MAX_NAMES = 5
NAME = re.compile(rb"^Package: (\S+)$", re.MULTILINE)


def check_closure(job: RepoclosureJob) -> None:
    """Write a report of the broken packages. Raise ComposeError with a line for each if `strict` is fatal."""
    question = make_question(job)
    with scratch_folder(job.report.with_suffix(".dose")) as scratch:
        asked, stand_ins = exclusive_seeds.write_seeds(question.stand_ins, scratch)
        command = dose.debcheck(job.arch, job.foreign, (*job.checked, asked), (*job.background, stand_ins))
        total, broken = dose.check(command)
        total -= 1 + len(question.stand_ins)
        is_exclusive = any(package.package == exclusive_seeds.ROOT for package in broken)
        conflicts = [*exclusive_seeds.explain_conflicts(question, scratch)] if is_exclusive else []
    broken = [package for package in broken if package.package != exclusive_seeds.ROOT]
    if job.sources:
        packages = (*job.checked, *job.background)
        sources, unbuildable = dose.check(dose.builddebcheck(job.arch, job.foreign, packages, job.sources))
        total, broken = total + sources, broken + unbuildable
    outdated = find_outdated(broken, job.checked)
    for package in broken:
        older = ", but a newer version of it is sound" if package in outdated else ""
        print(f"broken: {package}{older}")
    for conflict in conflicts if job.together == "lenient" else ():
        print(f"warning: {conflict}")
    if lacks_merged_usr(job.checked):
        print(
            "warning: debootstrap cannot make a system of this repository: it wants usr-is-merged; name it and usrmerge"
        )
    raise_faults(job, total, [package for package in broken if package not in outdated], conflicts)
    write_json(job.report, {"version": 1, "checked": total, "broken": [vars(package) for package in broken]})


def make_question(job: RepoclosureJob) -> InstallationQuestion:
    """Return the question whether what the variant asks for by name, as far as it has that, can be installed together."""
    packages = (*job.checked, *job.background)
    names = {name.decode() for path in packages if job.seeds for name in NAME.findall(path.read_bytes())}
    stand_ins = {
        name: (seed, depends)
        for name, (seed, depends) in make_stand_ins(job.seeds, job.arch).items()
        if names & set(re.split(r"[\s|,:]+", depends))
    }
    return InstallationQuestion(stand_ins, packages, job.arch, job.foreign)


def lacks_merged_usr(indices: Iterable[Path]) -> bool:
    """Return whether a repository has what a system needs, but for what debootstrap adds to it.

    Where `usrmerge | usr-is-merged` is needed, the rule of choice takes the first, and debootstrap the second.
    """
    names = {name for path in indices for name in NAME.findall(path.read_bytes())}
    return {b"apt", b"base-files", b"dpkg", b"usrmerge"} <= names and b"usr-is-merged" not in names


def find_outdated(broken: Sequence[BrokenPackage], indices: Iterable[Path]) -> set[BrokenPackage]:
    """Return the broken packages of which a newer version is there, for their arch, and not broken: that is what apt installs."""
    unsound = {(package.package, package.architecture, package.version) for package in broken}
    names = {package.package.encode() for package in broken}
    sound: dict[tuple[str, str], list[str]] = {}
    for index in indices if names else ():
        for name, arch, version in read_versions(index, names):
            if (name, arch, version) not in unsound:
                sound.setdefault((name, arch), []).append(version)
    return {
        package
        for package in broken
        for version in sound.get((package.package, package.architecture), ())
        if compare_versions(version, package.version) > 0
    }


def read_versions(index: Path, names: Container[bytes]) -> Iterator[tuple[str, str, str]]:
    """Yield the name, arch and version of each package in a Packages file that has one of some names."""
    text = index.read_bytes()
    for start, end in find_stanzas(text):
        match = NAME.match(text, start, end)
        if match and match[1] in names:
            values = parse_fields(text[start:end])
            yield match[1].decode(), values["architecture"].decode(), values["version"].decode()


def raise_faults(job: RepoclosureJob, total: int, broken: list[BrokenPackage], conflicts: list[str]) -> None:
    """Raise ComposeError for what the config does not let pass."""
    if broken and job.strict == "fatal":
        lines = "".join(f"\n  {line}" for line in describe_causes(broken))
        verb = "installed or built" if job.sources else "installed"
        raise ComposeError(
            f"{len(broken)} of {total} packages cannot be {verb}:{lines}\n",
            "add what is missing, exclude what needs it, or set `strict: lenient` for the variant",
        )
    if conflicts and job.together == "fatal":
        raise ComposeError("\n".join(conflicts), "take one of them out, or leave out `together: fatal`")


def describe_causes(broken: Iterable[BrokenPackage]) -> Iterator[str]:
    """Yield a line for each cause, with the first of the packages that it breaks and the names of the others."""
    packages_by_cause: dict[str, list[BrokenPackage]] = {}
    for package in sorted(broken, key=lambda package: (package.reason.startswith("needs "), str(package))):
        match = NEEDED.fullmatch(package.reason)
        owner, lack = match.groups() if match else (f"{package.package} {package.version}", package.reason)
        packages_by_cause.setdefault(f"{owner}: {lack}", []).append(package)
    for first, *others in packages_by_cause.values():
        names = [package.package for package in others]
        more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
        likewise = f" (likewise {', '.join(names[:MAX_NAMES])}{more})" if names else ""
        yield f"{first}{likewise}"
