"""Fills in settings that follow from other keys: arches, failable arches, the addon `optional`, files of sources."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from composelib.config.keys.record import get_record
from composelib.config.keys.settings import Settings
from composelib.config.yaml.nodes import Word
from composelib.model.variant import OPTIONAL, Addon


def resolve(compose: Settings) -> Settings:
    """Return the settings of a compose whose variants and images name their arches, and whose sources name their files."""
    variants = {name: resolve_variant(variant, compose["arches"]) for name, variant in compose["variants"].items()}
    archives = {name: resolve_archive(archive) for name, archive in compose["archives"].items()}
    return replace(compose, values=compose.values | {"variants": variants, "archives": archives})


def resolve_archive(archive: Settings) -> Settings:
    """Return an archive whose source packages name the files of their trees and each of their patches."""
    if not archive.has("build"):
        return archive
    from composelib.config import build_sources  # noqa: PLC0415 - few composes build packages

    sources = tuple(map(build_sources.resolve_source, archive["build"]))
    return replace(archive, values=archive.values | {"build": sources})


def resolve_variant(variant: Settings, compose_arches: tuple[Word, ...]) -> Settings:
    """Return a variant with its arches in the compose's order, and with its list `optional` as its last addon."""
    arches = limit(variant["arches"], compose_arches)
    values: dict[str, Any] = variant.values | {
        "arches": arches,
        "images": {name: resolve_image(image, arches) for name, image in variant["images"].items()},
    }
    if variant["optional"]:
        origin = variant.origin_of("optional")
        addon = Settings(get_record(Addon), origin, variant.path_of("optional"), {"packages": variant["optional"]}, {})
        values["addons"] = variant["addons"] | {Word(OPTIONAL, origin): addon}
    return replace(variant, values=values)


def resolve_image(image: Settings, variant_arches: tuple[Word, ...]) -> Settings:
    """Return an image with its arches in the variant's order, and with those on which it may fail."""
    arches = limit(image["arches"], variant_arches)
    failable = arches if image["failable"] is True else image["failable"]
    return replace(image, values=image.values | {"arches": arches, "failable": failable})


def limit(arches: tuple[Word, ...], available: tuple[Word, ...]) -> tuple[Word, ...]:
    """Return those of the available arches that are named, or all of them if none is."""
    return tuple(arch for arch in available if arch in (arches or available))
