"""The apt repositories of a tree: Release files, the indices they list, the package files that these list."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import field

from composelib.archive.format import pdiff, repository
from composelib.archive.format.openpgp import strip_signature
from composelib.archive.format.release_date import parse_release_date
from composelib.archive.format.repository import PoolFile
from composelib.dataclass import dataclass
from composelib.verify.inventory import Inventory
from composelib.verify.signatures import WRONG, SignatureChecker

INDICES = ("Packages", "Sources")
UNTIL = "Valid-Until: "


@dataclass
class VerifiedRepository:
    """A repository whose signatures are good."""

    variant: str
    root: str
    """Its folder in the tree."""
    stanzas: dict[bytes, str] = field(default_factory=dict)
    """The stanzas of its indices, each with the component it is in."""
    complete: bool = True
    """Whether all its indices could be read."""


def check_repositories(inventory: Inventory, checker: SignatureChecker) -> list[VerifiedRepository]:
    """Take what the Release files and the indices list into the inventory; return the repositories."""
    verified: list[VerifiedRepository] = []
    for path in sorted(inventory.files.keys() | inventory.listed.keys()):
        folders = path.split("/")
        if folders[1:3] == ["repo", "dists"] and len(folders) == 5 and folders[4] == "Release":  # noqa: PLR2004
            verified += check_release(inventory, checker, path)
    return verified


def check_release(inventory: Inventory, checker: SignatureChecker, path: str) -> Iterator[VerifiedRepository]:
    """Take what a Release file and its indices list into the inventory; yield the repository if it can be believed."""
    suite = path.rpartition("/")[0]
    variant, root = path.partition("/")[0], "/".join(path.split("/")[:2])
    release = read_release(inventory, checker, suite)
    if release is None:
        inventory.unreadable.append(f"{root}/")
        return
    note_expiry(inventory, f"{suite}/InRelease", release.decode())
    verified = VerifiedRepository(variant, root)
    for name, (sha256, size) in repository.read_listed_files(release.decode()).items():
        inventory.claim(f"{suite}/{name}", sha256, size)
        inventory.claim(f"{suite}/{repository.format_by_hash_path(name, sha256)}", sha256, size)
        if name.rpartition("/")[2] in INDICES:
            read_index(inventory, verified, f"{suite}/{name}")
        elif name.endswith(pdiff.INDEX):
            take_patches(inventory, f"{suite}/{name}")
    yield verified


def take_patches(inventory: Inventory, path: str) -> None:
    """Take the patches of an index into the inventory; a problem if they lead to another state than the present one."""
    text = inventory.open_proven(path)
    folder = path.rpartition("/")[0]
    if text is None:
        inventory.unreadable.append(f"{folder}/")
        return
    try:
        patches = pdiff.parse_patch_index(text.decode())
    except (ValueError, LookupError) as error:
        inventory.report(path, f"is no list of patches of ours: {error}")
        return
    for patch in patches.patches:
        inventory.claim(f"{folder}/{patch.name}{pdiff.SUFFIX}", patch.packed.sha256, patch.packed.size)
    inventory.claim(path.removesuffix(pdiff.INDEX), patches.current.sha256, patches.current.size)


def note_expiry(inventory: Inventory, path: str, release: str) -> None:
    """Note it if a Release file is no longer valid, which is no damage."""
    until = next((line.removeprefix(UNTIL) for line in release.splitlines() if line.startswith(UNTIL)), "")
    if until and parse_release_date(until, path) < time.time():
        inventory.expired.append(f"{path}: was valid until {until}")


def read_release(inventory: Inventory, checker: SignatureChecker, suite: str) -> bytes | None:
    """Return the text of a Release file if both its signatures are good; None, and a problem, if not."""
    names = [f"{suite}/{name}" for name in ("Release", "InRelease", "Release.gpg")]
    for name in names:
        if name not in inventory.files:
            inventory.report(name, "is missing")
            inventory.proven.add(name)
            return None
    release, inrelease, signature = ((inventory.root / name).read_bytes() for name in names)
    for name, contents in ((names[1], (inrelease,)), (names[2], (signature, release))):
        if not checker.accepts(*contents):
            inventory.report(name, WRONG)
            return None
    if strip_signature(inrelease) != release:
        inventory.report(names[1], "signs another text than Release")
        return None
    return release


def read_index(inventory: Inventory, verified: VerifiedRepository, path: str) -> None:
    """Take the package files of an index into the inventory."""
    component = "/".join(path.split("/")[4:-2])
    text = inventory.open_proven(path)
    if text is None:
        verified.complete = False
        inventory.unreadable.append(f"{verified.root}/pool/")
        return
    for stanza in text.split(b"\n\n"):
        if stanza.strip():
            verified.stanzas[stanza.strip(b"\n") + b"\n"] = component
    for file in read_files(inventory, path, text):
        inventory.claim(f"{verified.root}/{file.path}", file.sha256, file.size)


def read_files(inventory: Inventory, path: str, text: bytes) -> list[PoolFile]:
    """Return the package files that an index lists; a problem if it cannot be read."""
    try:
        return list(repository.read_pool_files(text))
    except ValueError as error:
        inventory.report(path, f"is no index of ours: {error}")
        return []
