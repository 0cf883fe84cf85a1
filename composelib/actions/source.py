"""Write the finished source package of an entry of the config, its record and where it is from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composelib.files import remove_others, replace_whatever, scratch_folder, sha256_of
from composelib.source.archive_sources import ArchiveSources
from composelib.source.control import read_provides
from composelib.source.dsc import RELATIONS, Dsc
from composelib.source.prepare import Derivation, find_order_fault, prepare_source
from composelib.source.workshop import Workshop
from composelib.text.json_file import write_json
from composelib.tree_list import write_tree_list

if TYPE_CHECKING:
    from composelib.model.build_source import BuildSource
    from composelib.stages.source import SourceJob

VERSION = 1


def make_source(job: SourceJob) -> None:
    """Write the source package and what is said of it."""
    archives = ArchiveSources(job.archives, job.accepted, job.accesses, job.folders, job.store, job.offline)
    derivation = Derivation(job.short, job.codename, job.maintainer)
    with scratch_folder(job.scratch) as folder:
        workshop = Workshop(folder, job.label)
        dsc, commit = prepare_source(job.source, workshop, archives, derivation)
        fault = find_order_fault(dsc, archives)
        if fault:
            print(f"warning: {job.label}: {fault}", flush=True)
        print(f"{dsc.source} {dsc.version}", flush=True)
        provides = read_provides(workshop.read_control(dsc))
        names = sorted([dsc.name, *(file.name for file in dsc.files)])
        write_tree_list(job.root, job.tree_list, (job.folder / name for name in names))
        move_files(workshop, job, names)
    write_json(job.origins, describe_origins(job.source, commit))
    write_json(job.record, describe_package(job, dsc, names, provides))


def move_files(workshop: Workshop, job: SourceJob, names: list[str]) -> None:
    """Move the files of the source package to its folder, and remove whatever else is there."""
    remove_others(job.folder, names)
    for name in names:
        path = workshop.work / name
        path.chmod(0o644)
        replace_whatever(path, job.folder / name)


def describe_package(job: SourceJob, dsc: Dsc, names: list[str], provides: dict[str, str]) -> dict[str, object]:
    """Return what is recorded of a source package: what its .dsc says, and its files."""
    paths = [job.folder / name for name in names]
    return {
        "version": VERSION,
        "source": dsc.source,
        "source_version": dsc.version,
        "dsc": dsc.name,
        "files": [{"name": path.name, "size": path.stat().st_size, "sha256": sha256_of(path)} for path in paths],
        "binaries": [{**row, "provides": provides.get(row["package"], "")} for row in dsc.binaries],
        "architectures": dsc.field("Architecture").split(),
        "profiles": list(job.source.profiles),
        "testsuite": dsc.field("Testsuite"),
        **{name.lower().replace("-", "_"): " ".join(dsc.field(name).split()) for name in RELATIONS},
    }


def describe_origins(source: BuildSource, commit: str) -> dict[str, object]:
    """Return where a source package is from: what the config names, the commit, the patches and their SHA256."""
    patches = [{"file": str(path), "sha256": sha256_of(path)} for path in source.patches]
    origin = {"git": source.git, "commit": commit} if source.git else {}
    named = {"dsc": str(source.dsc)} if source.dsc else {"dir": str(source.tree.path)} if source.tree else {}
    return {"version": VERSION, **named, **origin, "patches": patches}
