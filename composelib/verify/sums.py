"""SHA256SUMS and the sums beside images."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from composelib.verify.inventory import Inventory
from composelib.verify.signatures import SignatureChecker, read_signed

SUMS, SIGNATURE, STATUS = "SHA256SUMS", "SHA256SUMS.sign", "STATUS"
ROW = re.compile(r"([0-9a-f]{64})  ([^\n]+)")
BY_HASH = "/by-hash/SHA256"
ENDED = ("FINISHED", "FINISHED_INCOMPLETE")


def check_sums(inventory: Inventory, checker: SignatureChecker) -> bool:
    """Take what SHA256SUMS lists into the inventory; return whether its signature is good."""
    inventory.proven.update((SUMS, SIGNATURE))
    text = read_signed(inventory, checker, SUMS, SIGNATURE)
    for path, sha256 in read_sum_rows(text or b"").items():
        inventory.claim(path, sha256)
        folder, _, name = path.rpartition("/")
        if folder.endswith(BY_HASH):
            inventory.claim(path, name)
    return text is not None


def read_sum_rows(text: bytes) -> dict[str, str]:
    """Return the SHA256 of each path in a file as sha256sum(1) writes it."""
    rows = (ROW.fullmatch(line) for line in text.decode(errors="surrogateescape").splitlines())
    return {row[2]: row[1] for row in rows if row}


def check_image_sums(inventory: Inventory) -> None:
    """Compare the sums beside images with SHA256SUMS."""
    for path in [path for path in inventory.listed if path.endswith(".sha256")]:
        folder = PurePosixPath(path).parent
        for name, sha256 in read_sum_rows(inventory.open_proven(path) or b"").items():
            listed = inventory.listed.get(str(folder / name))
            if listed is None or listed.sha256 != sha256:
                inventory.report(path, f"its sum of {name} is not that of {SUMS}")


def check_status(inventory: Inventory) -> None:
    """Check that STATUS says that the compose is finished: it is the one file that no list names."""
    inventory.proven.add(STATUS)
    content = (inventory.root / STATUS).read_bytes() if STATUS in inventory.files else b""
    if content not in {f"{word}\n".encode() for word in ENDED}:
        inventory.report(STATUS, f"says neither of {' and '.join(ENDED)}" if content else "is missing")
