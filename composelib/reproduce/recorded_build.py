"""Build again what a .buildinfo records, with exactly the packages that it names, out of the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from composelib.archive.format.buildinfo import Buildinfo
from composelib.archive.format.relation import Relation
from composelib.archive.format.repository import join_stanzas, read_chosen, read_field
from composelib.building.build_job import BuildJob
from composelib.dataclass import dataclass
from composelib.errors import ConfigError
from composelib.fetch.deb_folder import read_stanza
from composelib.fetch.package_identity import RECORD, IdentityRecord, PackageIdentity, read_indexed_identity
from composelib.files import sha256_of
from composelib.model.build import Build
from composelib.model.compose import Compose
from composelib.model.paths import locate_stored
from composelib.program import PROGRAM
from composelib.stages.build import BuildTask, describe_build, run_build
from composelib.stages.chroot import ChrootJob, make_chroot
from composelib.text.json_file import read_json


@dataclass(frozen=True)
class RecordedRoot:
    """The root that a recorded build is made in."""

    stanzas: tuple[bytes, ...]
    """Of the recorded packages, and of those of the compose's root that no .buildinfo records, such as apt."""
    gone: tuple[str, ...]
    """The recorded packages that the store does not have."""


def find_build(compose: Compose, buildinfo: Buildinfo, folder: Path) -> BuildTask:
    """Return the compose's build of the source package and arch of a .buildinfo; of several, the one that left it in `folder`.

    Raise ConfigError if there is none.
    """
    tasks = [describe_build(compose, build) for build in compose.builds if builds_same(build, buildinfo)]
    tasks.sort(key=lambda task: task.folder.absolute() != folder.absolute())
    versions = [read_version(task.build.record) for task in tasks]
    if buildinfo.version in versions:
        return tasks[versions.index(buildinfo.version)]
    present = (
        f"has version {' and '.join(dict.fromkeys(versions))}" if versions else "builds no such package in such a root"
    )
    label = (
        f"{buildinfo.source} {buildinfo.version} for {' and '.join(buildinfo.arches)}, built on {buildinfo.root_arch}"
    )
    raise ConfigError(f"{label}: the compose {present}")


def builds_same(build: Build, buildinfo: Buildinfo) -> bool:
    """Return whether a build is of the source package and arches that were recorded, and not a cross-build."""
    arches = {build.arch, *(("all",) if build.everything else ())}
    in_same_root = build.arch == build.root_arch == buildinfo.root_arch
    return in_same_root and build.source.name == buildinfo.source and arches.issuperset(buildinfo.arches)


def read_version(record: Path) -> str:
    """Return the version of a source package, as it was recorded when it was made."""
    return str(read_json(record)["source_version"]) if record.is_file() else "(not made yet)"


def find_root(job: BuildJob, buildinfo: Buildinfo) -> RecordedRoot:
    """Return the root that a recorded build is made in. Raise ConfigError if the compose has none for this build yet."""
    if not (job.chroot_packages.is_file() and job.dependencies.is_file()):
        raise ConfigError(f"{job.label}: was not built yet", f"run `{PROGRAM}`, then again")
    stored = index_store(job)
    matches = {relation: find_stored(relation, buildinfo.root_arch, stored) for relation in buildinfo.installed}
    names = {relation.name for relation in buildinfo.installed}
    further = (entry.stanza for entry in read_chosen(job.chroot_packages.read_bytes()))
    return RecordedRoot(
        stanzas=(
            *(read_stanza(locate_stored(job.store, sha256), job.store) for sha256 in matches.values() if sha256),
            *(stanza for stanza in further if read_field(stanza, "Package") not in names),
        ),
        gone=tuple(str(relation) for relation, sha256 in matches.items() if not sha256),
    )


def index_store(job: BuildJob) -> dict[PackageIdentity, str]:
    """Return the SHA256 of each package that the store has: of several the one that the build has now, else the last."""
    record = IdentityRecord(job.store.parent / RECORD)
    record.load()
    rows = [(identity, sha256) for sha256, identity in record.identities.items()]
    for path in (job.chroot_packages, job.dependencies):
        stanzas = [entry.stanza for entry in read_chosen(path.read_bytes())]
        rows += [(read_indexed_identity(stanza), read_field(stanza, "SHA256")) for stanza in stanzas]
    return {identity: sha256 for identity, sha256 in rows if locate_stored(job.store, sha256).is_file()}


def find_stored(relation: Relation, root_arch: str, stored: dict[PackageIdentity, str]) -> str:
    """Return the SHA256 of a package that was recorded; empty if the store does not have it."""
    arches = (relation.qualifier,) if relation.qualifier else (root_arch, "all")
    identities = (PackageIdentity(relation.name, relation.version, arch) for arch in arches)
    return next((stored[identity] for identity in identities if identity in stored), "")


def build_again(task: BuildTask, buildinfo: Buildinfo, stanzas: Iterable[bytes], epoch: Path, folder: Path) -> Path:
    """Build in a root of some packages; return the folder of what was built. Raise ComposeError if that fails."""
    job, packages, dependencies = task.build, folder / "packages", folder / "dependencies"
    packages.write_bytes(join_stanzas(stanzas))
    dependencies.touch()
    chroot = folder / "chroot.tar"
    make_chroot(ChrootJob(job.root_arch, packages, job.store, epoch, chroot))
    again = replace(
        job,
        chroot=chroot,
        chroot_packages=packages,
        dependencies=dependencies,
        profiles=buildinfo.profiles,
        unpacked=folder / "chroot",
        scratch=folder / "scratch",
    )
    paths = (folder / f"built.{name}" for name in ("packages", "json", "list"))
    run_build(BuildTask(again, task.builder, folder, folder, folder / "built", *paths))
    return folder / "built"


def list_differing(sums: dict[str, str], folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the names of the recorded files that are others now, and how."""
    for name, sha256 in sums.items():
        path = folder / name
        rebuilt = sha256_of(path) if path.is_file() else ""
        if rebuilt != sha256:
            yield name, f"SHA256 {rebuilt}, recorded is {sha256}" if rebuilt else "recorded, and not built"
