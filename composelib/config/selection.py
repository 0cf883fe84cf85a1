"""A part of a compose: the tasks of some arches and variants."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from composelib.config.keys.record import Settings
from composelib.config.yaml.problems import did_you_mean
from composelib.errors import ConfigError
from composelib.model.compose import Compose
from composelib.model.selection import Selection


def part_of(compose: Compose, arches: tuple[str, ...], variants: tuple[str, ...]) -> Selection | None:
    """Give the part of a compose that these arches and variants are, none named meaning all; None if it is the whole.

    Raises ConfigError for names that the compose has not, and when nothing is left.
    """
    refuse_unknown("arch", arches, compose.arches)
    refuse_unknown("variant", variants, tuple(variant.name for variant in compose.variants))
    places: set[tuple[str, str]] = set()
    for variant in compose.variants:
        kept = [arch for arch in variant.arches if arch in arches or not arches]
        if variant.name in variants or not variants:
            places |= {(variant.name, arch) for arch in kept}
            places |= {(variant.name, "")} if tuple(kept) == variant.arches else set()
    part = Selection(arches, variants, frozenset(places))
    if not places:
        raise ConfigError(f"{part}: none of the variants has one of the arches")
    return None if all((variant.name, "") in places for variant in compose.variants) else part


def refuse_unknown(what: str, asked: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Raise ConfigError for names that are not known."""
    for name in asked:
        if name not in known:
            raise ConfigError(f"the compose has no {what} {name!r}", did_you_mean(name, known))


def narrowed(settings: Settings, part: Selection) -> Settings:
    """Give a config's settings with no more than what a part says, and the variants that it builds on or carries."""
    arches = tuple(arch for arch in settings["arches"] if arch in part.arches or not part.arches)
    wanted = needed(settings["variants"], part.variants or tuple(settings["variants"]))
    variants = {
        name: on_arches(variant, arches)
        for name, variant in settings["variants"].items()
        if name in wanted and on(variant, arches)
    }
    return replace(settings, values=settings.values | {"arches": arches, "variants": variants})


def needed(variants: dict[str, Settings], names: tuple[str, ...]) -> set[str]:
    """Give the names with those of all variants that theirs build on or carry on their media."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            images = variants[name]["images"].values()
            waiting += [
                *(variants[name]["lookaside"] or ()),
                *(one for i in images for one in i["extra-variants"] or ()),
            ]
    return found


def on(settings: Settings, arches: tuple[str, ...]) -> bool:
    """Tell whether a variant or image is for one of some arches."""
    return settings["arches"] is None or any(arch in arches for arch in settings["arches"])


def on_arches(settings: Settings, arches: tuple[str, ...]) -> Settings:
    """Give a variant or image on some arches only."""
    values: dict[str, Any] = dict(settings.values)
    for key in ("arches", "failable"):
        if isinstance(values.get(key), tuple):
            values[key] = tuple(arch for arch in values[key] if arch in arches)
    if "images" in values:
        images = values["images"].items()
        values["images"] = {name: on_arches(image, arches) for name, image in images if on(image, arches)}
    return replace(settings, values=values)
