"""Files that a published tree keeps for clients of the one published before it: metadata/kept.json lists them, signed."""

from __future__ import annotations

from typing import Any

from composelib.text.json_file import parse_json
from composelib.verify.inventory import Inventory
from composelib.verify.signatures import SignatureChecker, read_signed
from composelib.verify.sums import BY_HASH

KEPT, SIGNATURE = "metadata/kept.json", "metadata/kept.json.sign"


def check_kept(inventory: Inventory, checker: SignatureChecker) -> None:
    """Take what kept.json lists into the inventory, after all other lists: it has only what these do not name."""
    if not {KEPT, SIGNATURE} & inventory.files.keys():
        return
    inventory.proven.update((KEPT, SIGNATURE))
    text = read_signed(inventory, checker, KEPT, SIGNATURE)
    try:
        rows = parse_json(text)["files"] if text is not None else []
        for row in rows:
            take_row(inventory, row)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        inventory.report(KEPT, f"is not of its format: {type(error).__name__} {error}")
        rows = []
    if text is None or not rows:
        inventory.unreadable += {f"{path.split('/repo/')[0]}/repo/" for path in inventory.listed if "/repo/" in path}


def take_row(inventory: Inventory, row: dict[str, Any]) -> None:
    """Take one file into the inventory; a problem if it is none that can be kept."""
    path, sha256 = str(row["path"]), str(row["sha256"])
    folder, _, name = path.rpartition("/")
    if path in inventory.listed:
        inventory.report(KEPT, f"{path}: another list names it, too")
    elif "/repo/pool/" in path or (folder.endswith(BY_HASH) and name == sha256):
        inventory.claim(path, sha256, int(row["size"]))
    else:
        inventory.report(KEPT, f"{path}: is neither a package file nor an index under its hash")
