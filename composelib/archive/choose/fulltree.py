"""The full tree of a source: every binary package that is built from it, if one of them is chosen."""

from __future__ import annotations

from composelib.archive.choose.closure import Closure
from composelib.archive.choose.need import FULLTREE, Reason
from composelib.archive.choose.packages.package import Package


def add_fulltree(closure: Closure) -> None:
    """Take the other packages of each chosen native package's source and source version, as far as possible."""
    native = closure.world.native
    builds: dict[tuple[str, str], Package] = {}
    for package in closure.take_fresh(FULLTREE):
        if closure.world.arch_of(package) == native.arch:
            builds.setdefault((package.source, package.source_version), package)
    for (source, version), package in builds.items():
        siblings = [
            package_of_source
            for package_of_source in native.find_by_field("Source", source)
            if package_of_source.source_version == version
        ]
        for sibling in list(closure.filter_usable(siblings)):
            if not any(
                package_of_source.lookaside and package_of_source.version == sibling.version
                for package_of_source in native.versions(sibling.name)
            ):
                closure.take(sibling, Reason(None, package, FULLTREE))
