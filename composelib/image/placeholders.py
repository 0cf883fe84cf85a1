"""Fill in the placeholders of names in the config: refs of commits, addresses in a registry."""

from __future__ import annotations

from composelib.model.deliverable import Deliverable
from composelib.model.image import OstreeImage
from composelib.model.image_traits import Image
from composelib.model.release import Release


def fill_placeholders(text: str, release: Release, deliverable: Deliverable[Image]) -> str:
    """Return a name with `{version}`, `{arch}`, `{variant}`, `{image}`, `{short}` and `{codename}` filled in."""
    values = {
        "version": release.version,
        "short": release.short,
        "codename": release.codename,
        "variant": deliverable.variant.name,
        "arch": deliverable.arch,
        "image": deliverable.image.name,
    }
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def name_ref(release: Release, deliverable: Deliverable[OstreeImage]) -> str:
    """Return the ref under which an OSTree image is released for an arch."""
    return fill_placeholders(deliverable.image.ref, release, deliverable)
