"""Release the commits of an OSTree repository: move its refs and sign its summary."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from composelib.errors import ComposeError
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
    sign_summary(job)


def move_ref(repository: Path, ref: str, commit: str) -> None:
    """Point a ref at a commit; the commit before it keeps a ref in history. Raise ComposeError if the commit is missing."""
    if not (repository / ostree.object_path(commit, "commit")).exists():
        raise ComposeError(f"{repository}: commit {commit} is missing", "`doit forget ostree`, then run again")
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


def sign_summary(job: OstreeRefsJob) -> None:
    """Write and sign the list of the refs."""
    signer = gpg.find_signer(job.sign, job.key_home)
    with gpg.open_keyring(signer) as ring:
        command = ostree.update_summary(job.repository.absolute(), ostree.read_key(job.archive_key, ring.home))
        run([*ring.prefix, *command], env=ring.env)
