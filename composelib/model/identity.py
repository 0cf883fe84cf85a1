"""How a system that is made of a release names itself (os-release(5), issue(5))."""

from __future__ import annotations

import re

from composelib.dataclass import dataclass
from composelib.model.release import Release, Urls


@dataclass(frozen=True)
class Identity:
    """The values of a system's os-release that come from the config."""

    name: str
    version: str
    codename: str
    id: str
    urls: Urls
    variant: str
    image: str
    """IMAGE_ID: which of the release's images it is."""

    @property
    def title(self) -> str:
        """What people are shown of it at a login."""
        return f"{self.name} {self.version}"


def describe_identity(release: Release, variant: str, image: str) -> Identity | None:
    """Return the identity of the systems in an image; None if they bear that of their packages."""
    if release.identity != "release":
        return None
    return Identity(
        name=release.name,
        version=release.version,
        codename=release.codename,
        id=find_id(release),
        urls=release.urls,
        variant=variant,
        image=format_id(f"{release.short}-{variant}-{image}"),
    )


def find_id(release: Release) -> str:
    """Return the release's ID in os-release: its own, or made of its short name."""
    return release.id or format_id(release.short)


def name_host(release: Release) -> str:
    """Return the host name of systems whose image sets none."""
    return (
        find_id(release).translate({ord("_"): "-", ord("."): "-"}).strip("-")
        if release.identity == "release"
        else "localhost"
    )


def format_id(text: str) -> str:
    """Return a text in the letters that os-release(5) allows in an identifier."""
    return re.sub(r"[^a-z0-9._-]", "-", text.lower())
