"""The arches and variants that a call is limited to."""

from __future__ import annotations

from composelib.dataclass import dataclass


@dataclass(frozen=True)
class Selection:
    """The arches and variants whose tasks a call is limited to. The compose stays whole."""

    arches: tuple[str, ...]
    """As named on the command line; empty for all."""
    variants: tuple[str, ...]
    targets: frozenset[tuple[str, str]]
    """Each selected variant with each of its selected arches, and with '' where all of its arches are selected."""

    def __str__(self) -> str:
        """Return the words of the command line."""
        words = {"arches": self.arches, "variants": self.variants}
        return " ".join(f"{name}={','.join(names)}" for name, names in words.items() if names)

    def has(self, task: str) -> bool:
        """Return whether a task is selected, by its whole name `STAGE:VARIANT[:ARCH[:IMAGE]]`."""
        _, variant, arch, *_ = [*task.split(":"), "", ""]
        return (variant, arch) in self.targets or (variant, "") in self.targets
