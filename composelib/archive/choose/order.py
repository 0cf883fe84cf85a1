"""What a variant asks for on an arch: all of its config that decides what is chosen from given archives."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from composelib.archive.choose import debian_installer
from composelib.archive.choose.need import Wish
from composelib.model.image import Image, IsoImage, RootedImage
from composelib.model.origin import Seed
from composelib.model.variant import OPTIONAL, Addon, Multiarch, Variant

Json = dict[str, Any]


@dataclass(frozen=True)
class AddonOrder:
    """What an addon asks for."""

    name: str
    wishes: tuple[Wish, ...]
    exclude: tuple[Seed, ...] = ()


@dataclass(frozen=True)
class Order:
    """What a variant asks for on an arch: all of the config that decides what is chosen from given archives."""

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
    tolerant: bool = False
    """Whether what lacks something is taken all the same: repoclosure then warns of it, or is off."""


def asked(order: Order) -> Json:
    """Give what the config asks for, by key, each entry with its place: so a changed one can be told in a line."""
    found: Json = {
        f"addons.{addon.name}.exclude": [f"{seed.text} ({seed.origin})" for seed in addon.exclude]
        for addon in order.addons
    }
    wishes = [*order.wishes, *(wish for addon in order.addons for wish in addon.wishes)]
    for where in dict.fromkeys(wish.where for wish in wishes):
        found[where] = [f"{wish.seed.text} ({wish.seed.origin})" for wish in wishes if wish.where == where]
    return found


def rules(order: Order) -> Any:
    """Give the rest of what decides, as JSON gives it back."""
    return json.loads(json.dumps(asdict(replace(order, wishes=(), addons=()))))


def order_of(variant: Variant, arch: str) -> Order:
    """Give what a variant asks for on an arch; the packages of its images are to be had from it too."""
    key = f"variants.{variant.name}"
    wishes = [
        *wished(variant.packages, f"{key}.packages"),
        *wished(variant.pinned, f"{key}.pinned", pinned=True),
    ]
    for image in variant.images:
        if arch in image.arches:
            wishes += image_wishes(variant, image, arch)
    return Order(
        variant=variant.name,
        arch=arch,
        wishes=tuple(wishes),
        exclude=variant.exclude,
        addons=tuple(
            AddonOrder(addon.name, wished(addon.packages, f"{key}.{key_of(addon)}"), addon.exclude)
            for addon in variant.addons
        ),
        alternatives=variant.alternatives,
        recommends=variant.recommends,
        follow=variant.method == "deps",
        fulltree=variant.fulltree,
        selfhosting=variant.selfhosting,
        multiarch=variant.multiarch,
        tolerant=variant.strict != "fatal",
    )


def image_wishes(variant: Variant, image: Image, arch: str) -> Iterator[Wish]:
    """Give what an image is to have from its variant."""
    key = f"variants.{variant.name}.images.{image.name}"
    if isinstance(image, IsoImage) and image.installer:
        yield from debian_installer.wishes(arch, image.origin, f"{key}.installer")
    if not isinstance(image, RootedImage):
        return
    yield from wished(image.packages, f"{key}.packages")
    if image.recommends:
        essential = Wish(Seed("?essential", image.origin), f"{key}.recommends", optional=True)
        for wish in (essential, *wished(image.packages or variant.packages, f"{key}.recommends")):
            yield replace(wish, recommends=True)


def key_of(addon: Addon) -> str:
    """Give the key of a variant under which the packages of an addon are written."""
    return OPTIONAL if addon.name == OPTIONAL else f"addons.{addon.name}.packages"


def wished(seeds: Iterable[Seed], where: str, *, pinned: bool = False) -> tuple[Wish, ...]:
    """Give seeds as wishes."""
    return tuple(Wish(seed, where, pinned) for seed in seeds)
