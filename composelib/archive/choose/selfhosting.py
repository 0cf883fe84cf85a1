"""What a set of packages needs to be built from its own sources: their build dependencies, and the sources of those."""

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
    """Return what adds the build dependencies of each chosen native package's source; no build profile is active."""

    def extend(closure: Closure) -> None:
        for package in closure.fresh(SOURCE):
            if closure.world.arch_of(package) == closure.world.native.arch:
                build(package, sources, closure)

    return extend


def build(package: Package, sources: Universe, closure: Closure) -> None:
    """Need all that the source of a package needs to be built."""
    why = Reason(None, package, SOURCE)
    source = find_source(sources, package.source, package.source_version)
    if source is None:
        text = f"source {package.source} (= {package.source_version})"
        closure.fail(ChoiceFailure(why, Need(text, (), why, closure.world.native.arch)))
    elif source in closure.broken:
        closure.fail(ChoiceFailure(why, package=source))
    else:
        for need in needs(source, closure.world.native.arch):
            closure.need(need)


def find_source(sources: Universe, name: str, version: str) -> Package | None:
    """Return the source package of a name and version."""
    return next((source for source in sources.versions(name) if source.version == version), None)


def needs(source: Package, arch: str) -> list[Need]:
    """Return what a source package needs to be built on `arch`. Raise TrustError for a field that is no relation."""
    essential = Reason(None, source, "Build-Essential")
    found = [Need(BUILD_ESSENTIAL, relation.parse_alternatives(BUILD_ESSENTIAL), essential, arch)]
    for name in FIELDS:
        why = Reason(None, source, name)
        try:
            clauses = source.relations(name)
        except RelationError as error:
            raise TrustError(f"{describe_owner(why)}: {name}: {error}") from None
        for alternatives in clauses:
            left = drop_restrictions(alternatives, arch)
            if left:
                found.append(Need(" | ".join(map(str, left)), left, why, arch))
    return found
