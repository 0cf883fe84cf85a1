"""Get extra files from where the config says, and write them beside their list."""

from __future__ import annotations

import hashlib
import io
import posixpath
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from composelib.archive.format.repository import read_chosen, read_field
from composelib.archive.format.tar_tree import MemberError, normalize, read_tree
from composelib.dataclass import dataclass
from composelib.errors import ComposeError, TrustError
from composelib.fetch.document import fetch_document
from composelib.fetch.git_commit import fetch_commit, find_commit
from composelib.fetch.http import Agent
from composelib.fetch.onward import check_stored
from composelib.fetch.url import display_url
from composelib.files import scratch_folder, write_file
from composelib.image.root.tar import require_end
from composelib.model.extra_file import ExtraFile
from composelib.model.paths import EXTRA_FOLDER, locate_stored
from composelib.text.escape import escape
from composelib.text.json_file import write_json
from composelib.text.local_url import is_local
from composelib.tools import dpkg_deb, git
from composelib.tools.run import run
from composelib.tree_list import write_tree_list

if TYPE_CHECKING:
    from composelib.stages.extra_files import ExtraFilesJob

VERSION = 1
LARGEST = 1 << 30
"""The most bytes that a file fetched by URL may have."""


@dataclass(frozen=True)
class PlacedFile:
    """A file for the tree: its path there, its content and mode, and its source."""

    path: str
    content: bytes
    executable: bool
    source: dict[str, str]
    mode: str = ""
    owner: str = ""


def put_files(job: ExtraFilesJob) -> None:
    """Write the files and the list of them."""
    folder = job.listing.parent / EXTRA_FOLDER
    for extra in job.files if job.offline else ():
        refuse_offline(extra)
    commits = {extra: find_commit(extra.git, extra.ref or "HEAD") for extra in job.files if extra.git}
    files = collect_files(job, commits)
    write_tree_list(job.root, job.tree_list, (folder / file.path for file in files))
    for file in files:
        target = folder / file.path
        write_file(target, file.content)
        target.chmod(0o755 if file.executable else 0o644)
    write_json(job.listing, {"version": VERSION, "files": [describe_file(file) for file in files]})
    if job.commits:
        write_file(job.commits, " ".join(commits.values()) + "\n")


def refuse_offline(extra: ExtraFile) -> None:
    """Raise ComposeError if an entry has to be fetched from the network."""
    address = extra.url or extra.git
    if address and not is_local(address):
        raise ComposeError(
            f"{extra.origin}: {display_url(address)}: offline, and it is not kept", "run without offline=1"
        )


def collect_files(job: ExtraFilesJob, commits: Mapping[ExtraFile, str]) -> list[PlacedFile]:
    """Return all files, sorted by path. Raise ComposeError if two entries put different files at one path."""
    by_path: dict[str, tuple[PlacedFile, ExtraFile]] = {}
    for extra in job.files:
        for file in get_files(job, extra, commits.get(extra, "")):
            first, entry = by_path.setdefault(file.path, (replace(file, mode=extra.mode, owner=extra.owner), extra))
            if (first.content, first.mode, first.owner) != (file.content, extra.mode, extra.owner):
                raise ComposeError(
                    f"{extra.origin}: /{file.path}: {entry.origin} puts a different file there",
                    "remove one of the two entries, or change its `to`",
                )
    return [file for _, (file, _) in sorted(by_path.items())]


def describe_file(file: PlacedFile) -> dict[str, object]:
    """Return a file's row of the list."""
    sums = {"size": len(file.content), "sha256": hashlib.sha256(file.content).hexdigest()}
    access = {"mode": file.mode, "owner": file.owner}
    return {"path": file.path, **sums, "from": file.source} | {name: text for name, text in access.items() if text}


