"""The priority of each version of a package: by a variant's pins, as apt reads its preferences, else by its suite.

A pin of packages sets the priority of each version that it matches; the first one that matches counts. A pin of all packages sets the
priority of archives and suites, in the same way. A version in several suites that no pin of packages matches has the highest of
their priorities. (apt_preferences(5), and apt's pkgPolicy where that is silent.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from composelib.archive.choose.packages.package import ALL, Package, PackageListing
from composelib.archive.patterns.posix_regex import compile_regex

if TYPE_CHECKING:  # most variants have no pins
    from composelib.archive.choose.packages.index import Index
    from composelib.model.pin import Pin

SOURCE = "src:"
WORD = re.compile(r"(?P<source>src:)?(?P<name>/.+/|[^:]+)(?::(?P<arch>[a-z0-9-]+))?")
NameTest = Callable[[str], object]


class PinWord:
    """A word of a pin: the packages that it names."""

    def __init__(self, text: str, native: str) -> None:
        """Take the word and the native arch, to which it is limited unless it has an arch."""
        match = WORD.fullmatch(text)
        source, name, arch = match.groups() if match else (None, text, None)
        self.text = text
        self.matches_name = make_name_test(name)
        self._by_source = bool(source)
        self._native = native
        self._arch = native if arch in {None, "native"} else arch

    def __call__(self, package: Package) -> bool:
        """Return whether it names a package."""
        arch = self._native if package.architecture == ALL else package.architecture
        name = package.source if self._by_source else package.name
        return self._arch in {"any", arch} and bool(self.matches_name(name))

    def names_any(self, index: Index) -> bool:
        """Return whether it names a package that is in an index, of whatever arch."""
        return any(map(self.matches_name, index.values("Source") if self._by_source else index.names))


def make_name_test(name: str) -> NameTest:
    """Return the test for a name: a name itself, a glob, or a regular expression between slashes."""
    if len(name) > 1 and name.startswith("/") and name.endswith("/"):
        return compile_regex(name[1:-1]).search
    if set(name) & set("*[?"):
        return compile_glob(name).fullmatch
    return name.__eq__


def compile_glob(text: str) -> re.Pattern[str]:
    """Return the expression for a glob, in any case."""
    from fnmatch import translate  # noqa: PLC0415 - few variants have pins

    return re.compile(translate(text), re.IGNORECASE)


class Pins:
    """The pins of a variant, applied to packages."""

    def __init__(self, pins: Iterable[Pin], native: str) -> None:
        """Take the pins in their order, and the native arch. Raise RegexError."""
        pins = tuple(pins)
        self._general = [pin for pin in pins if pin.is_general]
        self._specific = [(pin, [PinWord(word, native) for word in pin.packages]) for pin in pins if not pin.is_general]

    def rank(self, packages: Sequence[Package]) -> dict[Package, tuple[int, Pin | None]]:
        """Return the priority of each of the packages of one name, and the pin that sets it."""
        ranks: dict[Package, tuple[int, Pin | None]] = {}
        for same in group_by_file(packages):
            pin = self._find_specific(same)
            ranked = [(pin.priority, pin)] * len(same) if pin else [self._rank_suite(package) for package in same]
            best = max(ranked, key=lambda rank: rank[0])
            ranks |= dict.fromkeys(same, best)
        return ranks

    def _find_specific(self, same: Sequence[Package]) -> Pin | None:
        """Return the first pin of packages that matches a version, wherever it is."""
        for pin, words in self._specific:
            if any(word(package) for word in words for package in same[:1]) and any(
                is_from(package, pin) and is_of_version(package, pin) for package in same
            ):
                return pin
        return None

    def _rank_suite(self, package: Package) -> tuple[int, Pin | None]:
        """Return the priority of the suite that a package is in, and the pin that sets it."""
        pin = next((pin for pin in self._general if is_from(package, pin)), None)
        return (pin.priority, pin) if pin else (package.priority, None)

    def find_idle(self, listings: Iterable[PackageListing]) -> Iterable[tuple[Pin, str]]:
        """Yield the words of pins that name no package of any of these listings."""
        indices = [listing.index for listing in listings]
        for pin, words in self._specific:
            yield from ((pin, word.text) for word in words if not any(map(word.names_any, indices)))


def group_by_file(packages: Iterable[Package]) -> Iterable[list[Package]]:
    """Return the packages of one name in groups that are the same version: the same file, in one or several suites."""
    groups: dict[tuple[str, str, str], list[Package]] = {}
    for package in packages:
        groups.setdefault((package.version, package.architecture, package.sha256), []).append(package)
    return groups.values()


def is_from(package: Package, pin: Pin) -> bool:
    """Return whether a package is in the archive and suite that a pin is for."""
    return pin.archive in {"", package.archive} and pin.suite in {"", package.suite}


def is_of_version(package: Package, pin: Pin) -> bool:
    """Return whether a pin is for a package's version."""
    return not pin.version or bool(compile_glob(pin.version).fullmatch(package.version))
