"""What packages need to be built from source: their build dependencies, and what these need to be built."""

from __future__ import annotations

from composelib.archive.choose.closure import Closure, Extension
from composelib.archive.choose.need import SOURCE, ChoiceFailure, Need, Reason, describe_owner
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.seeds import drop_restrictions
from composelib.archive.format import relation
from composelib.archive.format.relation import RelationError
from composelib.errors import TrustError

FIELDS = ("Build-Depends", "Build-Depends-Arch", "Build-Depends-Indep")
BUILD_ESSENTIAL = "build-essential"


def add_build_dependencies(sources: Universe) -> Extension:
    """Return an extension that adds the build dependencies of each chosen native package's source."""

    def extend(closure: Closure) -> None:
        for package in closure.take_fresh(SOURCE):
            if closure.world.arch_of(package) == closure.world.native.arch:
                add_source_needs(package, sources, closure)

    return extend


def add_source_needs(package: Package, sources: Universe, closure: Closure) -> None:
    """Add all that the source of a package needs to be built."""
    reason = Reason(None, package, SOURCE)
    source = find_source(sources, package.source, package.source_version)
    if source is None:
        text = f"source {package.source} (= {package.source_version})"
        closure.fail(ChoiceFailure(reason, Need(text, (), reason, closure.world.native.arch)))
    elif source in closure.broken:
        closure.fail(ChoiceFailure(reason, package=source))
    else:
        for need in list_build_needs(source, closure.world.native.arch):
            closure.add_need(need)


def find_source(sources: Universe, name: str, version: str) -> Package | None:
    """Return the source package of a name and version."""
    return next((source for source in sources.versions(name) if source.version == version), None)


def list_build_needs(source: Package, arch: str) -> list[Need]:
    """Return what a source package needs to be built on `arch`; no build profile is active.

    Raise TrustError for a field that is not a valid relation.
    """
    essential = Reason(None, source, "Build-Essential")
    needs = [Need(BUILD_ESSENTIAL, relation.parse_alternatives(BUILD_ESSENTIAL), essential, arch)]
    for name in FIELDS:
        reason = Reason(None, source, name)
        try:
            clauses = source.relations(name)
        except RelationError as error:
            raise TrustError(f"{describe_owner(reason)}: {name}: {error}") from None
        for alternatives in clauses:
            active = drop_restrictions(alternatives, arch)
            if active:
                needs.append(Need(" | ".join(map(str, active)), active, reason, arch))
    return needs
