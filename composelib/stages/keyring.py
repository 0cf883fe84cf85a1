"""Make what users need to trust the repositories: a package with the public key, and a file for sources.list.d."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from composelib.model.compose import Compose
from composelib.model.variant import OPTIONAL, Variant
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
        work=compose.paths.work("keyring", "package"),
        package=package,
        text="\n".join(format_sources(compose, variant) for variant in compose.variants),
        sources=compose.paths.user_sources,
    )
    return (
        Task(
            name="package",
            doc=f"make {package.name}, and {job.sources.name} for sources.list.d",
            run=partial(make_package, job),
            inputs=(job.key,),
            outputs=(job.package, job.sources),
            scratch=(job.work,),
            uses={"name": job.name, "title": job.title, "url": job.url, "text": job.text},
            tools=("dpkg-deb", "gpg"),
        ),
    )


def format_sources(compose: Compose, variant: Variant) -> str:
    """Return the stanza of a variant's repository (sources.list(5)); without a `base-url` the reader fills in SERVER."""
    base = compose.base_url.rstrip("/") or "http://SERVER"
    path = compose.paths.repository(variant.name).relative_to(compose.paths.tree)
    components = (name for name in variant.components("") if name not in {OPTIONAL, "debug"})
    fields = {
        "Types": "deb deb-src" if variant.sources else "deb",
        "URIs": f"{base}/{path}/",
        "Suites": compose.release.codename,
        "Components": " ".join(components),
        "Signed-By": f"/usr/share/keyrings/{compose.paths.keyring_package.stem}.gpg",
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def make_package(job: KeyringJob) -> None:
    """Write the package and the file for sources.list.d."""
    from composelib.actions import keyring  # loaded when a task runs

    keyring.make_package(job)
