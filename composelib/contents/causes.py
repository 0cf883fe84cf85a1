"""Why a file of an image is another one: the package, the archive or the line of the config that moved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Literal

from composelib.archive.explain.manifest_reader import GatheredPackage, PackageReason
from composelib.archive.format.release_date import format_release_date
from composelib.contents.changes import FileChange
from composelib.dataclass import dataclass

CauseKind = Literal["package", "packages", "programs", "release", "config"]
RELEASE = re.compile(r"(?:^|/)(?:os-release|issue(?:\.net)?|\.disk/info|image-id)$|^config (?:Labels|Annotations)$")
"""Files that name the compose."""
SHOWN = 3
"""How many packages are named as what a file is made from."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a file has changed."""

    kind: CauseKind
    text: str
    """The package with its versions, or what else has moved."""
    reason: str = ""
    """Why that has moved: the archive's state, or the line of the config."""


@dataclass(frozen=True)
class ImageEvidence:
    """What a compose records of an image and of what it is made of."""

    identity: str
    """The compose's ID."""
    packages: Mapping[str, tuple[str, str]]
    """The version and SHA256 of each package in the image, by name."""
    rows: Mapping[str, GatheredPackage]
    """The compose's packages by name."""
    suites: Mapping[str, Mapping[str, tuple[str, int]]]
    """The SHA256 of the signed file of each suite, and its date, by archive and suite."""
    programs: Mapping[str, str] = field(default_factory=dict)
    """The versions of the packages that have the programs which may have made it."""


@dataclass(frozen=True)
class ImageHistory:
    """What two composes record of an image."""

    old: ImageEvidence
    new: ImageEvidence

    @property
    def moved(self) -> list[str]:
        """The packages that are others in the new image, sorted."""
        names = self.old.packages.keys() | self.new.packages.keys()
        return sorted(name for name in names if self.old.packages.get(name) != self.new.packages.get(name))

    def describe(self, name: str) -> str:
        """Return a package with its versions."""
        old, new = (side.packages.get(name, ("", ""))[0] for side in (self.old, self.new))
        if old == new:
            return f"{name} {new}, built again"
        return f"{name} {old} -> {new}" if old and new else f"{name} {new} added" if new else f"{name} {old} removed"


def explain_change(change: FileChange, history: ImageHistory) -> Cause:
    """Return why a file has changed."""
    moved = history.moved
    owners = [name for name in change.owners if name in moved]
    if owners:
        return Cause("package", history.describe(owners[0]), explain_package(owners[0], history))
    if RELEASE.search(change.path) and history.old.identity != history.new.identity:
        return Cause("release", f"{history.old.identity} -> {history.new.identity}")
    if moved:
        return Cause("packages", f"made from the image's packages: {name_moved(moved, history)}")
    if programs := list_moved_programs(history):
        return Cause("programs", f"made by other programs: {', '.join(programs)}")
    return Cause("config", "nothing recorded has moved: a key, a script or a file of the config, or the dates")


def name_moved(moved: list[str], history: ImageHistory) -> str:
    """Return the packages that have moved: the first ones, and the number of the others."""
    more = [f"{len(moved) - SHOWN} more"] if len(moved) > SHOWN else []
    return ", ".join([*map(history.describe, moved[:SHOWN]), *more])


def list_moved_programs(history: ImageHistory) -> list[str]:
    """Return the program packages whose versions differ."""
    old, new = history.old.programs, history.new.programs
    return [f"{name} {old[name]} -> {new[name]}" for name in sorted(old.keys() & new.keys()) if old[name] != new[name]]


def explain_package(name: str, history: ImageHistory) -> str:
    """Return why a package has moved: the line of the config, the package that needs it, or the archive's state."""
    old, new = history.old.rows.get(name), history.new.rows.get(name)
    if old is None and new is not None:
        return explain_reason(new, history.old.rows, history.new.rows, "is new in")
    if new is None and old is not None:
        return explain_reason(old, history.new.rows, history.old.rows, "is no longer in")
    if old is None or new is None:
        return ""
    if old.archive != new.archive or new.why.pin != old.why.pin:
        pin = f" by the pin at {new.why.pin}" if new.why.pin else ""
        return f"archive {old.archive} -> {new.archive}{pin}" if old.archive != new.archive else f"the config{pin}"
    return explain_archive(new.archive, history)


def explain_archive(name: str, history: ImageHistory) -> str:
    """Return which suites of an archive have moved; one without any is a folder, or is built by the compose itself."""
    old, new = history.old.suites.get(name, {}), history.new.suites.get(name, {})
    moved = [
        f"{suite or 'flat'} {format_release_date(old[suite][1])} -> {format_release_date(new[suite][1])}"
        for suite in sorted(old.keys() & new.keys())
        if old[suite][0] != new[suite][0]
    ]
    further = [suite or "flat" for suite in sorted(old.keys() ^ new.keys())]
    if not old and not new:
        return f"archive {name}, which has no Release file"
    if moved or further:
        return f"archive {name}: {', '.join([*moved, *(f'suite {suite} of the config' for suite in further)])}"
    return f"archive {name} has not moved: the config"


def explain_reason(
    row: GatheredPackage, others: Mapping[str, GatheredPackage], rows: Mapping[str, GatheredPackage], verb: str
) -> str:
    """Return why only one of two composes has a package: the first link of its chain that only this one has, too."""
    chain = [row]
    while (needed := rows.get(chain[-1].why.package)) and needed not in chain:
        chain.append(needed)
    links = [f"{step.why.relation} of {step.why.package}" for step in chain if step.why.package]
    seed = chain[-1].why
    asks = others.get(chain[-1].package)
    if seed.seed and (asks is None or asks.why.seed != seed.seed):
        return ", ".join([*links, f"{seed.seed!r} {verb} the config, {format_origin(seed)}"])
    return ", ".join(links[:1]) or f"the config, {format_origin(seed)}"


def format_origin(why: PackageReason) -> str:
    """Return the line of a seed."""
    return f"{why.file}:{why.line}"


def group_by_cause(causes: Iterable[tuple[FileChange, Cause]]) -> dict[Cause, list[FileChange]]:
    """Return the changes of each cause; those that one package caused come first, those that the config did last."""
    groups: dict[Cause, list[FileChange]] = {}
    for change, cause in causes:
        groups.setdefault(cause, []).append(change)
    order = ("package", "packages", "release", "programs", "config")
    return dict(sorted(groups.items(), key=lambda item: (order.index(item[0].kind), item[0].text)))
