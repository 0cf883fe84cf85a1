"""The full tree of a source: every binary package that is built from it, when one of them is chosen."""

from __future__ import annotations

from composelib.archive.choose.closure import Closure
from composelib.archive.choose.need import FULLTREE, Reason
from composelib.archive.choose.packages.package import Package


def add_fulltree(closure: Closure) -> None:
    """Take the other packages of each chosen native package's source and source version, as far as they can be had."""
    native = closure.world.native
    builds: dict[tuple[str, str], Package] = {}
    for package in closure.fresh(FULLTREE):
        if closure.world.arch_of(package) == native.arch:
            builds.setdefault((package.source, package.source_version), package)
    for (source, version), package in builds.items():
        siblings = [other for other in native.with_field("Source", source) if other.source_version == version]
        for sibling in list(closure.usable(siblings)):
            if not any(other.lookaside and other.version == sibling.version for other in native.versions(sibling.name)):
                closure.take(sibling, Reason(None, package, FULLTREE))
