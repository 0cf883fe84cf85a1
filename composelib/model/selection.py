"""What a call is about: all of a compose, or some arches and variants of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Selection:
    """The tasks of a compose that a call is about: those of some arches and variants. The compose stays whole."""

    arches: tuple[str, ...]
    """As asked for; empty for all."""
    variants: tuple[str, ...]
    places: frozenset[tuple[str, str]]
    """Each variant with each of its arches that is meant, and with `` where all of the variant's arches are."""

    def __str__(self) -> str:
        """Give the words of the command line."""
        given = {"arches": self.arches, "variants": self.variants}
        return " ".join(f"{name}={','.join(words)}" for name, words in given.items() if words)

    def has(self, task: str) -> bool:
        """Whether a task is meant, by its whole name `STAGE:VARIANT[:ARCH[:IMAGE]]`."""
        _, variant, arch, *_ = [*task.split(":"), "", ""]
        return (variant, arch) in self.places or (variant, "") in self.places
