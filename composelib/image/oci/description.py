"""The description of a container image, which is the same for containers of packages and of commits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from composelib.model.compose import Compose
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

    @property
    def uses(self) -> list[str]:
        """The values that decide the image, beside the content of its files."""
        return [self.title, self.arch, self.version, self.address]


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
        archive=compose.paths.image(variant, arch, image.name, ".oci.tar"),
    )
