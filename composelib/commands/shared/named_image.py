"""An image by what a user calls it."""

from __future__ import annotations

from pathlib import Path

from composelib.errors import ConfigError
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image_traits import Image


def find_deliverable(compose: Compose, word: str) -> Deliverable[Image] | None:
    """Return the image that a word names: its task's `VARIANT:ARCH:IMAGE`, its name alone, or a file of it.

    None if it names none. Raise ConfigError if it names several.
    """
    matching = [deliverable for deliverable in compose.deliverables(Image) if is_named(compose, deliverable, word)]
    if len(matching) > 1:
        names = ", ".join(deliverable.name for deliverable in matching)
        raise ConfigError(f"{word}: there are several images of this name", f"name one of {names}")
    return matching[0] if matching else None


def is_named(compose: Compose, deliverable: Deliverable[Image], word: str) -> bool:
    """Return whether a word names an image."""
    files = compose.paths.image_files(deliverable.variant.name, deliverable.arch, deliverable.image)
    return word in {deliverable.name, deliverable.image.name} or Path(word).absolute() in {
        path.absolute() for path in files
    }
