"""Put files of the config's into trees and media: plain ones, out of git, by URL, out of packages; listed with sums."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from composelib.archive.format.repository import chosen, value
from composelib.errors import ComposeError, TrustError
from composelib.fetch.document import read
from composelib.fetch.http import Agent
from composelib.files import scratch, write
from composelib.model.compose import Compose
from composelib.model.image import ExtraFile, Image
from composelib.model.variant import Variant
from composelib.task import Json, Task
from composelib.tools import dpkg_deb, git
from composelib.tools.run import ToolError, run

VERSION = 1
LARGEST = 1 << 30
"""Bytes of a file that is fetched by URL."""
COMMIT = re.compile(r"[0-9a-f]{40}")
FOLDER = "extra"  # beside the list, holds the files


@dataclass(frozen=True)
class Place:
    """Where files go: the list of them, and the files in a folder beside it; `files` is a list for the engine."""

    listing: Path
    files: Path


@dataclass(frozen=True)
class Taken:
    """A file that was found: its path in the tree, its content and mode, and where it is from."""

    path: str
    content: bytes
    executable: bool
    source: dict[str, str]


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each variant with extra files, and for each image with files of its own, by arch."""
    found: list[Task] = []
    for variant in compose.variants:
        for arch in variant.arches if variant.extra_files else ():
            place = Place(
                compose.paths.extra_files(variant.name, arch),
                compose.paths.work("extra_files", variant.name, f"{arch}.list"),
            )
            found.append(make_task(compose, variant, arch, None, place))
        for image in variant.images:
            for arch in image.arches if image.files else ():
                listing = compose.paths.extra_files(variant.name, arch, image.name)
                place = Place(listing, listing.with_suffix(".list"))
                found.append(make_task(compose, variant, arch, image, place))
    return tuple(found)


def make_task(compose: Compose, variant: Variant, arch: str, image: Image | None, place: Place) -> Task:
    """Give the task of a variant's files, or of a medium's."""
    wanted = image.files if image else variant.extra_files
    packages = tuple(extra.deb for extra in wanted if extra.deb)
    gathered = (compose.paths.chosen(variant.name, arch), compose.paths.fetched(variant.name, arch)) if packages else ()
    refs = tuple((extra.git, extra.ref) for extra in wanted if extra.git)
    return Task(
        name=f"{variant.name}:{arch}" + (f":{image.name}" if image else ""),
        doc=f"put extra files into {image.name if image else variant.name} for {arch}",
        run=partial(make, compose, wanted, gathered[:1], place),
        inputs=(*(extra.file for extra in wanted if extra.file), *gathered),
        outputs=(place.listing, place.files),
        trees=(place.files,),
        uses={"files": [described(extra) for extra in wanted]},
        tools=(*(("git",) if refs else ()), *(("dpkg-deb",) if packages else ())),
        probe=partial(commits, refs, compose.offline) if refs else None,
        failable=bool(image and image.may_fail(arch)),
        pool="network" if refs or any(extra.url for extra in wanted) else "",
    )


def described(extra: ExtraFile) -> Json:
    """Give what the config says of a file, but for the place where it says so."""
    return {name: str(found) for name, found in asdict(extra).items() if name != "origin" and found}


def commits(refs: tuple[tuple[str, str], ...], offline: bool) -> str:
    """Tell states of git repositories apart: the commits that their refs stand for now."""
    return "" if offline else " ".join(commit_of(url, ref) for url, ref in refs)


def commit_of(url: str, ref: str) -> str:
    """Give the commit that a ref stands for now; one that is a commit's own name stands for itself.

    Raises ComposeError when the repository cannot be reached or has no such ref.
    """
    if COMMIT.fullmatch(ref):
        return ref
    try:
        printed = run(git.ls_remote(url, ref), env=git.QUIET, timeout=120, capture=True, package=git.PACKAGE)
    except ToolError as error:
        raise ComposeError(f"{url}: git cannot read it", "see its words in the log") from error
    rows = [line.split("\t") for line in printed.stdout.decode().splitlines()]
    by_name = {name: commit for commit, name in rows}
    for name in (f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}", f"refs/heads/{ref}", ref, f"{ref}^{{}}"):
        if name in by_name:
            return by_name[name]
    raise ComposeError(f"{url}: has no branch or tag {ref}", "a branch, a tag, or all 40 digits of a commit")


