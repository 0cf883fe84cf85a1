"""What a root file system is made of, whichever builder makes it, and what its task therefore depends on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from composelib.image.root import files as root_files
from composelib.image.root.files import Member
from composelib.model.compose import Compose
from composelib.model.image import Customize, Image
from composelib.model.variant import Variant


@dataclass(frozen=True)
class Root:
    """What a root file system is made of and how."""

    label: str
    """What messages call it."""
    arch: str
    foreign: tuple[str, ...]
    suite: str
    repositories: tuple[tuple[Path, tuple[str, ...]], ...]
    """Folder and components of each."""
    key: Path
    packages: Path
    epoch: Path
    customize: Customize
    files: Path | None
    """The list of the files that are put into it."""
    scripts: tuple[Path, ...]
    address: str
    """Where the repository will be served, for the root's own apt; empty when that is not known."""
    initramfs: bool
    """Whether it gets the initramfs of an OSTree deployment, in place of the one its kernel's installation makes."""

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The files whose change changes the root."""
        return (self.packages, *self.scripts, *((self.files,) if self.files else ()))

    @property
    def order_only(self) -> tuple[Path, ...]:
        """The files that are read, whose change shows in the list of packages when it matters."""
        suites = (place / "dists" / self.suite / "InRelease" for place, _ in self.repositories)
        return (self.key, self.epoch, *suites)

    @property
    def uses(self) -> dict[str, Any]:
        """The part of the config that decides the root."""
        return {
            "customize": asdict(replace(self.customize, kernel_append="")),  # which the boot loader has
            "scripts": [str(script) for script in self.scripts],
            "address": [self.address, *self.repositories[0][1]] if self.address else [],
            "foreign": list(self.foreign),
            "initramfs": self.initramfs,
        }

    def own_files(self) -> Iterator[Member]:
        """Give the files that the config puts into the root, and apt's source."""
        if self.files:
            yield from root_files.from_list(self.files)
        if self.address:
            parts = self.repositories[0][1]
            yield from root_files.apt_source(self.address, self.suite, parts, self.key.read_bytes())


def described(compose: Compose, variant: Variant, arch: str, image: Image) -> Root:
    """Give what an image's root file system is made of."""
    used = [other for name in (variant.name, *variant.lookaside) for other in compose.variants if other.name == name]
    return Root(
        label=f"{variant.name}'s image {image.name}",
        arch=arch,
        foreign=variant.multiarch.foreign if variant.multiarch else (),
        suite=compose.release.codename,
        repositories=tuple(
            (compose.paths.repository(one.name), one.delivered(arch)) for one in used if arch in one.arches
        ),
        key=compose.paths.archive_key,
        packages=compose.paths.solved(variant.name, arch, image.name),
        epoch=compose.paths.epoch,
        customize=image.customize,
        files=compose.paths.extra_files(variant.name, arch, image.name) if image.files else None,
        scripts=image.scripts,
        address=f"{compose.base_url.rstrip('/')}/{variant.name}/repo" if compose.base_url else "",
        initramfs=image.kind == "ostree",
    )
