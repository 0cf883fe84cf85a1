"""What is needed and why: wishes of the config, clauses of packages, and what could not be had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from composelib.archive.choose.packages.package import Package
from composelib.archive.format import relation, version
from composelib.archive.format.relation import Alternatives, RelationError
from composelib.errors import TrustError
from composelib.model.origin import Seed

SEED, FULLTREE, SOURCE, MULTIARCH = "Seed", "Fulltree", "Source", "Multi-Arch"  # beside the fields' own names


@dataclass(frozen=True)
class Wish:
    """A seed and the key of the config under which it is written."""

    seed: Seed
    where: str
    pinned: bool = False
    """Had whatever is excluded."""
    optional: bool = False
    """Had as far as it is there and not excluded."""
    recommends: bool = False
    """With what the packages that are installed for it recommend."""


@dataclass(frozen=True)
class Reason:
    """Why something is needed: it was wished for, or a package's relation asks for it."""

    wish: Wish | None
    package: Package | None = None
    relation: str = SEED
    """The field (`Depends`, `Build-Depends` …), or a word for what is none: Fulltree, Source, Multi-Arch."""
    provides: str = ""
    """The name asked for, where another package provides it."""


@dataclass(frozen=True)
class Need:
    """A clause with who needs it and for which arch."""

    text: str
    alternatives: Alternatives
    reason: Reason
    arch: str
    optional: bool = False


@dataclass(frozen=True)
class ChoiceFailure:
    """What could not be had: a clause, or a package that itself lacks something."""

    reason: Reason
    need: Need | None = None
    package: Package | None = None


BrokenPackages = Mapping[Package, ChoiceFailure]


def make_package_key(package: Package) -> tuple[str, str, str]:
    """Return the key by which packages are sorted: name, arch, version."""
    return (package.name, package.architecture, version.key(package.version))


def parse_clause(text: str, reason: Reason) -> Alternatives:
    """Return the alternatives of a clause; none if it is empty. Raise TrustError, naming the package and the field."""
    text = " ".join(text.split())
    if not text:
        return ()
    try:
        alternatives = relation.parse_alternatives(text)
    except RelationError as error:
        raise TrustError(f"{describe_owner(reason)}: {reason.relation}: {error}") from None
    for item in alternatives:
        if item.arches or item.profiles:
            message = f"{describe_owner(reason)}: {reason.relation}: a restriction in '{item}', which only a source package may have"
            raise TrustError(message)
    return alternatives


def describe_owner(reason: Reason) -> str:
    """Describe whose relation it is."""
    package = reason.package
    return f"{package.name} {package.version} {package.architecture} of archive {package.archive}" if package else "?"
