"""Asks whether an archive has changed, by one conditional request a suite; whatever it answers is not yet verified."""

from __future__ import annotations

import io
import time
from contextlib import redirect_stdout
from pathlib import Path

from composelib.archive.format.release_date import is_over
from composelib.errors import ComposeError
from composelib.fetch.archive_memory import ArchiveMemory, list_uris
from composelib.fetch.signed_suite import ask_suite, describe_source
from composelib.fetch.suite import SuiteMemory, load_memory, make_last_token
from composelib.model.archive import Archive


def probe_archive(archive: Archive, folder: Path, accepted: ArchiveMemory, *, offline: bool) -> str:
    """Return a token of the states of an archive's suites; if a suite cannot be asked, the token says why."""
    memory = load_memory(folder)
    try:
        with redirect_stdout(io.StringIO()):
            if offline:
                return ", ".join(make_offline_token(archive, memory, suite) for suite in archive.suites)
            return ", ".join(probe_suite(archive, memory, suite, accepted) for suite in archive.suites)
    except ComposeError as error:
        return f"not known: {error}"


def make_offline_token(archive: Archive, memory: SuiteMemory, suite: str) -> str:
    """Return the token of a suite's state in the last run."""
    last = memory.recall(suite, describe_source(archive))
    return make_last_token(last, suite) if last else ""


def probe_suite(archive: Archive, memory: SuiteMemory, suite: str, accepted: ArchiveMemory) -> str:
    """Return a token of a suite's state; one that has expired, or is older than another compose accepted, gets another."""
    last = memory.recall(suite, describe_source(archive))
    signed = ask_suite(archive, memory, suite)
    if not last or last.sha256 != signed.sha256:
        return signed.token
    newest = accepted.recall(list_uris(archive.uri, signed.base), suite)
    if newest and last.date < newest.date:
        return f"{signed.token} older than what was accepted"
    return signed.token + (" expired" if is_over(last.valid_until, time.time()) and not archive.allow_expired else "")
