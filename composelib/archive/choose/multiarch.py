"""Packages of foreign arches that go beside the native ones: libraries to run foreign programs, headers to build them."""

from __future__ import annotations

from collections.abc import Sequence

from composelib.archive.choose.closure import Closure, Extension
from composelib.archive.choose.need import MULTIARCH, Reason
from composelib.archive.choose.packages.package import Package

LIBRARY_SECTIONS = frozenset({"libs", "oldlibs"})
LIBRARY_PREFIXES = ("libnss-", "libpam-", "gconv-", "gstreamer1.0-", "libgl", "mesa-")
"""Beginnings of the names of packages that programs load at run time, whatever their section."""


def is_runtime(package: Package) -> bool:
    """Return whether foreign programs may load a package's files."""
    section = package.column("Section").rpartition("/")[2]
    return not is_devel(package) and (section in LIBRARY_SECTIONS or package.name.startswith(LIBRARY_PREFIXES))


def is_devel(package: Package) -> bool:
    """Return whether a package is needed to build foreign programs."""
    return package.name.endswith("-dev")


SETS = {"runtime": is_runtime, "devel": is_devel}


def add_multiarch(sets: Sequence[str]) -> Extension:
    """Return an extension that adds, for each foreign arch, the packages of these sets that are chosen for the native arch.

    They must be `Multi-Arch: same`, which lets both be installed, and of the same version.
    """
    tests = [SETS[name] for name in sets]

    def extend(closure: Closure) -> None:
        world = closure.world
        for package in closure.take_fresh(MULTIARCH):
            if package.architecture != world.native.arch or package.column("Multi-Arch") != "same":
                continue
            if not any(test(package) for test in tests):
                continue
            for universe in world.foreign.values():
                same = [foreign for foreign in universe.versions(package.name) if foreign.version == package.version]
                if not any(foreign.lookaside for foreign in same):
                    for foreign in closure.filter_usable(same)[:1]:
                        closure.take(foreign, Reason(None, package, MULTIARCH))

    return extend
