"""What is there only when no required part of a compose has failed: what releases something waits for it."""

from __future__ import annotations

from pathlib import Path

from composelib.model import Compose


def finished(compose: Compose) -> tuple[Path, ...]:
    """Give the reports on all repositories that are checked, and the sums of all images if there are any."""
    images = any(
        compose.image_files(variant.name, arch, image)
        for variant in compose.variants
        for image in variant.images
        for arch in image.made_for
    )
    closures = tuple(
        compose.work("repoclosure", variant.name, f"{arch}.json")
        for variant in compose.variants
        if variant.strict != "off"
        for arch in variant.arches
    )
    return (*closures, *((compose.checksums,) if images else ()))
