"""The paths of the files that describe packages beside their stanzas, below a component and without compression."""

from __future__ import annotations

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
