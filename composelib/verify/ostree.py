"""The OSTree repository of a tree: signed commits, a signed summary of the refs, and objects named by their checksums."""

from __future__ import annotations

from composelib.verify import ostree_objects
from composelib.verify.hashing import FileReader
from composelib.verify.inventory import Inventory
from composelib.verify.ostree_objects import read_file_object
from composelib.verify.signatures import WRONG, SignatureChecker
from composelib.verify.sums import read_sum_rows

FOLDER, SUMS = "ostree/repo/", "ostree/SHA256SUMS"
HEADS, SUMMARY, OBJECTS = f"{FOLDER}refs/heads/", f"{FOLDER}summary", f"{FOLDER}objects/"

PLAIN = (".commit", ".dirtree", ".dirmeta")
"""The suffixes of objects whose name is their SHA256."""


def plan_ostree(inventory: Inventory, checker: SignatureChecker) -> dict[str, FileReader]:
    """Take the repository's own list into the inventory, and check refs and commits; return a reader for each file's object."""
    if SUMS not in inventory.listed and not any(path.startswith(FOLDER) for path in inventory.files):
        return {}
    rows = read_sum_rows(inventory.open_proven(SUMS) or b"")
    if not rows:
        inventory.unreadable.append(FOLDER)
        return {}
    for name, sha256 in rows.items():
        inventory.claim(f"ostree/{name}", sha256)
        if name.endswith(PLAIN):
            inventory.claim(f"ostree/{name}", read_name(f"ostree/{name}"))
    reached = check_refs(inventory, checker)
    if reached is not None:
        report_stray_objects(inventory, reached)
    return {path: read_file_object for path in inventory.listed if path.startswith(OBJECTS) and path.endswith(".filez")}


def check_refs(inventory: Inventory, checker: SignatureChecker) -> set[str] | None:
    """Check the summary and the commits of the refs; return all objects that these reach, None if one cannot be read."""
    refs = {
        path.removeprefix(HEADS): (inventory.open_proven(path) or b"").decode(errors="replace").strip()
        for path in sorted(inventory.listed)
        if path.startswith(HEADS)
    }
    check_summary(inventory, checker, refs)
    reached: set[str] = set()
    complete = [check_commit(inventory, checker, commit, reached) for commit in sorted(set(refs.values()))]
    return reached if all(complete) else None


def report_stray_objects(inventory: Inventory, reached: set[str]) -> None:
    """Report the objects that no ref reaches, and those that are reached and not listed."""
    listed = {path for path in inventory.listed if path.startswith(OBJECTS) and not path.endswith(".commitmeta")}
    for path in sorted(listed - reached):
        inventory.report(path, "no commit of a ref has it")
    for path in sorted(reached - listed):
        inventory.report(path, f"{SUMS} does not name it")


def check_summary(inventory: Inventory, checker: SignatureChecker, refs: dict[str, str]) -> None:
    """Check the signature of the summary, and that it has these refs."""
    content, signature = inventory.open_proven(SUMMARY), inventory.open_proven(f"{SUMMARY}.sig")
    if content is None or signature is None:
        return
    if not has_signature(checker, content, signature):
        inventory.report(f"{SUMMARY}.sig", WRONG)
        return
    try:
        listed = dict(ostree_objects.list_summary_refs(content))
    except (ValueError, IndexError) as error:
        inventory.report(SUMMARY, f"cannot be read: {error}")
        return
    for name in sorted(listed.keys() | refs.keys()):
        if listed.get(name) != refs.get(name):
            inventory.report(
                f"{HEADS}{name}", f"is {refs.get(name, 'missing')}, in the summary {listed.get(name, 'missing')}"
            )


def has_signature(checker: SignatureChecker, content: bytes, metadata: bytes) -> bool:
    """Return whether one of the signatures beside a commit or summary is good."""
    try:
        return any(checker.accepts(signature, content) for signature in ostree_objects.list_signatures(metadata))
    except (ValueError, IndexError):
        return False


def check_commit(inventory: Inventory, checker: SignatureChecker, commit: str, reached: set[str]) -> bool:
    """Check a commit's signature, and add the objects that it reaches; return whether all of them could be read."""
    path = add_object(commit, "commit", reached)
    content, metadata = read_object(inventory, path), inventory.open_proven(f"{path}meta")
    if content is None:
        return False
    if metadata is None or not has_signature(checker, content, metadata):
        inventory.report(f"{path}meta", WRONG)
    tree, meta = ostree_objects.read_commit_roots(content)
    add_object(meta, "dirmeta", reached)
    waiting, complete = [tree], True
    while waiting:
        path = add_object(waiting.pop(), "dirtree", reached)
        folder = read_object(inventory, path)
        complete = complete and folder is not None
        for checksum, kind in ostree_objects.list_tree_objects(folder) if folder is not None else ():
            if kind != "dirtree":
                add_object(checksum, kind, reached)
            elif locate_object(checksum, kind) not in reached:
                waiting.append(checksum)
    return complete


def read_object(inventory: Inventory, path: str) -> bytes | None:
    """Return the content of an object that is named by its checksum; None, and a problem, if it is not."""
    content = inventory.open_proven(path)
    return content if content is not None and inventory.listed[path].sha256 == read_name(path) else None


def read_name(path: str) -> str:
    """Return the checksum that an object is named by."""
    return path.removeprefix(OBJECTS).replace("/", "").partition(".")[0]


def add_object(checksum: str, kind: str, reached: set[str]) -> str:
    """Add an object to those that are reached; return its path."""
    path = locate_object(checksum, kind)
    reached.add(path)
    return path


def locate_object(checksum: str, kind: str) -> str:
    """Return the path of an object in the tree."""
    return f"{OBJECTS}{checksum[:2]}/{checksum[2:]}.{kind}"
