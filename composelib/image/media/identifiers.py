"""Names that media carry inside: volume IDs and the UUIDs of disks and file systems."""

from __future__ import annotations

import hashlib
import re
import uuid

from composelib.model.deliverable import Deliverable
from composelib.model.image_traits import Image
from composelib.model.release import Release

VOLUME_ID_LENGTH = 32  # ECMA-119, 8.4.7
FOREIGN = re.compile(r"[^A-Za-z0-9._-]+")
NAMESPACE = uuid.UUID("7f4c1a86-3d3e-5a55-9f0b-5b1d7f1c2e60")


def make_volume_id(*words: str) -> str:
    """Join the words of a name with `-` into a volume ID of at most 32 characters.

    What is not a letter, a digit, `.`, `_` or `-` becomes `_`. A name that is too long is cut to its first 27
    characters, `-`, and four hex digits of the whole name's SHA256: two different long names stay different.
    """
    name = FOREIGN.sub("_", "-".join(word for word in words if word))
    if len(name) <= VOLUME_ID_LENGTH:
        return name
    return f"{name[:27]}-{hashlib.sha256(name.encode()).hexdigest()[:4]}"


def name_volume(configured: str, release: Release, deliverable: Deliverable[Image]) -> str:
    """Return the volume ID of a medium: the configured one, or one that is made of the names of release and image."""
    names = (release.short, release.version, deliverable.variant.name, deliverable.image.name, deliverable.arch)
    return make_volume_id(configured) if configured else make_volume_id(*names)


def derive_uuid(*words: str) -> str:
    """Return the UUID that is derived from a name (RFC 4122, version 5): `derive_uuid("demo-12-cloud", "root")`."""
    return str(uuid.uuid5(NAMESPACE, "\0".join(words)))


def derive_fat_id(*words: str) -> str:
    """Return the volume number of a FAT file system that is derived from a name: eight hex digits."""
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:8]
