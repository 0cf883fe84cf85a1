"""Names that a config gives with places to be filled in: refs of commits, addresses in a registry."""

from __future__ import annotations

from composelib.model.compose import Compose

DEFAULT_REF = "{short}/{version}/{arch}/{image}"


def filled(text: str, compose: Compose, variant: str, arch: str, image: str) -> str:
    """Give a name with `{version}`, `{arch}`, `{variant}`, `{image}`, `{short}` and `{codename}` filled in."""
    values = {
        "version": compose.release.version,
        "short": compose.release.short,
        "codename": compose.release.codename,
        "variant": variant,
        "arch": arch,
        "image": image,
    }
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def ref_of(compose: Compose, variant: str, arch: str, image: str) -> str:
    """Give the ref of an OSTree image on an arch."""
    text = next(
        (one.ref for other in compose.variants if other.name == variant for one in other.images if one.name == image),
        "",
    )
    return filled(text or DEFAULT_REF, compose, variant, arch, image)
