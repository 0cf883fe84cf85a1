"""Asks whether an archive has changed, by one conditional request a suite; whatever it answers is not yet verified."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path

from composelib.errors import ComposeError
from composelib.fetch.signed_suite import ask_suite, describe_source
from composelib.fetch.suite import SuiteMemory, is_over, load_memory, make_last_token
from composelib.model.archive import Archive


def probe_archive(archive: Archive, folder: Path, *, offline: bool) -> str:
    """Return a token of the states of an archive's suites; if a suite cannot be asked, the token says why."""
    memory = load_memory(folder)
    try:
        with redirect_stdout(io.StringIO()):
            return ", ".join(probe_suite(archive, memory, suite, offline=offline) for suite in archive.suites)
    except ComposeError as error:
        return f"not known: {error}"


def probe_suite(archive: Archive, memory: SuiteMemory, suite: str, *, offline: bool) -> str:
    """Return a token of a suite's state; a state that has expired gets another token."""
    last = memory.recall(suite, describe_source(archive))
    if offline:
        return make_last_token(last, suite) if last else ""
    signed = ask_suite(archive, memory, suite)
    expired = last and last.sha256 == signed.sha256 and is_over(last.valid_until) and not archive.allow_expired
    return signed.token + (" expired" if expired else "")
