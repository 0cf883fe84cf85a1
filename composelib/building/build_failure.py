"""Why a build failed, by what it printed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from composelib.building.build_job import BuildJob
    from composelib.tools.run import ToolError

TIME = "took more than"
CAUSES = (
    (
        rb"[Tt]emporary failure in name resolution|[Nn]etwork is unreachable|[Cc]ould not resolve host",
        "it asks the network, which no build has",
        "let the source package bring what it downloads",
    ),
    (
        rb"[Cc]annot fork|fork: (?:retry: )?Resource temporarily unavailable|can't start new thread",
        "it starts more processes than a build may have",
        "see its log",
    ),
    (
        rb"sandbox: more memory than|[Cc]annot allocate memory|std::bad_alloc|MemoryError|[Oo]ut of memory|memory exhausted",
        "it takes more memory than a build may have",
        "see its log",
    ),
    (
        rb"sandbox: more disk than",
        "it writes more than a build may",
        "see its log",
    ),
    (
        rb"File too large|File size limit exceeded|SIGXFSZ",
        "it writes a larger file than a build may have",
        "see its log",
    ),
)
"""What a log has, what that means, and the cure."""


def explain_failure(job: BuildJob, error: ToolError, log: bytes) -> tuple[str, str]:
    """Return the message and the hint for a build that failed."""
    if TIME in error.message:
        return f"{job.label}: the build did not end within {job.limits.seconds} seconds", "see its log"
    for pattern, cause, hint in CAUSES:
        if re.search(pattern, log):
            return f"{job.label}: the build failed: {cause}", hint
    return f"{job.label}: the build failed ({error.message.rpartition(': ')[2]})", "see its log"
