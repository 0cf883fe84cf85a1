"""Makes a variant's order: the wishes of its packages, its addons and its images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from composelib.archive.choose import debian_installer
from composelib.archive.choose.need import Wish
from composelib.archive.choose.order import AddonOrder, Order
from composelib.model.image import IsoImage
from composelib.model.image_traits import Image, RootedImage
from composelib.model.origin import Seed
from composelib.model.variant import OPTIONAL, Addon, Variant


def make_order(variant: Variant, arch: str) -> Order:
    """Return the order of a variant for an arch, including the packages of its images."""
    key = f"variants.{variant.name}"
    wishes = [
        *make_wishes(variant.packages, f"{key}.packages"),
        *make_wishes(variant.pinned, f"{key}.pinned", pinned=True),
    ]
    for image in variant.images:
        if arch in image.arches:
            wishes += make_image_wishes(variant, image, arch)
    return Order(
        variant=variant.name,
        arch=arch,
        wishes=tuple(wishes),
        exclude=variant.exclude,
        addons=tuple(
            AddonOrder(addon.name, make_wishes(addon.packages, f"{key}.{get_addon_key(addon)}"), addon.exclude)
            for addon in variant.addons
        ),
        alternatives=variant.alternatives,
        recommends=variant.recommends,
        follow=variant.method == "deps",
        fulltree=variant.fulltree,
        selfhosting=variant.selfhosting,
        multiarch=variant.multiarch,
        pins=variant.pin,
        tolerant=variant.strict != "fatal",
        may_be_empty=variant.empty
        or (all(wish.seed.implied for wish in wishes) and bool(variant.images or variant.extra_files)),
        origin=variant.origin,
    )


def make_image_wishes(variant: Variant, image: Image, arch: str) -> Iterator[Wish]:
    """Yield the wishes of an image, which its variant has to satisfy."""
    key = f"variants.{variant.name}.images.{image.name}"
    if isinstance(image, IsoImage) and image.installer:
        yield from debian_installer.make_installer_wishes(arch, image.origin, f"{key}.installer")
    if not isinstance(image, RootedImage):
        return
    yield from make_wishes(image.packages, f"{key}.packages")
    if image.recommends:
        essential = Wish(Seed("?essential", image.origin), f"{key}.recommends", optional=True)
        for wish in (essential, *make_wishes(image.packages or variant.packages, f"{key}.recommends")):
            yield wish._replace(recommends=True)


def get_addon_key(addon: Addon) -> str:
    """Return the key of a variant under which the packages of an addon are written."""
    return OPTIONAL if addon.name == OPTIONAL else f"addons.{addon.name}.packages"


def make_wishes(seeds: Iterable[Seed], key: str, *, pinned: bool = False) -> tuple[Wish, ...]:
    """Return seeds as wishes."""
    return tuple(Wish(seed, key, pinned) for seed in seeds)
