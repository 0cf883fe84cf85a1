"""A compose cut down to some of its arches and variants."""

from __future__ import annotations

from dataclasses import replace

from composelib.config.problems import did_you_mean
from composelib.errors import ConfigError
from composelib.model import Compose, Image, Variant


def narrowed(compose: Compose, arches: tuple[str, ...], variants: tuple[str, ...]) -> Compose:
    """Give the compose with these arches and variants only; none named means all.

    Variants that a kept one builds on or carries on its media are kept too. Raises ConfigError for names that the
    compose has not, and when nothing is left.
    """
    refuse_unknown("arch", arches, compose.arches)
    refuse_unknown("variant", variants, tuple(variant.name for variant in compose.variants))
    kept_arches = tuple(arch for arch in compose.arches if arch in arches or not arches)
    wanted = needed(compose.variants, variants)
    kept = [on_arches(variant, kept_arches) for variant in compose.variants if variant.name in wanted or not variants]
    left = tuple(variant for variant in kept if variant.arches)
    if not left:
        chosen = f"variants={','.join(variants)} arches={','.join(arches)}"
        raise ConfigError(f"{chosen}: none of the variants has one of the arches")
    return replace(compose, arches=kept_arches, variants=left)


def refuse_unknown(what: str, asked: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Raise ConfigError for names that are not known."""
    for name in asked:
        if name not in known:
            raise ConfigError(f"the compose has no {what} {name!r}", did_you_mean(name, known))


def needed(variants: tuple[Variant, ...], names: tuple[str, ...]) -> set[str]:
    """Give the names with those of all variants that theirs build on or carry on their media."""
    by_name = {variant.name: variant for variant in variants}
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            variant = by_name[name]
            waiting += [*variant.lookaside, *(other for image in variant.images for other in image.extra_variants)]
    return found


def on_arches(variant: Variant, arches: tuple[str, ...]) -> Variant:
    """Give a variant, and its images, on these arches only."""
    images = tuple(image_on(image, arches) for image in variant.images)
    own = tuple(arch for arch in variant.arches if arch in arches)
    return replace(variant, arches=own, images=tuple(image for image in images if image.arches))


def image_on(image: Image, arches: tuple[str, ...]) -> Image:
    """Give an image on these arches only."""
    own = tuple(arch for arch in image.arches if arch in arches)
    return replace(image, arches=own, failable=tuple(arch for arch in image.failable if arch in own))
