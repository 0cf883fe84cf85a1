"""Whether an archive has changed since a run accepted its state: then what it no longer has is no fault of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from composelib.errors import ArchiveMovedError, ComposeError
from composelib.fetch.accepted_suite import AcceptedSuite
from composelib.fetch.document import fetch_document
from composelib.fetch.http import Agent
from composelib.fetch.suite import LARGEST


def explain_failure(agent: Agent, suites: Iterable[AcceptedSuite], error: ComposeError) -> ComposeError:
    """Return the error of a download, or ArchiveMovedError if one of these suites has another signed file by now.

    A state that a lock or snapshot names was not what the archive has now; its suites are passed over.
    """
    for suite in suites:
        if suite.remembered_by and has_moved(agent, suite):
            return ArchiveMovedError(
                f"{error.message}: suite {suite.suite} has changed since this run asked for it", error.hint
            )
    return error


def has_moved(agent: Agent, suite: AcceptedSuite) -> bool:
    """Return whether a suite's signed file is another one than was accepted; if it cannot be had, that is not known."""
    if suite.url.endswith("/"):  # it has none
        return False
    try:
        content = fetch_document(agent, suite.url, LARGEST).content or b""
    except ComposeError:
        return False
    return hashlib.sha256(content).hexdigest() != suite.sha256
