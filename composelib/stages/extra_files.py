"""Put extra files into trees and media, from the config's folder, git, URLs and packages, and list their checksums."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.compose import Compose
from composelib.model.extra_file import ExtraFile
from composelib.model.image_traits import Image
from composelib.model.variant import Variant
from composelib.task import Json, Task
from composelib.text.local_url import is_local


@dataclass(frozen=True)
class ExtraFilesJob:
    """The files that the config asks for, and where they go."""

    files: tuple[ExtraFile, ...]
    chosen: Path | None
    """The variant's packages, if files come out of them."""
    store: Path
    listing: Path
    """JSON: the files with their checksums and sources; the files are in the folder `extra` beside it."""
    tree_list: Path
    root: Path
    """The folder that the paths of `tree_list` are relative to."""
    commits: Path | None
    """The commits that were taken, for a run that is offline; None if nothing is out of git."""
    offline: bool


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each variant with extra files, and for each image with files of its own, by arch."""
    planned: list[Task] = []
    for variant in compose.variants:
        planned += [plan_files(compose, variant, arch) for arch in variant.arches if variant.extra_files]
        for image in variant.images:
            planned += [plan_files(compose, variant, arch, image) for arch in image.arches if image.files]
    return tuple(planned)


def plan_files(compose: Compose, variant: Variant, arch: str, image: Image | None = None) -> Task:
    """Return the task of a variant's files, or of one image's."""
    files = image.files if image else variant.extra_files
    packages = any(extra.deb for extra in files)
    chosen = compose.paths.gathered_stanzas(variant.name, arch)
    refs = tuple((extra.git, extra.ref) for extra in files if extra.git)
    reachable = not compose.offline or all(is_local(url) for url, _ in refs)
    listing = compose.paths.extra_files(variant.name, arch, image.name if image else "")
    job = ExtraFilesJob(
        files=files,
        chosen=chosen if packages else None,
        store=compose.paths.store,
        listing=listing,
        tree_list=compose.paths.extra_files_list(variant.name, arch, image.name if image else ""),
        root=compose.paths.root,
        commits=compose.paths.extra_files_commits(variant.name, arch, image.name if image else "") if refs else None,
        offline=compose.offline,
    )
    return Task(
        name=f"{variant.name}:{arch}" + (f":{image.name}" if image else ""),
        doc=f"put extra files into {image.name if image else variant.name} for {arch}",
        run=partial(put_files, job),
        inputs=(
            *(extra.file for extra in files if extra.file),
            *((chosen, compose.paths.fetched(variant.name, arch)) if packages else ()),
        ),
        outputs=(job.listing, job.tree_list, *([job.commits] if job.commits else [])),
        trees=(job.tree_list,),
        consulted=(*compose.paths.store_ledger, compose.paths.store_list(variant.name, arch)) if packages else (),
        scratch=tuple(job.tree_list.with_suffix(suffix) for suffix in (".git", ".deb")),
        uses={"files": [describe_file(extra) for extra in files]},
        tools=(*(("git",) if refs else ()), *(("dpkg-deb",) if packages else ())),
        probe=partial(probe_commits, refs, None if reachable else job.commits) if refs else None,
        failable=bool(image and image.may_fail(arch)),
        pool="network" if refs or any(extra.url for extra in files) else "",
    )


def describe_file(extra: ExtraFile) -> Json:
    """Return what the config says of a file, without its origin."""
    return {name: str(value) for name, value in asdict(extra).items() if name != "origin" and value}


def probe_commits(refs: tuple[tuple[str, str], ...], commits: Path | None) -> str:
    """Return the commits that refs stand for now, each a git URL and a ref; offline, those in `commits` of the last run."""
    if commits is None:
        from composelib.fetch.git_commit import find_commit  # loaded when a task runs

        return " ".join(find_commit(url, ref) for url, ref in refs)
    try:
        return commits.read_text().strip()
    except (OSError, UnicodeDecodeError):  # there is none, or somebody changed it
        return ""


def put_files(job: ExtraFilesJob) -> None:
    """Write the files and the list of them. Raise ComposeError, TrustError or NetworkError."""
    from composelib.actions import extra_files

    extra_files.put_files(job)
