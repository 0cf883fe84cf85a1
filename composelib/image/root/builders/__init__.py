"""The builders of root file systems and what each can make."""

from __future__ import annotations

from composelib.image.root.builder import BuilderCapabilities
from composelib.tools import mkosi

BUILDERS = {
    "native": BuilderCapabilities(name="native", foreign=True, commits=True),
    "kiwi": BuilderCapabilities(name="kiwi"),
    "mkosi": BuilderCapabilities(name="mkosi", arches=tuple(mkosi.ARCHES)),
}


def builder_names() -> tuple[str, ...]:
    """Return the names of all builders, the default first."""
    return tuple(BUILDERS)


def capabilities(name: str) -> BuilderCapabilities:
    """Return what a builder can make."""
    return BUILDERS[name]