def get_files(job: ExtraFilesJob, extra: ExtraFile, commit: str) -> Iterator[PlacedFile]:
    """Yield the files that an entry of the config stands for, at a commit if it is out of git."""
    if extra.file:
        executable = bool(extra.file.stat().st_mode & 0o100)
        path = join_path(extra, extra.file.name)
        yield PlacedFile(path, extra.file.read_bytes(), executable, {"file": extra.file.name})
    elif extra.git:
        yield from get_from_git(job, extra, commit)
    elif extra.url:
        path = join_path(extra, extra.url.rpartition("/")[2])
        yield PlacedFile(path, fetch(extra), executable=False, source={"url": extra.url, "sha256": extra.sha256})
    elif job.chosen:
        yield from get_from_package(job, job.chosen, extra)


def join_path(extra: ExtraFile, name: str) -> str:
    """Return the path in a tree of a name below an entry's `to`. Raise ComposeError if that is outside of the tree."""
    path = PurePosixPath("/", extra.to.lstrip("/"), name).relative_to("/")
    if not str(path).isprintable():
        raise ComposeError(f"{extra.origin}: {escape(str(path))}: its name has control characters or is not UTF-8")
    if ".." in path.parts or not path.parts:
        raise ComposeError(f"{extra.origin}: {extra.to}/{name} leads out of the tree", "correct its `to`")
    return str(path)


def fetch(extra: ExtraFile) -> bytes:
    """Fetch a file by URL. Raise TrustError if its SHA256 is not the one in the config."""
    with closing(Agent()) as agent:
        content = fetch_document(agent, extra.url, LARGEST).content or b""
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != extra.sha256:
        raise TrustError(
            f"{extra.origin}: {extra.url}: SHA256 {sha256}, expected {extra.sha256}",
            "if the file was changed on purpose, correct its `sha256`",
        )
    return content


def get_from_git(job: ExtraFilesJob, extra: ExtraFile, commit: str) -> Iterator[PlacedFile]:
    """Yield the files at an entry's path in a git repository, at a commit."""
    with scratch_folder(job.tree_list.with_suffix(".git")) as folder:
        fetch_commit(folder, extra.git, commit)
        with (folder / "tar").open("wb") as stream:
            run(git.archive(folder, commit, extra.path.strip("/")), env=git.QUIET, stdout=stream)
        require_end(folder / "tar", "git")
        content = (folder / "tar").read_bytes()
    yield from read_tar(extra, content, {"git": extra.git, "commit": commit})


def get_from_package(job: ExtraFilesJob, packages: Path, extra: ExtraFile) -> Iterator[PlacedFile]:
    """Yield the files at an entry's path in one of the variant's chosen packages."""
    entries = read_chosen(packages.read_bytes())
    stanza = next((entry.stanza for entry in entries if read_field(entry.stanza, "Package") == extra.deb), None)
    if stanza is None:
        raise ComposeError(f"{extra.origin}: {extra.deb} is not among the variant's packages", "add it to its packages")
    sha256 = read_field(stanza, "SHA256")
    check_stored(job.store, [sha256])
    deb = locate_stored(job.store, sha256)
    with scratch_folder(job.tree_list.with_suffix(".deb")) as folder:
        with (folder / "tar").open("wb") as stream:
            run(dpkg_deb.print_files_tar(deb), stdout=stream)
        require_end(folder / "tar", "dpkg-deb")
        content = (folder / "tar").read_bytes()
    yield from read_tar(extra, content, {"deb": extra.deb, "version": read_field(stanza, "Version")})


def read_tar(extra: ExtraFile, content: bytes, source: dict[str, str]) -> Iterator[PlacedFile]:
    """Yield the files of a tar at or below the entry's path, links followed. Raise ComposeError if there are none."""
    prefix = normalize(extra.path)
    name = extra.git or extra.deb
    empty = True
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            for file, member in read_tree(tar).list_files(prefix):
                empty = False
                path = join_path(
                    extra, posixpath.relpath(file, prefix or ".") if file != prefix else posixpath.basename(file)
                )
                stream = tar.extractfile(member)
                text = stream.read() if stream else b""
                yield PlacedFile(path, text, bool(member.mode & 0o100), {**source, "path": file})
    except (MemberError, tarfile.TarError) as error:
        raise ComposeError(f"{extra.origin}: {name}: {escape(str(error))}", "correct its `path`") from None
    if empty:
        raise ComposeError(f"{extra.origin}: {name} has no file {extra.path or 'at all'}", "correct its `path`")
