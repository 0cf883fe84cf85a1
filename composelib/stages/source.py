"""Make the source packages that are built: fetched or packed, verified, patched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.arch import SOURCE
from composelib.model.archive import Archive, ArchiveAccess
from composelib.model.build_paths import locate_source_package, locate_source_record
from composelib.model.build_source import BuildSource
from composelib.model.compose import Compose
from composelib.model.indexed_archive import IndexedArchive, list_indexed_archives
from composelib.model.source_tree import SourceTree
from composelib.task import Json, Task
from composelib.text.local_url import is_local


@dataclass(frozen=True)
class SourceJob:
    """An entry of the config, the archives that it may come from, and the files that the source package goes to."""

    source: BuildSource
    label: str
    """For messages: where the config has it, and its name."""
    archives: tuple[IndexedArchive, ...]
    accepted: Mapping[str, Path]
    """By archive: JSON that says where its suites are."""
    accesses: Mapping[str, ArchiveAccess]
    """By archive: how its servers are reached."""
    folders: Mapping[str, Path]
    """By archive: the folder of its packages."""
    offline: bool
    short: str
    """The release's short name, by which our patches are told from others; empty without patches."""
    maintainer: str
    """Of the new entry in the changelog; empty without a suffix."""
    codename: str
    store: Path
    root: Path
    """The folder that the paths of `tree_list` are relative to."""
    folder: Path
    record: Path
    origins: Path
    tree_list: Path
    scratch: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each source package that is built."""
    return tuple(plan_source(compose, archive, source) for archive in compose.archives for source in archive.build)


def plan_source(compose: Compose, archive: Archive, source: BuildSource) -> Task:
    """Return the task of one source package."""
    archives = [archive for archive in compose.archives if archive.sources and not archive.build]
    served = [archive for archive in archives if archive.uri]
    release, record = compose.release, locate_source_record(compose.paths, archive.name, source.name)
    job = SourceJob(
        source=source,
        label=f"{source.origin}: archive {archive.name}: {source.name}",
        archives=tuple(list_indexed_archives(compose, archives, SOURCE)),
        accepted={archive.name: compose.paths.signatures(archive) for archive in served},
        accesses={archive.name: archive.access for archive in served},
        folders={archive.name: archive.debs for archive in archives if archive.debs},
        offline=compose.offline,
        short=release.short if source.patches else "",
        maintainer=f"{release.name} <{release.short}@compose.invalid>" if source.suffix else "",
        codename=release.codename if source.suffix else "",
        store=compose.paths.store,
        root=compose.paths.root,
        folder=locate_source_package(compose.paths, archive.name, source.name),
        record=record,
        origins=record.with_suffix(".origins.json"),
        tree_list=record.with_suffix(".list"),
        scratch=compose.paths.work("source", archive.name, f".{source.name}.work"),
    )
    return Task(
        name=f"{archive.name}:{source.name}",
        doc=f"make the source package {source.name} of {archive.name}",
        run=partial(make_source, job),
        inputs=(
            *list_named_files(source),
            *(path for indexed in job.archives for path in (indexed.stanzas, indexed.index)),
        ),
        order_only=tuple(job.accepted.values()),
        outputs=(job.record, job.origins, job.tree_list),
        trees=(job.tree_list,),
        consulted=(*compose.paths.store_ledger, job.folder),
        scratch=(job.scratch,),
        uses={
            "source": describe_entry(source),
            "archives": [[indexed.archive, indexed.priority] for indexed in job.archives],
            "release": [job.short, job.maintainer, job.codename],
        },
        tools=(
            "dpkg-source",
            "patch",
            "unshare",
            *(("git",) if source.git else ()),
            *(("gpgv",) if source.keyring else ()),
        ),
        probe=partial(
            probe_commit, source.git, source.ref, job.origins if job.offline and not is_local(source.git) else None
        )
        if source.git
        else None,
        failable=source.failable,
        pool="network",
    )


def list_named_files(source: BuildSource) -> Iterator[Path]:
    """Yield the files that the config names, or that are in the tree that it names."""
    yield from source.patches
    if isinstance(source.dsc, Path):
        yield source.dsc
    if source.keyring:
        yield source.keyring
    if source.tree:
        yield from source.tree.inside
        yield from source.tree.upstream


def describe_entry(source: BuildSource) -> dict[str, Json]:
    """Return what the config says of a source package, without its origin and the content of its files."""
    tree = source.tree
    return {
        "name": source.name,
        "dsc": str(source.dsc or ""),
        "keyring": str(source.keyring or ""),
        "trusted": source.trusted,
        "dir": describe_tree(tree) if tree else None,
        "git": source.git,
        "ref": source.ref,
        "patches": [str(path) for path in source.patches],
        "suffix": source.suffix,
        "profiles": list(source.profiles),
    }


def describe_tree(tree: SourceTree) -> dict[str, Json]:
    """Return what is in a source tree, without the content of its files."""
    return {
        "path": str(tree.path),
        "links": [list(link) for link in tree.links],
        "programs": list(tree.programs),
        "folders": list(tree.folders),
        "upstream": [str(path) for path in tree.upstream],
    }


def probe_commit(url: str, ref: str, origins: Path | None) -> str:
    """Return the commit that a ref stands for now; where that cannot be asked, that which `origins` of the last run has."""
    if origins is None:
        from composelib.fetch.git_commit import find_commit  # loaded when a task runs

        return find_commit(url, ref)
    from composelib.text.json_file import read_json

    try:
        return str(read_json(origins)["commit"])
    except (OSError, ValueError, KeyError, TypeError):  # there is none, or somebody changed it
        return ""


def make_source(job: SourceJob) -> None:
    """Write the source package and what is said of it. Raise ComposeError, TrustError or NetworkError."""
    from composelib.actions import source

    source.make_source(job)