def make(compose: Compose, wanted: tuple[ExtraFile, ...], gathered: tuple[Path, ...], place: Place) -> None:
    """Write the files and the list of them. Raises ComposeError, TrustError, NetworkError naming the config's line."""
    taken: dict[str, tuple[Taken, ExtraFile]] = {}
    for extra in wanted:
        for file in take(compose, extra, gathered, place):
            other = taken.setdefault(file.path, (file, extra))
            if other[0].content != file.content:
                raise ComposeError(f"{extra.origin}: /{file.path} is put there by {other[1].origin} as well")
    for file, _ in taken.values():
        target = place.listing.parent / FOLDER / file.path
        write(target, file.content)
        target.chmod(0o755 if file.executable else 0o644)
    rows = [row(file) for _, (file, _) in sorted(taken.items())]
    lines = sorted(str((place.listing.parent / FOLDER / path).relative_to(compose.paths.root)) for path in taken)
    write(place.files, "".join(f"{line}\n" for line in lines))
    write(place.listing, json.dumps({"version": VERSION, "files": rows}, indent=1, sort_keys=True) + "\n")


def row(file: Taken) -> dict[str, object]:
    """Give a file's row of the list."""
    sums = {"size": len(file.content), "sha256": hashlib.sha256(file.content).hexdigest()}
    return {"path": file.path, **sums, "from": file.source}


def take(compose: Compose, extra: ExtraFile, gathered: tuple[Path, ...], place: Place) -> Iterator[Taken]:
    """Give the files that an entry of the config stands for."""
    if extra.file:
        executable = bool(extra.file.stat().st_mode & 0o100)
        yield Taken(below(extra.to, extra.file.name), extra.file.read_bytes(), executable, {"file": extra.file.name})
    elif extra.git:
        yield from from_git(extra, place)
    elif extra.url:
        source = {"url": extra.url, "sha256": extra.sha256}
        yield Taken(below(extra.to, extra.url.rpartition("/")[2]), fetched(extra), executable=False, source=source)
    else:
        yield from from_package(compose, extra, gathered[0], place)


def below(folder: str, name: str) -> str:
    """Give a path in a tree: a name below a folder that is written from the tree's root."""
    path = PurePosixPath("/", folder.lstrip("/"), name).relative_to("/")
    if ".." in path.parts or not path.parts:
        raise ComposeError(f"{folder}/{name}: leads out of the tree")
    return str(path)


def fetched(extra: ExtraFile) -> bytes:
    """Fetch a file by URL. Raises TrustError when it is not what it has to be."""
    with closing(Agent()) as agent:
        content = read(agent, extra.url, LARGEST).content or b""
    got = hashlib.sha256(content).hexdigest()
    if got != extra.sha256:
        raise TrustError(f"{extra.origin}: {extra.url}: SHA256 {got}, wanted {extra.sha256}")
    return content


def from_git(extra: ExtraFile, place: Place) -> Iterator[Taken]:
    """Give the files of a path of a repository, at the commit its ref stands for now."""
    commit = commit_of(extra.git, extra.ref or "HEAD")
    with scratch(place.files.with_suffix(".git")) as folder:
        run(git.init(folder), env=git.QUIET, package=git.PACKAGE)
        try:
            run(git.fetch(folder, extra.git, commit), env=git.QUIET, package=git.PACKAGE)
        except ToolError:
            run(git.fetch_all(folder, extra.git), env=git.QUIET, package=git.PACKAGE)
        tar = run(git.archive(folder, commit, extra.path.strip("/")), env=git.QUIET, capture=True, package=git.PACKAGE)
    yield from from_tar(extra, tar.stdout, {"git": extra.git, "commit": commit})


def from_package(compose: Compose, extra: ExtraFile, gathered: Path, place: Place) -> Iterator[Taken]:
    """Give the files of a path of a package that was chosen for the variant."""
    found = [entry.stanza for entry in chosen(gathered.read_bytes()) if value(entry.stanza, "Package") == extra.deb]
    if not found:
        raise ComposeError(f"{extra.origin}: {extra.deb} is not among the variant's packages", "add it to its packages")
    stanza = found[0]
    with scratch(place.files.with_suffix(".deb")) as folder:
        with (folder / "tar").open("wb") as stream:
            run(dpkg_deb.files(compose.paths.stored(value(stanza, "SHA256"))), stdout=stream, package=dpkg_deb.PACKAGE)
        content = (folder / "tar").read_bytes()
    yield from from_tar(extra, content, {"deb": extra.deb, "version": value(stanza, "Version")})


def from_tar(extra: ExtraFile, content: bytes, source: dict[str, str]) -> Iterator[Taken]:
    """Give the files of a tar at or below a path. Raises ComposeError if there are none."""
    wanted = extra.path.strip("/")
    found = False
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        for member in tar:
            name = str(PurePosixPath("/", member.name).relative_to("/"))
            inside = name == wanted or not wanted or name.startswith(f"{wanted}/")
            stream = tar.extractfile(member) if inside and (member.isfile() or member.issym()) else None
            if stream is not None:
                found = True
                rest = name.removeprefix(wanted).strip("/") or name.rpartition("/")[2]
                executable = bool(member.mode & 0o100)
                yield Taken(below(extra.to, rest), stream.read(), executable, {**source, "path": name})
    if not found:
        raise ComposeError(f"{extra.origin}: {extra.git or extra.deb} has no file {extra.path or 'at all'}")
