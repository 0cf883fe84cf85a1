"""ISO images: what each file on them is to be compared with, by the medium's own signed lists and by the tree."""

from __future__ import annotations

import hashlib
import os
from functools import partial
from pathlib import Path

from composelib.archive.format import repository
from composelib.archive.format.openpgp import strip_signature
from composelib.image.media.boot import BIOS_IMAGE
from composelib.verify.hashing import FileReader
from composelib.verify.inventory import Inventory
from composelib.verify.iso9660 import DiscFile, list_disc_files
from composelib.verify.medium_reader import MediumPlan, read_medium
from composelib.verify.signatures import WRONG, SignatureChecker
from composelib.verify.sums import read_sum_rows

SUMS, MD5_SUMS = "sha256sum.txt", "md5sum.txt"
UNSUMMED = {SUMS, MD5_SUMS, BIOS_IMAGE, "boot/boot.cat", "boot.catalog"}
"""What a medium's own list cannot have: the lists, and what xorriso writes positions into."""
OBJECTS = "ostree/repo/objects/"


def plan_media(inventory: Inventory, checker: SignatureChecker) -> dict[str, FileReader]:
    """Return a reader for each ISO image."""
    readers: dict[str, FileReader] = {}
    for path in sorted(path for path in inventory.listed if path.endswith(".iso") and path in inventory.files):
        try:
            plan = plan_medium(inventory, checker, inventory.root / path)
        except (OSError, ValueError) as error:
            plan = MediumPlan(faults=[f"cannot be read as a disc: {error}"])
        readers[path] = partial(read_medium, inventory.root, plan)
    return readers


def plan_medium(inventory: Inventory, checker: SignatureChecker, iso: Path) -> MediumPlan:
    """Return what each file of a medium is to be compared with, by its own signed lists and by the tree."""
    with iso.open("rb", buffering=0) as disc:
        descriptor = disc.fileno()
        plan = MediumPlan({file.path: file for file in list_disc_files(descriptor)})
        texts = {path: read_disc_file(descriptor, file) for path, file in plan.files.items() if is_list(path)}
    for suite in sorted(path.rpartition("/")[0] for path in texts if path.endswith("/InRelease")):
        plan_disc_repository(inventory, checker, plan, texts, suite)
    if SUMS in texts:
        plan_sums(plan, texts)
    for path in plan.files:
        if path.startswith(OBJECTS) and path in inventory.files:
            plan.twins[path] = path
        elif path.startswith(OBJECTS):
            plan.faults.append(f"{path}: the tree's repository does not have it")
    return plan


def is_list(path: str) -> bool:
    """Return whether a file of a medium lists others."""
    name = path.rpartition("/")[2]
    return path in {SUMS, MD5_SUMS} or (
        path.startswith("dists/") and name in {"InRelease", "Release", "Release.gpg", "Packages", "Sources"}
    )


def read_disc_file(descriptor: int, file: DiscFile) -> bytes:
    """Return the content of a file of a medium."""
    return b"".join(os.pread(descriptor, length, offset) for offset, length in file.extents)


def plan_disc_repository(
    inventory: Inventory, checker: SignatureChecker, plan: MediumPlan, texts: dict[str, bytes], suite: str
) -> None:
    """Check a medium's Release file; take what it and its indices list into the plan."""
    release, inrelease, signature = (
        texts.get(f"{suite}/{name}", b"") for name in ("Release", "InRelease", "Release.gpg")
    )
    if (
        not checker.accepts(inrelease)
        or not checker.accepts(signature, release)
        or strip_signature(inrelease) != release
    ):
        plan.faults.append(f"{suite}/InRelease: {WRONG}")
        return
    for name, (sha256, size) in repository.read_listed_files(release.decode()).items():
        path = f"{suite}/{name}"
        plan.sums[path] = sha256
        text = texts.get(path)
        if text is not None and hashlib.sha256(text).hexdigest() == sha256 and len(text) == size:
            plan_pool(inventory, plan, text)


def plan_pool(inventory: Inventory, plan: MediumPlan, index: bytes) -> None:
    """Find the twin in the tree of each package file that an index of a medium lists."""
    roots = {"/".join(path.split("/", 2)[:2]) for path in inventory.listed if "/repo/dists/" in path}
    for file in repository.read_pool_files(index):
        candidates = (f"{root}/{file.path}" for root in roots)
        twin = next(
            (path for path in candidates if path in inventory.listed and inventory.listed[path].sha256 == file.sha256),
            "",
        )
        if not twin and inventory.unreadable:
            plan.sums.setdefault(file.path, file.sha256)  # what cannot be read may name it
        elif not twin:
            plan.faults.append(f"{file.path}: no repository of the tree has it as it is listed there")
        elif twin in inventory.files:
            plan.twins[file.path] = twin
        plan.sums.setdefault(file.path, file.sha256)


def plan_sums(plan: MediumPlan, texts: dict[str, bytes]) -> None:
    """Take a medium's own list of sums into the plan; a file that neither it nor an index names is foreign."""
    rows = {name.removeprefix("./"): sha256 for name, sha256 in read_sum_rows(texts[SUMS]).items()}
    for path, sha256 in rows.items():
        if plan.sums.setdefault(path, sha256) != sha256:
            plan.faults.append(f"{SUMS}: its sum of {path} is not that of its index")
    if MD5_SUMS in texts and {line[34:] for line in texts[MD5_SUMS].splitlines()} != {
        line[66:] for line in texts[SUMS].splitlines()
    }:
        plan.faults.append(f"{MD5_SUMS}: names other files than {SUMS}")
    plan.faults += [
        f"{path}: {SUMS} does not name it" for path in plan.files if path not in rows and path not in UNSUMMED
    ]
