"""Release the commits of an OSTree repository: move its refs and sign its summary."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.errors import ComposeError
from composelib.files import read_epoch, write_file
from composelib.image.ostree import metadata
from composelib.image.ostree.metadata import ListedRef
from composelib.program import PROGRAM
from composelib.text.json_file import read_json
from composelib.tools import gpg, ostree
from composelib.tools.run import run

if TYPE_CHECKING:
    from composelib.stages.ostree_refs import OstreeRefsJob

HISTORY = "history"


def release(job: OstreeRefsJob) -> None:
    """Move the refs, delete those of no image with their commits, and sign the summary."""
    for record in job.records:
        if record.exists():
            commit = read_json(record)
            move_ref(job.repository, commit["ref"], commit["commit"])
    delete_refs(job)
    run(ostree.index_deltas(job.repository))
    write_summary(job)


def move_ref(repository: Path, ref: str, commit: str) -> None:
    """Point a ref at a commit; the commit before it keeps a ref in history. Raise ComposeError if the commit is missing."""
    if not (repository / ostree.object_path(commit, "commit")).exists():
        raise ComposeError(f"{repository}: commit {commit} is missing", f"`{PROGRAM} forget ostree`, then run again")
    head = repository / "refs" / "heads" / ref
    released = head.read_text().strip() if head.exists() else ""
    if released == commit:
        return
    if released:
        run(ostree.set_ref(repository, f"{HISTORY}/{ref}/{released[:16]}", released))
    run(ostree.set_ref(repository, ref, commit))


def delete_refs(job: OstreeRefsJob) -> None:
    """Delete the refs that belong to no image, and the commits without a ref."""
    listed = run(ostree.list_refs(job.repository), capture=True).stdout.decode().split()
    for ref in listed:
        if not any(ref == name or ref.startswith(f"{HISTORY}/{name}/") for name in job.refs):
            run(ostree.delete_ref(job.repository, ref))
    run(ostree.prune(job.repository))


def write_summary(job: OstreeRefsJob) -> None:
    """Write and sign the list of the refs and deltas as of the epoch; `ostree summary` would as of now."""
    epoch = read_epoch(job.epoch)
    heads = job.repository / "refs" / "heads"
    refs = [read_ref(job.repository, path, str(path.relative_to(heads))) for path in heads.rglob("*") if path.is_file()]
    listed = run(ostree.list_deltas(job.repository), capture=True).stdout.decode().split()
    deltas = {name: read_delta_sum(job.repository, name) for name in listed if "-" in name}
    summary = metadata.format_summary(refs, deltas, epoch)
    signature = gpg.sign_binary(gpg.find_signer(job.sign, job.key_home), summary, epoch)
    write_file(job.repository / "summary", summary)
    write_file(job.repository / "summary.sig", metadata.format_signatures([signature]))


def read_ref(repository: Path, path: Path, name: str) -> ListedRef:
    """Return a ref as a summary lists it; `path` is its file."""
    checksum = path.read_text().strip()
    commit = (repository / ostree.object_path(checksum, "commit")).read_bytes()
    return ListedRef(name, checksum, len(commit), metadata.read_timestamp(commit))


def read_delta_sum(repository: Path, name: str) -> bytes:
    """Return the SHA256 of the superblock of a delta, `FROM-TO`."""
    old, _, new = name.partition("-")
    return hashlib.sha256((repository / ostree.superblock_path(old, new)).read_bytes()).digest()
