"""Commit a root file system to the OSTree repository, signed, and make its delta.

A commit is made and signed in a repository of its own: the one that is released never has it unsigned.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import gmtime, strftime
from typing import IO, TYPE_CHECKING

from composelib.errors import ComposeError
from composelib.files import read_epoch, scratch_folder, sha256_of, write_file
from composelib.image.ostree import metadata, tree
from composelib.text.json_file import read_json, write_json
from composelib.tools import gpg, ostree
from composelib.tools.namespace_root import call_as_root
from composelib.tools.run import run

if TYPE_CHECKING:
    from composelib.stages.ostree import CommitJob

FORMAT = 1
DIGITS = 8  # of the content, in a version
TIMEOUT = 4 * 3600
CHECKSUM = re.compile("[0-9a-f]{64}")


def make_repository(repository: Path, claim: Path, member: str) -> None:
    """Make the repository if there is none, and the file that says that it is there."""
    repository.mkdir(parents=True, exist_ok=True)
    run(ostree.init(repository))
    run(ostree.set_option(repository, "core.indexed-deltas", "true"))  # else ostree sets it with the first index
    write_file(claim, f"{member}\n")


def make_commit(job: CommitJob) -> None:
    """Commit a root file system in OSTree's layout, signed, and write the record of it."""
    kernel = tree.find_kernel(job.root, job.label)
    epoch = read_epoch(job.epoch)
    version = name_version(job, epoch)
    with scratch_folder(job.record.with_suffix(".repository")) as private:
        run(ostree.init(private))
        make = partial(commit_tree, job, private, version, epoch)
        commit = call_as_root(make, "committing files with their capabilities")
        sign(job, private, commit, epoch)
        run(ostree.pull_local(job.repository, private, commit))
    make_delta(job, commit, epoch)
    record = {
        "version": FORMAT,
        "ref": job.ref,
        "commit": commit,
        "release": version,
        "timestamp": epoch,
        "kernel": kernel,
    }
    write_file(job.listing, f"{job.listed_repository}/{ostree.object_path(commit, 'commit')}\n")
    write_json(job.record, record)


def name_version(job: CommitJob, epoch: int) -> str:
    """Return the version of a commit: the product's, the day, and digits of its content, which tell apart commits of a day."""
    content = "".join([sha256_of(job.root), *(f"\0{name}\0{text}" for name, text in list_added_files(job).items())])
    digits = hashlib.sha256(content.encode()).hexdigest()[:DIGITS]
    return f"{job.number}.{strftime('%Y%m%d', gmtime(epoch))}.{digits}"


def commit_tree(job: CommitJob, repository: Path, version: str, epoch: int) -> str:
    """Commit a root file system to a repository; return the commit's checksum."""
    with scratch_folder(job.record.with_suffix(".over")) as over:
        tree.extract_capable(job.root, over)
        with run_writer(partial(tree.write_commit_tar, job.root, list_added_files(job))) as stream:
            command = ostree.commit(
                repository,
                tar=Path("/dev/stdin"),
                over=over if any(over.iterdir()) else None,
                ref=job.ref,
                subject=f"{job.release} {version}",
                timestamp=epoch,
                texts={"version": version, "deb-compose.architecture": job.arch},
                values={"deb-compose.packages": render_package_list(job.packages)},
            )
            ended = run(command, stdin=stream, capture=True, timeout=TIMEOUT)
    match = CHECKSUM.fullmatch(ended.stdout.decode().strip())
    if not match:
        raise ComposeError("ostree ended with exit status 0, but printed no commit's checksum", "see the log")
    return match[0]


def list_added_files(job: CommitJob) -> dict[str, str]:
    """Return the text files that a commit has beside those of its root: its remote, its kernel's arguments."""
    name, address = job.remote
    keyring = f"usr/share/keyrings/{name}-ostree.asc"
    files = {keyring: job.archive_key.read_text()}
    if address:
        files[f"usr/etc/ostree/remotes.d/{name}.conf"] = (
            f'[remote "{name}"]\nurl={address}\ngpg-verify=true\ngpg-verify-summary=true\ngpgkeypath=/{keyring}\n'
        )
    if job.kernel_append:
        words = ", ".join(json.dumps(word) for word in job.kernel_append.split())
        files["usr/lib/bootc/kargs.d/10-compose.toml"] = f"kargs = [{words}]\n"
    return files


@contextmanager
def run_writer(produce: partial[None]) -> Iterator[IO[bytes]]:
    """Yield a stream of what `produce` writes in a process of its own. Raise ComposeError if it fails."""
    reading, writing = os.pipe()
    process = multiprocessing.get_context("fork").Process(target=write_to, args=(produce, reading, writing))
    process.start()
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as stream:
            yield stream
    finally:
        process.join()
    if process.exitcode:
        raise ComposeError("the tree could not be converted to OSTree's layout", "see the log")


def write_to(produce: partial[None], reading: int, writing: int) -> None:
    """Let `produce` write to a pipe, whose reading end belongs to another process."""
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=1 << 20) as sink:
        produce(sink)


def sign(job: CommitJob, repository: Path, commit: str, epoch: int) -> None:
    """Sign a commit as of the epoch; `ostree gpg-sign` would sign as of now."""
    content = (repository / ostree.object_path(commit, "commit")).read_bytes()
    signature = gpg.sign_binary(gpg.find_signer(job.sign, job.key_home), content, epoch)
    write_file(repository / ostree.object_path(commit, "commitmeta"), metadata.format_signatures([signature]))


def render_package_list(packages: Path) -> str:
    """Return the packages of a commit in GVariant's text format: a list of NAME=VERSION."""
    rows = read_json(packages)["packages"]
    return "[" + ", ".join(f"'{row['package']}={row['version']}'" for row in rows) + "]"


def make_delta(job: CommitJob, commit: str, epoch: int) -> None:
    """Make the static delta from the released commit, if the image has deltas: it must exist before the ref moves.

    Its time is the commit's; ostree writes the present one.
    """
    head = job.repository / "refs" / "heads" / job.ref
    released = head.read_text().strip() if head.exists() else ""
    if job.deltas and released not in {"", commit}:
        run(ostree.generate_delta(job.repository.absolute(), released, commit))
        superblock = job.repository / ostree.superblock_path(released, commit)
        write_file(superblock, metadata.date_superblock(superblock.read_bytes(), released, epoch))
        run(ostree.check_delta(job.repository, released, commit))
