"""Needs and their reasons: wishes of the config, clauses of packages, and failures to satisfy them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from composelib.archive.format import relation, version
from composelib.archive.format.relation import Alternatives, RelationError
from composelib.errors import TrustError
from composelib.model.origin import Seed

if TYPE_CHECKING:  # orders are written whenever tasks are listed, without any package
    from composelib.archive.choose.packages.package import Package

SEED, FULLTREE, SOURCE, MULTIARCH = "Seed", "Fulltree", "Source", "Multi-Arch"  # relations that are not fields
UNUSABLE = "its stanza cannot be used"
"""Part of each line about a package that an archive has in a stanza which is odd."""


class Wish(NamedTuple):
    """A seed and the key of the config under which it is written."""

    seed: Seed
    key: str
    pinned: bool = False
    """Whether it is taken even if it is excluded."""
    optional: bool = False
    """Whether it is passed over without an error if no archive has it or it is excluded."""
    recommends: bool = False
    """Whether the recommendations of the packages that are installed for it are taken too."""


class Reason(NamedTuple):
    """Why something is needed: a wish asks for it, or a package's relation."""

    wish: Wish | None
    package: Package | None = None
    relation: str = SEED
    """The field (`Depends`, `Build-Depends` …), or a word for what is not a field: Fulltree, Source, Multi-Arch."""
    provides: str = ""
    """The name in the relation, if the package only provides it."""


class Need(NamedTuple):
    """A clause, with who needs it and for which arch."""

    text: str
    alternatives: Alternatives
    reason: Reason
    arch: str
    optional: bool = False


class ChoiceFailure(NamedTuple):
    """A clause that cannot be satisfied, or a package that cannot be installed because it lacks something itself."""

    reason: Reason
    need: Need | None = None
    package: Package | None = None


BrokenPackages: TypeAlias = "Mapping[Package, ChoiceFailure]"


def make_package_key(package: Package) -> tuple[str, str, str]:
    """Return the key by which packages are sorted: name, arch, version."""
    return (package.name, package.architecture, version.make_version_key(package.version))


def parse_clause(text: str, reason: Reason) -> Alternatives:
    """Return the alternatives of a clause; none if it is empty. Raise TrustError, which names the package and the field."""
    text = " ".join(text.split())
    if not text:
        return ()
    try:
        alternatives = relation.parse_alternatives(text)
    except RelationError as error:
        raise TrustError(f"{describe_owner(reason)}: {reason.relation}: {error}") from None
    for item in alternatives:
        if item.arches or item.profiles:
            message = f"'{item}' has a restriction, which only a source package may have"
            raise TrustError(f"{describe_owner(reason)}: {reason.relation}: {message}")
    return alternatives


def describe_owner(reason: Reason) -> str:
    """Return the package that has the relation, in words."""
    package = reason.package
    return f"{package.name} {package.version} {package.architecture} of archive {package.archive}" if package else "?"
