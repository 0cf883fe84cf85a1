"""The full tree of a source: every binary package that is built from it, when one of them is chosen."""

from __future__ import annotations

from composelib.archive.closure import Closure
from composelib.archive.need import FULLTREE, Reason
from composelib.archive.package import Package


def fulltree(closure: Closure) -> None:
    """Take the other packages of each chosen native package's source and source version."""
    native = closure.world.native
    for package in closure.fresh(FULLTREE):
        if closure.world.arch_of(package) != native.arch:
            continue
        siblings = [other for other in native.with_field("Source", package.source) if same_build(other, package)]
        for sibling in closure.usable(siblings):
            if not any(other.lookaside and other.version == sibling.version for other in native.versions(sibling.name)):
                closure.take(sibling, Reason(None, package, FULLTREE))


def same_build(one: Package, other: Package) -> bool:
    """Tell whether two packages of one source are of the same version of it."""
    return one.source_version == other.source_version
