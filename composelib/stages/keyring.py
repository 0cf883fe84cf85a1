"""Make what users need to trust the repositories: a package with the public key, and a file for sources.list.d."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.apt_source import format_sources
from composelib.model.compose import Compose
from composelib.task import Task


@dataclass(frozen=True)
class KeyringJob:
    """The public key, what the package says of itself, and the files that are made."""

    key: Path
    name: str
    """The name of the package."""
    title: str
    """The release's name."""
    url: str
    work: Path
    package: Path
    stanza: Path
    """The package's stanza; the package is beside it, too, for the repositories."""
    text: str
    """The text of the file for sources.list.d."""
    sources: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return the one task of a compose that has a keyring package."""
    if not compose.release.keyring_package:
        return ()
    package = compose.paths.keyring_package
    job = KeyringJob(
        key=compose.paths.archive_key,
        name=package.stem,
        title=compose.release.name,
        url=compose.base_url,
        work=compose.paths.work("keyring", "tree"),
        package=package,
        stanza=compose.paths.keyring_stanza,
        text=format_sources(compose, f"/usr/share/keyrings/{package.stem}.gpg"),
        sources=compose.paths.user_sources,
    )
    return (
        Task(
            name="package",
            doc=f"make {package.name}, and {job.sources.name} for sources.list.d",
            run=partial(make_package, job),
            inputs=(job.key,),
            outputs=(job.package, job.sources, job.stanza, job.stanza.with_suffix(".deb")),
            scratch=(job.work,),
            uses={"name": job.name, "title": job.title, "url": job.url, "text": job.text},
            tools=("dpkg-deb", "gpg"),
        ),
    )


def make_package(job: KeyringJob) -> None:
    """Write the package and the file for sources.list.d."""
    from composelib.actions import keyring  # loaded when a task runs

    keyring.make_package(job)
