"""Find SOURCE_DATE_EPOCH: the newest Date of the archives, which everything made is dated by."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from composelib.archive.format import release
from composelib.errors import ConfigError
from composelib.fetch import deb_folder
from composelib.files import write
from composelib.model.compose import Compose
from composelib.task import Task

VARIABLE = "SOURCE_DATE_EPOCH"


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give the one task."""
    archives = [archive for archive in compose.archives if archive.uri]
    texts = tuple(compose.paths.inrelease(archive, suite) for archive in archives for suite in archive.suites)
    folders = () if texts else tuple(archive.debs for archive in compose.archives if archive.debs)
    given = os.environ.get(VARIABLE)
    return (
        Task(
            name="date",
            doc="find the date of everything made",
            run=partial(find, given, texts, folders, compose.paths.epoch),
            inputs=texts,
            outputs=(compose.paths.epoch,),
            uses={VARIABLE: given, "debs": [str(folder) for folder in folders]},
            probe=partial(state_of, folders) if folders else None,
        ),
    )


def state_of(folders: tuple[Path, ...]) -> str:
    """Tell states of the folders of .debs apart."""
    return " ".join(deb_folder.state(folder) for folder in folders)


def find(given: str | None, texts: tuple[Path, ...], folders: tuple[Path, ...], target: Path) -> None:
    """Write the date, in seconds since 1970: the environment's, else the newest of the archives' or of the .debs.

    Raises ConfigError if the environment's is not a number.
    """
    if given is not None and not (given.isascii() and given.isdigit()):
        raise ConfigError(f"{VARIABLE}={given}: not a number of seconds since 1970", "unset it, or set it to one")
    dates = [release.parse(text.read_bytes(), str(text)).date for text in texts]
    dates += [deb_folder.newest(folder) for folder in folders]
    write(target, f"{int(given) if given is not None else max(dates, default=0)}\n")
