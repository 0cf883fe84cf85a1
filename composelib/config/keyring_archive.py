"""Adds a release's keyring package to its repositories: an archive that has it alone, and an entry of each variant."""

from __future__ import annotations

from dataclasses import replace

from composelib.errors import ConfigError
from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.model.origin import Seed
from composelib.model.variant import Variant


def add_keyring(compose: Compose) -> Compose:
    """Return the compose whose variants have the keyring package, if there is one; those with a lookaside have it there.

    Raise ConfigError if an archive has its name.
    """
    if not compose.release.keyring_package:
        return compose
    name = compose.paths.keyring_package.stem
    for archive in compose.archives:
        if archive.name == name:
            raise ConfigError(
                f"{archive.origin}: archives.{name}: the name is that of the release's keyring package", "rename it"
            )
    archive = Archive(name, compose.variants[0].origin, sources=False)
    variants = tuple(variant if variant.lookaside else add_entry(variant, name) for variant in compose.variants)
    return replace(compose, archives=(*compose.archives, archive), variants=variants)


def add_entry(variant: Variant, package: str) -> Variant:
    """Return a variant that has one package more."""
    return replace(variant, packages=(*variant.packages, Seed(package, variant.origin, implied=True)))
