"""Which variants a variant builds on: their packages satisfy, and are not repeated."""

from __future__ import annotations

from composelib.model import Compose, Variant


def built_on(compose: Compose, variant: Variant) -> tuple[Variant, ...]:
    """Give the variants that one builds on, and those that these build on, in the compose's order."""
    by_name = {other.name: other for other in compose.variants}
    names = list(variant.lookaside)
    for name in names:
        names += [far for far in by_name[name].lookaside if far not in names] if name in by_name else []
    return tuple(other for other in compose.variants if other.name in names and other.name != variant.name)
