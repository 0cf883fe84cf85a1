"""A deliverable: an image of a variant, made for an arch."""

from __future__ import annotations

from typing import Generic, TypeVar

from composelib.dataclass import dataclass
from composelib.model.image import ContainerImage, DiskImage, OstreeInstallerImage
from composelib.model.image_traits import Image
from composelib.model.variant import Variant

ImageT_co = TypeVar("ImageT_co", bound=Image, covariant=True)


@dataclass(frozen=True)
class Deliverable(Generic[ImageT_co]):
    """An image of a variant, made for an arch."""

    variant: Variant
    arch: str
    image: ImageT_co

    @property
    def name(self) -> str:
        """The name of its task in each stage: `VARIANT:ARCH:IMAGE`."""
        return f"{self.variant.name}:{self.arch}:{self.image.name}"

    @property
    def source(self) -> Image | None:
        """The image of the same variant that it is made of (`from`); None if it is made of packages."""
        if not isinstance(self.image, DiskImage | ContainerImage | OstreeInstallerImage):
            return None
        name = self.image.source_image
        return next((image for image in self.variant.images if image.name == name), None)

    @property
    def failable(self) -> bool:
        """Whether the compose is complete even if this fails."""
        return self.image.may_fail(self.arch)
