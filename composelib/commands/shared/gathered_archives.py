"""Readers of what pkgset and gather have written, for the commands that explain it."""

from __future__ import annotations

from composelib.archive.choose.packages.index import Index
from composelib.archive.choose.packages.package import PackageListing
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.pins import Pins
from composelib.archive.explain import manifest_reader
from composelib.archive.explain.manifest_reader import GatheredPackages
from composelib.commands.shared.command_line import format_call
from composelib.errors import ConfigError
from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.model.pin import Pin


def read_universe(compose: Compose, arch: str, pins: tuple[Pin, ...] = ()) -> Universe:
    """Read all packages of the compose's archives for an arch, as pins rank them. Raise ConfigError if no archive was read yet."""
    listings = [listing for archive in compose.archives if (listing := read_listing(compose, archive, arch))]
    if not listings:
        raise ConfigError(f"{compose.name}: no archive was read for {arch} yet", format_call(compose, "pkgset"))
    return Universe(listings, arch, pins=Pins(pins, arch) if pins else None)


def read_listing(compose: Compose, archive: Archive, arch: str) -> PackageListing | None:
    """Read an archive's packages for an arch; return None if they are not on disk."""
    stanzas, index = compose.paths.pkgset(archive, arch), compose.paths.pkgset_index(archive, arch)
    if not (stanzas.is_file() and index.is_file()):
        return None
    return PackageListing(
        archive.name,
        stanzas.read_bytes(),
        Index(index.read_bytes()),
        archive.priority,
        archive.lookaside,
        archive.suites,
    )


def read_rows(compose: Compose, variant: str, arch: str) -> GatheredPackages | None:
    """Read a gathered list; return None if it is not on disk. Raise ConfigError if it is not valid."""
    path = compose.paths.manifest(variant, arch)
    try:
        return manifest_reader.parse_manifest(path.read_bytes())
    except FileNotFoundError:
        return None
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: not a list of packages ({error})", format_call(compose, "gather")) from error
