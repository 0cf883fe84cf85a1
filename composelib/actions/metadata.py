"""Write the metadata, from the config and from the files that were made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composelib.fetch import accepted_suite
from composelib.files import read_epoch
from composelib.model.arch import SOURCE
from composelib.model.paths import ComposePaths
from composelib.program import INSTALLED, VERSION
from composelib.task import Json
from composelib.text.json_file import read_json, write_json

if TYPE_CHECKING:
    from composelib.stages.metadata import ComposeinfoJob, DebsJob, DeliverablesJob, ImagesJob

FORMAT = 1  # of each format; docs/formats.md describes them
VOLUME_ID = slice(32808, 32840)  # where an ISO has its volume ID (ECMA-119, 8.4.7)


def write_composeinfo(job: ComposeinfoJob) -> None:
    """Write what the config says of the compose, which expired keys it took, its ID, and the SHA256 of what the ID names."""
    archives: dict[str, Any] = job.config["archives"]  # type: ignore[assignment] # stages.metadata makes it
    write_metadata(
        job.target,
        **{
            **job.config,
            "archives": {name: row | {"expired_keys": read_expired_keys(job, name)} for name, row in archives.items()},
        },
        id=job.compose_id.read_text().strip(),
        content=job.content.read_text().strip(),
        date=read_epoch(job.epoch),
        program={"name": INSTALLED, "version": VERSION},
    )


def read_expired_keys(job: ComposeinfoJob, archive: str) -> dict[str, int]:
    """Return the fingerprints of the expired keys by which an archive was accepted, with the seconds since 1970 of their ends."""
    if archive not in job.accepted:
        return {}
    suites = accepted_suite.load(job.accepted[archive].read_text())
    return {key: expiry for suite in suites.values() for key, expiry in suite.expired_keys.items()}


def write_debs(job: DebsJob) -> None:
    """Write the rows of all manifests by variant and arch."""
    manifests = {
        variant: {arch: read_json(path) for arch, path in by_arch.items()} for variant, by_arch in job.manifests.items()
    }
    variants = {
        variant: {arch: [*map(hide_folder, manifest["packages"])] for arch, manifest in by_arch.items()}
        for variant, by_arch in manifests.items()
    }
    omitted = {variant: by_arch[SOURCE]["omitted"] for variant, by_arch in manifests.items() if SOURCE in by_arch}
    write_metadata(job.target, variants=variants, omitted_sources=omitted)


def hide_folder(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row whose reason names no folder outside the checkout: a config elsewhere is named by its file name alone."""
    file = row.get("why", {}).get("file", "")
    return {**row, "why": {**row["why"], "file": Path(file).name}} if Path(file).is_absolute() else row


def write_images(job: ImagesJob) -> None:
    """Write a row for each file of an image that was made; of a set of discs, for each disc."""
    images = [image for row in job.rows for image in list_discs(row, job.tree / str(row["path"]))]
    write_metadata(job.target, images=images)


def list_discs(row: dict[str, Json], path: Path) -> Iterator[dict[str, Json]]:
    """Yield a row for each file that the checksum file beside a path names; none for an image that failed."""
    sum_file = ComposePaths.sum_file(path)
    for line in sum_file.read_text().splitlines() if path.exists() and sum_file.exists() else ():
        sha256, _, name = line.partition("  ")
        disc = path.with_name(name)
        volume_id: dict[str, Json] = {"volume_id": read_volume_id(disc)} if disc.suffix == ".iso" else {}
        disc_path = str(Path(str(row["path"])).with_name(name))
        yield {**row, "path": disc_path, "sha256": sha256, "size": disc.stat().st_size, **volume_id}


def read_volume_id(iso: Path) -> str:
    """Return an ISO's volume ID; empty if it has none."""
    with iso.open("rb") as stream:
        stream.seek(VOLUME_ID.start)
        return stream.read(VOLUME_ID.stop - VOLUME_ID.start).decode("ascii", "replace").strip()


def write_deliverables(job: DeliverablesJob) -> None:
    """Write a row for each deliverable; `made` says whether what shows it is there."""
    deliverables = [{**row.content, "made": all(path.exists() for path in row.proofs)} for row in job.rows]
    write_metadata(job.target, deliverables=deliverables)


def write_metadata(target: Path, **content: Any) -> None:
    """Write a file of metadata."""
    write_json(target, {"version": FORMAT, **content}, ascii_only=False)
