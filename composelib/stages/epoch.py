"""Find SOURCE_DATE_EPOCH: the newest Date of the archives, the date of everything made."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.errors import ConfigError
from composelib.files import write_file
from composelib.model.compose import Compose
from composelib.task import Task

VARIABLE = "SOURCE_DATE_EPOCH"


@dataclass(frozen=True)
class EpochJob:
    """The sources of the date, of which the first that exists counts, and the file that it goes to."""

    environment: str | None
    texts: tuple[Path, ...]
    """The archives' Release files."""
    folders: tuple[Path, ...]
    """Folders of .debs, if no archive has a Release file."""
    target: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return the one task."""
    archives = [archive for archive in compose.archives if archive.uri]
    texts = tuple(compose.paths.inrelease(archive, suite) for archive in archives for suite in archive.suites)
    folders = () if texts else tuple(archive.debs for archive in compose.archives if archive.debs)
    job = EpochJob(os.environ.get(VARIABLE), texts, folders, compose.paths.epoch)
    return (
        Task(
            name="date",
            doc="find the date of everything made",
            run=partial(find_epoch, job),
            inputs=job.texts,
            outputs=(job.target,),
            uses={VARIABLE: job.environment, "debs": [str(folder) for folder in job.folders]},
            probe=partial(probe_folders, job.folders) if job.folders else None,
        ),
    )


def probe_folders(folders: tuple[Path, ...]) -> str:
    """Return a token of the state of folders of .debs."""
    from composelib.fetch import deb_folder  # loaded when a task runs

    return " ".join(deb_folder.describe_state(folder) for folder in folders)


def find_epoch(job: EpochJob) -> None:
    """Write the date, in seconds since 1970: the environment's, else the newest of the archives' or of the .debs.

    Raise ConfigError if the environment's is not a number.
    """
    if job.environment is None:
        epoch = find_newest(job)
    elif job.environment.isascii() and job.environment.isdigit():
        epoch = int(job.environment)
    else:
        raise ConfigError(
            f"{VARIABLE}={job.environment}: not a number of seconds since 1970", "unset it, or set it to a number"
        )
    write_file(job.target, f"{epoch}\n")


def find_newest(job: EpochJob) -> int:
    """Return the newest date of the archives or of the .debs; 0 if there is none."""
    from composelib.archive.format import release
    from composelib.fetch import deb_folder

    dates = [release.parse_release(text.read_bytes(), str(text)).date for text in job.texts]
    dates += [deb_folder.find_newest(folder) for folder in job.folders]
    return max(dates, default=0)
