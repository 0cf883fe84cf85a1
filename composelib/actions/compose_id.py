"""Choose the compose ID: that of a published compose with the same content, or the next free one."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.errors import ComposeError
from composelib.files import sha256_of, write_file
from composelib.text.json_file import read_json

if TYPE_CHECKING:
    from composelib.stages.compose_id import ComposeIdJob


def name_compose(job: ComposeIdJob) -> None:
    """Write the compose ID, and the SHA256 of the content that it names."""
    content = hash_content(job)
    published = read_published(job)
    compose_id = choose_respin(read_stem(job, content) or make_stem(job), published, content)
    write_file(job.content, f"{content}\n")
    write_file(job.compose_id, f"{compose_id}\n")


def probe_conflict(job: ComposeIdJob) -> str:
    """Return a token that says whether the ID was published with other content; empty if it was not."""
    compose_id, content = job.compose_id.read_text().strip(), job.content.read_text().strip()
    if read_published(job).get(compose_id, content) == content:
        return ""
    return f"{compose_id} was published with other content"


def hash_content(job: ComposeIdJob) -> str:
    """Return the SHA256 of all that decides what is released: the content that the ID names."""
    sha256 = hashlib.sha256(json.dumps(job.config, sort_keys=True).encode())
    for path in job.inputs:
        sha256.update(bytes.fromhex(sha256_of(path)))
    return sha256.hexdigest()


def read_stem(job: ComposeIdJob, content: str) -> str:
    """Return the last ID without its respin if it names this content, so that it keeps its date; else empty."""
    if not (job.compose_id.exists() and job.content.exists() and job.content.read_text().strip() == content):
        return ""
    stem = job.compose_id.read_text().strip().rpartition(".")[0]
    return stem if stem.startswith(job.prefix) and stem.endswith(job.suffix) else ""


def make_stem(job: ComposeIdJob) -> str:
    """Return an ID without its respin, with the day of SOURCE_DATE_EPOCH. Raise ComposeError if that is not a number."""
    epoch = job.epoch.read_text().strip()
    if not epoch.isdigit():
        raise ComposeError(
            f"{job.epoch}: not a number of seconds since 1970: {epoch!r}", "remove the file and run again"
        )
    return f"{job.prefix}{time.strftime('%Y%m%d', time.gmtime(int(epoch)))}{job.suffix}"


def read_published(job: ComposeIdJob) -> dict[str, str]:
    """Return the IDs that are taken, each with the SHA256 of its content; empty if the ID must not be used again."""
    folders = [path for path in job.published.glob("*.[0-9]*") if not path.is_symlink()]
    taken = job.taken.read_text().split() if job.taken.exists() else []
    return {path.name: read_published_content(path) for path in folders} | dict.fromkeys(taken, "")


def read_published_content(folder: Path) -> str:
    """Return the SHA256 of the content of a published compose, from its metadata; empty if that has none."""
    try:
        return str(read_json(folder / "metadata/composeinfo.json")["content"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def choose_respin(stem: str, published: Mapping[str, str], content: str) -> str:
    """Return the ID of the published compose with this content, else the stem with the next free respin."""
    respins = {
        int(respin): compose_id
        for compose_id in published
        for published_stem, _, respin in [compose_id.rpartition(".")]
        if published_stem == stem and respin.isdigit()
    }
    for _, compose_id in sorted(respins.items()):
        if published[compose_id] == content:
            return compose_id
    return f"{stem}.{max(respins, default=-1) + 1}"
