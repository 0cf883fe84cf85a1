"""Which packages of foreign arches go beside the native ones: libraries to run foreign programs, headers to build them."""

from __future__ import annotations

from collections.abc import Sequence

from composelib.archive.choose.closure import Closure, Extension
from composelib.archive.choose.need import MULTIARCH, Reason
from composelib.archive.choose.packages.package import Package

LIBRARY_SECTIONS = frozenset({"libs", "oldlibs"})
LIBRARY_PREFIXES = ("libnss-", "libpam-", "gconv-", "gstreamer1.0-", "libgl", "mesa-")
"""Names of what programs load at run time, in whatever section it is."""


def runtime(package: Package) -> bool:
    """Return whether foreign programs may load a package's files."""
    section = package.column("Section").rpartition("/")[2]
    return not devel(package) and (section in LIBRARY_SECTIONS or package.name.startswith(LIBRARY_PREFIXES))


def devel(package: Package) -> bool:
    """Return whether it is needed to build foreign programs."""
    return package.name.endswith("-dev")


SETS = {"runtime": runtime, "devel": devel}


def add_multiarch(sets: Sequence[str]) -> Extension:
    """Return what adds, of each foreign arch, the packages of these sets that are chosen for the native arch.

    They must be `Multi-Arch: same`, which is what lets both be installed, and of the very same version.
    """
    tests = [SETS[name] for name in sets]

    def extend(closure: Closure) -> None:
        world = closure.world
        for package in closure.fresh(MULTIARCH):
            if package.architecture != world.native.arch or package.column("Multi-Arch") != "same":
                continue
            if not any(test(package) for test in tests):
                continue
            for universe in world.foreign.values():
                same = [other for other in universe.versions(package.name) if other.version == package.version]
                if not any(other.lookaside for other in same):
                    for other in closure.usable(same)[:1]:
                        closure.take(other, Reason(None, package, MULTIARCH))

    return extend
