"""The description of a container image, which is the same for containers of packages and of commits."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

from composelib.dataclass import dataclass
from composelib.model.compose import Compose
from composelib.model.container_run import ContainerRun
from composelib.model.deliverable import Deliverable
from composelib.model.image import ContainerImage


@dataclass(frozen=True)
class ContainerDescription:
    """What a container image says of itself, the files that it is made of, and the files to make."""

    title: str
    arch: str
    version: str
    address: str
    """The address at which the compose is served; empty if unknown."""
    packages: Path
    """The list of the packages in it, as `solve` wrote it."""
    epoch: Path
    archive: Path
    """The OCI archive that is made."""
    name: str
    """What programs call it that load the archive: SHORT-VERSION-VARIANT-IMAGE, in the letters that registries allow."""
    run: ContainerRun

    @property
    def uses(self) -> list[Any]:
        """The values that decide the image, beside the content of its files."""
        run = {field.name: getattr(self.run, field.name) for field in fields(ContainerRun)}
        return [
            self.title,
            self.arch,
            self.version,
            self.address,
            self.name,
            *({key: value} for key, value in run.items() if value),
        ]


def describe_container(compose: Compose, deliverable: Deliverable[ContainerImage]) -> ContainerDescription:
    """Return the description of a container image; its packages are those of the image that it is made of, or its own."""
    variant, arch, image = deliverable.variant.name, deliverable.arch, deliverable.image
    release = compose.release
    return ContainerDescription(
        title=f"{release.name} {variant} {image.name}",
        arch=arch,
        version=release.version,
        address=compose.base_url,
        packages=compose.paths.solved(variant, arch, (deliverable.source or image).name),
        epoch=compose.paths.epoch,
        name=format_name(release.short, release.version, variant, image.name),
        run=ContainerRun(**{field.name: getattr(image, field.name) for field in fields(ContainerRun)}),
        archive=compose.paths.image(variant, arch, image.name, ".oci.tar"),
    )


def format_name(*words: str) -> str:
    """Return words as one name that registries allow: lower-case, with single separators (distribution-spec, pull)."""
    return re.sub(r"[^a-z0-9]*[^a-z0-9.][^a-z0-9]*|\.{2,}", "-", "-".join(words).lower()).strip("-.")
