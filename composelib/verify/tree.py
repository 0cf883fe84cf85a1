"""All checks of a tree, one after another."""

from __future__ import annotations

from pathlib import Path

from composelib.errors import TrustError
from composelib.verify import bills, metadata, oci, repositories, sums
from composelib.verify.hashing import check_content
from composelib.verify.inventory import Inventory, take_inventory
from composelib.verify.kept import check_kept
from composelib.verify.media import plan_media
from composelib.verify.ostree import plan_ostree
from composelib.verify.package_rows import list_package_rows
from composelib.verify.provenance import check_provenance
from composelib.verify.signatures import SignatureChecker, locate_key, open_key

FOREIGN = "no signed list names it"


def verify_tree(root: Path, key: Path | None = None) -> list[str]:
    """Return a line for each thing in a tree that is foreign, stale or different, by its own key or another; none if all is well."""
    return sorted(set(examine_tree(root, key).problems))


def examine_tree(root: Path, key: Path | None = None) -> Inventory:
    """Return the inventory of a tree after all checks."""
    inventory = take_inventory(root)
    try:
        with open_key(key or locate_key(root)) as checker:
            check_tree(inventory, checker)
    except TrustError as error:
        inventory.problems.append(str(error))
    return inventory


def list_foreign(root: Path) -> list[str]:
    """Return the files of a tree that none of its signed lists names; their content is not read. All, if no list is good."""
    inventory = take_inventory(root)
    try:
        with open_key(locate_key(root)) as checker:
            take_lists(inventory, checker)
    except TrustError:
        return sorted(inventory.files.keys() | inventory.special)
    inventory.unreadable.clear()
    return sorted({*inventory.list_foreign(), *inventory.special})


def take_lists(inventory: Inventory, checker: SignatureChecker) -> None:
    """Take what all signed lists of a tree name into the inventory."""
    sums.check_sums(inventory, checker)
    sums.check_status(inventory)
    repositories.check_repositories(inventory, checker)
    check_kept(inventory, checker)
    plan_ostree(inventory, checker)


def check_tree(inventory: Inventory, checker: SignatureChecker) -> None:
    """Check everything in a tree."""
    is_listed = sums.check_sums(inventory, checker)
    sums.check_status(inventory)
    verified = repositories.check_repositories(inventory, checker)
    if is_listed:
        sums.check_image_sums(inventory)
        indexed = list_package_rows(verified)
        metadata.check_metadata(inventory, indexed)
        bills.check_bills(inventory, indexed)
    check_kept(inventory, checker)
    archives = dict.fromkeys((path for path in inventory.listed if path.endswith(oci.SUFFIX)), oci.read_oci_archive)
    readers = plan_media(inventory, checker) | plan_ostree(inventory, checker) | archives
    if is_listed:
        check_provenance(inventory, checker)
    check_content(inventory, readers)
    if is_listed:
        sums.check_long_sums(inventory, checker)
        for path in inventory.list_foreign():
            inventory.report(path, FOREIGN)
