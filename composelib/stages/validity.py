"""Note when the repositories are signed, which `valid-until` counts from; a run in the last third notes it anew."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.files import write_file
from composelib.model.compose import Compose
from composelib.task import Task


@dataclass(frozen=True)
class ValidityJob:
    """How long repositories are valid, in seconds, and the file that holds when they were signed."""

    valid_for: int
    signed: Path
    answered: Path
    """The file that holds the token that the last run answered."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return the one task of a compose whose repositories are valid for a time."""
    if not compose.release.valid_until:
        return ()
    signed = compose.paths.signed_at
    job = ValidityJob(compose.release.valid_until, signed, signed.with_name("answered"))
    return (
        Task(
            name="date",
            doc="note when the repositories are signed",
            run=partial(note_time, job),
            inputs=tuple(
                compose.paths.gathered_stanzas(variant.name, arch)
                for variant in compose.variants
                for arch in variant.gathered_arches
            ),
            outputs=(job.signed, job.answered),
            uses={"valid-until": job.valid_for},
            probe=partial(probe_validity, job),
        ),
    )


def probe_validity(job: ValidityJob) -> str:
    """Return another token than the last run's if less than a third of the time is left.

    It is the date of the signature that has become too old; the run that it leads to leaves it in `answered`.
    """
    try:
        signed, answered = int(job.signed.read_text()), job.answered.read_text().strip()
    except (OSError, ValueError):
        return ""
    is_due = not 0 <= time.time() - signed < job.valid_for * 2 / 3
    return (
        f"signed {time.strftime('%Y-%m-%d %H:%M', time.gmtime(signed))}, which is too long ago" if is_due else answered
    )


def note_time(job: ValidityJob) -> None:
    """Write the present time, and the token that this run answers."""
    token = probe_validity(job)
    write_file(job.signed, f"{int(time.time())}\n")
    write_file(job.answered, f"{token}\n")
