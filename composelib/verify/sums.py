"""SHA256SUMS, SHA512SUMS and the sums beside images."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from composelib.errors import TrustError
from composelib.program import PROGRAM
from composelib.verify.inventory import Inventory
from composelib.verify.signatures import SignatureChecker, locate_key, open_key, read_signed

SUMS, SIGNATURE, STATUS = "SHA256SUMS", "SHA256SUMS.sign", "STATUS"
LONG_SUMS, LONG_SIGNATURE = "SHA512SUMS", "SHA512SUMS.sign"
ROW = re.compile(r"([0-9a-f]{64}|[0-9a-f]{128})  ([^\n]+)")
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
    """Return the sum of each path in a file as sha256sum(1) or sha512sum(1) writes it."""
    rows = (ROW.fullmatch(line) for line in text.decode(errors="surrogateescape").splitlines())
    return {row[2]: row[1] for row in rows if row}


def check_long_sums(inventory: Inventory, checker: SignatureChecker) -> None:
    """Check that SHA512SUMS is signed and lists what SHA256SUMS does, with the sums that the files have."""
    if LONG_SUMS not in inventory.listed:
        return  # an earlier version made the tree
    text = read_signed(inventory, checker, LONG_SUMS, LONG_SIGNATURE) or b""
    rows = read_sum_rows(text)
    expected = read_sum_rows((inventory.root / SUMS).read_bytes()).keys() - {LONG_SUMS, LONG_SIGNATURE}
    if text:
        for path in sorted(rows.keys() ^ expected):
            inventory.report(LONG_SUMS, f"{path}: only one of {SUMS} and {LONG_SUMS} lists it")
    paths = sorted(rows.keys() & expected & inventory.files.keys())
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        actual = threads.map(lambda path: sha512_of(inventory.root / path), paths)
        for path, sha512 in zip(paths, actual, strict=True):
            if rows[path] != sha512:
                inventory.report(LONG_SUMS, f"{path}: its SHA512 is another")


def sha512_of(path: Path) -> str:
    """Return the SHA512 of a file's content, in hex; empty if it cannot be read, which its SHA256 has told."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha512").hexdigest()
    except OSError:
        return ""


def check_image_sums(inventory: Inventory) -> None:
    """Compare the sums beside images with SHA256SUMS and SHA512SUMS."""
    listed = {path: expected.sha256 for path, expected in inventory.listed.items()}
    long_listed = read_sum_rows(inventory.open_proven(LONG_SUMS) or b"")
    for suffix, name_of_list, sums in ((".sha256", SUMS, listed), (".sha512", LONG_SUMS, long_listed)):
        for path in [path for path in listed if path.endswith(suffix)]:
            folder = PurePosixPath(path).parent
            for name, digest in read_sum_rows(inventory.open_proven(path) or b"").items():
                if sums.get(str(folder / name)) != digest:
                    inventory.report(path, f"its sum of {name} is not that of {name_of_list}")


def check_status(inventory: Inventory) -> None:
    """Check that STATUS says that the compose is finished: it is the one file that no list names."""
    inventory.proven.add(STATUS)
    content = (inventory.root / STATUS).read_bytes() if STATUS in inventory.files else b""
    if content not in {f"{word}\n".encode() for word in ENDED}:
        inventory.report(STATUS, f"says neither of {' and '.join(ENDED)}" if content else "is missing")


def read_listed_files(root: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Return the contents of files that a tree's SHA256SUMS lists, by path. Raise TrustError for what it does not prove."""
    with open_key(locate_key(root)) as checker:
        inventory = Inventory(root, {name: 0 for name in (SUMS, SIGNATURE, *names) if (root / name).is_file()})
        rows = read_sum_rows(read_signed(inventory, checker, SUMS, SIGNATURE) or b"")
    contents = {name: (root / name).read_bytes() if name in inventory.files else b"" for name in names}
    for name, content in contents.items():
        if hashlib.sha256(content).hexdigest() != rows.get(name):
            inventory.report(name, f"is not what the signed {SUMS} says")
    if inventory.problems:
        raise TrustError(f"{root}/{inventory.problems[0]}", f"`{PROGRAM} verify {root}` says more")
    return contents
