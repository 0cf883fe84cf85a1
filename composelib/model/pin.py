"""Pins: which of a package's versions are preferred, as in apt's preferences."""

from __future__ import annotations

from composelib.dataclass import dataclass
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import NAME, ListOf, Number, Text
from composelib.model.origin import Origin

EVERY_PACKAGE = "*"
WORD = Text(
    "a name, glob or /regular expression/ of packages, or src: and one of sources",
    r"(?:src:)?(?:/.+/|[^\s/:]+)(?::[a-z0-9-]+)?",
)


@dataclass(frozen=True)
class Pin:
    """The priority of some packages, or of all packages of an archive or suite."""

    origin: Origin
    priority: int = key(
        "As in apt: below 0 a version is never taken; above 1000 means no more than 1000, as nothing is installed that could be "
        "downgraded.",
        Number(-32767, 32767),
        required=True,
    )
    packages: tuple[str, ...] = key(
        "Names, globs or `/regular expressions/` of packages, `src:` and one of sources; of the native arch unless `:ARCH` or `:any` "
        "follows. All packages by default.",
        ListOf(WORD, "packages"),
    )
    archive: str = key("Only versions in this archive.", Text("the name of an archive", NAME))
    suite: str = key("Only versions in this suite.", Text("a suite of an archive", r"\S+"))
    version: str = key("Only versions that this glob matches.", Text("a version, or a glob of versions", r"\S+"))

    @property
    def is_general(self) -> bool:
        """Whether it sets the priority of suites, which that of single packages precedes."""
        return set(self.packages) <= {EVERY_PACKAGE}
