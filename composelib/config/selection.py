"""The arches and variants of a compose that a call is limited to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from composelib.config.keys.settings import Settings
from composelib.config.yaml.problems import suggest_candidate
from composelib.errors import ConfigError
from composelib.model.compose import Compose
from composelib.model.selection import Selection


def select(compose: Compose, arches: tuple[str, ...], variants: tuple[str, ...]) -> Selection | None:
    """Return the selection of these arches and variants, where () stands for all; None if it is the whole compose.

    Raise ConfigError for names that the compose does not have, and if nothing is selected.
    """
    refuse_unknown("arch", arches, compose.arches)
    refuse_unknown("variant", variants, tuple(variant.name for variant in compose.variants))
    targets: set[tuple[str, str]] = set()
    for variant in compose.variants:
        selected = tuple(arch for arch in variant.arches if arch in arches or not arches)
        if variant.name in variants or not variants:
            targets |= {(variant.name, arch) for arch in selected}
            targets |= {(variant.name, "")} if selected == variant.arches else set()
    selection = Selection(arches, variants, frozenset(targets))
    if not targets:
        available = (f"{variant.name} has {', '.join(variant.arches)}" for variant in compose.variants)
        raise ConfigError(f"{selection}: none of the variants has one of the arches", "; ".join(available))
    return None if all((variant.name, "") in targets for variant in compose.variants) else selection


def refuse_unknown(noun: str, names: tuple[str, ...], existing: tuple[str, ...]) -> None:
    """Raise ConfigError for names that do not exist."""
    for name in names:
        if name not in existing:
            raise ConfigError(f"the compose has no {noun} {name!r}", suggest_candidate(name, existing))


def narrow(settings: Settings, selection: Selection) -> Settings:
    """Return a config's settings with only the selection, and the variants it builds on or has on its media."""
    arches = tuple(arch for arch in settings["arches"] if arch in selection.arches or not selection.arches)
    names = with_needed(settings["variants"], selection.variants or tuple(settings["variants"]))
    variants = {
        name: narrow_arches(variant, arches)
        for name, variant in settings["variants"].items()
        if name in names and is_on(variant, arches)
    }
    return replace(settings, values=settings.values | {"arches": arches, "variants": variants})


def with_needed(variants: dict[str, Settings], names: tuple[str, ...]) -> set[str]:
    """Return the names of variants, and of all variants they build on or have on their media."""
    needed: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += variants[name]["lookaside"]
            for image in variants[name]["images"].values():
                waiting += image["extra-variants"]
    return needed


def is_on(settings: Settings, arches: tuple[str, ...]) -> bool:
    """Return whether a variant or image is for one of some arches."""
    return not settings["arches"] or any(arch in arches for arch in settings["arches"])


def narrow_arches(settings: Settings, arches: tuple[str, ...]) -> Settings:
    """Return a variant or image on some arches only."""
    values: dict[str, Any] = dict(settings.values)
    for key in ("arches", "failable"):
        if isinstance(values.get(key), tuple):
            values[key] = tuple(arch for arch in values[key] if arch in arches)
    if "images" in values:
        images = values["images"].items()
        values["images"] = {name: narrow_arches(image, arches) for name, image in images if is_on(image, arches)}
    return replace(settings, values=values)
