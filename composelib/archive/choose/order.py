"""Orders: the part of the config that decides which packages are chosen for a variant and arch."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from composelib.archive.choose.need import Wish
from composelib.model.origin import Origin, Seed

if TYPE_CHECKING:  # what chooses loads little
    from composelib.model.pin import Pin
    from composelib.model.variant import Multiarch

Json = dict[str, Any]
NOWHERE = Origin("", 0, 0)


class AddonOrder(NamedTuple):
    """The wishes and exclusions of an addon."""

    name: str
    wishes: tuple[Wish, ...]
    exclude: tuple[Seed, ...] = ()


@dataclass(frozen=True)
class Order:
    """All of the config that decides which packages are chosen for a variant and arch."""

    variant: str
    arch: str
    wishes: tuple[Wish, ...]
    exclude: tuple[Seed, ...] = ()
    addons: tuple[AddonOrder, ...] = ()
    alternatives: Literal["first", "all", "same-source"] = "first"
    recommends: bool = False
    follow: bool = True
    fulltree: bool = False
    selfhosting: bool = False
    multiarch: Multiarch | None = None
    pins: tuple[Pin, ...] = ()
    tolerant: bool = False
    """Whether a package that lacks something is taken anyway: repoclosure then warns, or is off."""
    may_be_empty: bool = False
    """Whether it is right that no package is chosen: the config says so, or the variant is one of images alone."""
    origin: Origin = NOWHERE
    """Where the config has the variant; it decides nothing."""


def list_entries(order: Order) -> Json:
    """Return the entries of the config by key, each with its origin, so that a change can be reported in one line."""
    entries_by_key: Json = {
        f"addons.{addon.name}.exclude": [*map(format_entry, addon.exclude)] for addon in order.addons
    }
    wishes = [*order.wishes, *(wish for addon in order.addons for wish in addon.wishes)]
    for key in dict.fromkeys(wish.key for wish in wishes):
        entries_by_key[key] = [format_entry(wish.seed) for wish in wishes if wish.key == key]
    return entries_by_key


def format_entry(seed: Seed) -> str:
    """Return an entry with its origin, and with what the list that it is imported from says of it."""
    words = [str(seed.origin), *(["imported"] if seed.imported else [])]
    words += [] if seed.recommends is None else [f"recommends: {seed.recommends}"]
    return f"{seed.text} ({', '.join(words)})"


def dump_rules(order: Order) -> Any:
    """Return everything in an order but its wishes and addons, as JSON values."""
    return json.loads(json.dumps(asdict(replace(order, wishes=(), addons=(), origin=NOWHERE))))
