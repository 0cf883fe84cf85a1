"""The paths of the files that describe packages beside their stanzas, below a component and without compression."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from composelib.model.variant import Variant

ICON_SIZES = ("48x48", "64x64", "128x128")


def name_translation(language: str) -> str:
    """Return the path of the descriptions in a language."""
    return f"i18n/Translation-{language}"


def name_components(arch: str) -> str:
    """Return the path of AppStream's data for an arch."""
    return f"dep11/Components-{arch}.yml"


def name_commands(arch: str) -> str:
    """Return the path of the commands of packages for an arch."""
    return f"cnf/Commands-{arch}"


def name_icons(size: str) -> str:
    """Return the path of the tar of the icons of a size."""
    return f"dep11/icons-{size}.tar"


def list_described_files(variants: Iterable[Variant]) -> tuple[str, ...]:
    """Return the files that describe the packages of variants, each once."""
    return tuple(dict.fromkeys(file for variant in variants for file in list_files_of(variant)))


def list_files_of(variant: Variant) -> Iterator[str]:
    """Yield the files that describe a variant's packages."""
    yield from (name_translation(language) for language in variant.translations)
    if "appstream" in variant.indices:
        yield from (name_components(arch) for arch in variant.arches)
        yield from map(name_icons, ICON_SIZES)
    if "commands" in variant.indices:
        yield from map(name_commands, variant.arches)
