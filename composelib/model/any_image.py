"""What some kinds of image have, for code that does not yet ask for the kind."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from composelib.model.customize import Customize
from composelib.model.origin import Seed


class AnyImage:
    """What some kinds have, as every image that is not of these kinds has it."""

    packages = cast("tuple[Seed, ...]", ())
    exclude = cast("tuple[Seed, ...]", ())
    recommends = False
    scripts = cast("tuple[Path, ...]", ())
    customize = Customize()
    boot = ""
    installer = False
    preseed = cast("Path | None", None)
    split = False
    jigdo = False
    extra_variants = cast("tuple[str, ...]", ())
    source = False
    optional = False
    volume_id = ""
    builder = "native"
    formats = cast("tuple[str, ...]", ())
    size = 0
    cloud_init = False
    origin_image = ""
    bootc = False
    push = ""
    ref = ""
    deltas = True
