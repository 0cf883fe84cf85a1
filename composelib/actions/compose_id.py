"""Choose the compose ID: the one that this content has, or the next free one."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.errors import ComposeError
from composelib.files import sha256_of, write_file
from composelib.model.compose_id import IdHistory

if TYPE_CHECKING:
    from composelib.stages.compose_id import ComposeIdJob


def name_compose(job: ComposeIdJob) -> None:
    """Write the compose ID, and the SHA256 of the content that it names; add the ID to the history."""
    content = hash_content(job)
    history = IdHistory.from_json(job.history.read_text() if job.history.exists() else "")
    compose_id = choose_id(job, history, content)
    write_file(job.content, f"{content}\n")
    write_file(job.compose_id, f"{compose_id}\n")
    write_file(job.history, history.give(compose_id, content).to_json())


def hash_content(job: ComposeIdJob) -> str:
    """Return the SHA256 of all that decides what is released: the content that the ID names."""
    sha256 = hashlib.sha256(json.dumps(job.config, sort_keys=True).encode())
    for path in job.inputs:
        sha256.update(bytes.fromhex(sha256_of(path)))
    return sha256.hexdigest()


def choose_id(job: ComposeIdJob, history: IdHistory, content: str) -> str:
    """Return the ID that the content has, so that it keeps its date; else the next free one of the day."""
    named = history.find(content)
    if named.startswith(job.prefix) and named.rpartition(".")[0].endswith(job.suffix):
        return named
    stem = make_stem(job)
    return f"{stem}.{history.count(stem, list_folder_names(job.published))}"


def make_stem(job: ComposeIdJob) -> str:
    """Return an ID without its respin, with the day of SOURCE_DATE_EPOCH. Raise ComposeError if that is not a number."""
    epoch = job.epoch.read_text().strip()
    if not epoch.isdigit():
        raise ComposeError(
            f"{job.epoch}: not a number of seconds since 1970: {epoch!r}", "remove the file and run again"
        )
    return f"{job.prefix}{time.strftime('%Y%m%d', time.gmtime(int(epoch)))}{job.suffix}"


def list_folder_names(folder: Path) -> list[str]:
    """Return the names of the folders in a folder, which may not exist; links are none."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:  # looks at the names alone
        return [entry.name for entry in entries if not entry.is_symlink()]
