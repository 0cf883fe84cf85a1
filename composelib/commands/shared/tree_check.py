"""Checks every checksum and signature of a finished compose."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from composelib.archive.format import repository
from composelib.model.compose import Compose
from composelib.tools import gpg


@dataclass(frozen=True)
class ExpectedFile:
    """A file that a signed list names; the size is -1 if the list has no size."""

    path: Path
    sha256: str
    size: int = -1


def find_problems(compose: Compose) -> list[str]:
    """Return a line for each problem; none if the compose is in order."""
    problems = [*check_signatures(compose), *check_metadata(compose)]
    if problems:
        return problems
    expected = {
        file.path: file for file in (*list_index_files(compose), *list_pool_files(compose), *list_images(compose))
    }
    with ThreadPoolExecutor() as threads:
        return [problem for problem in threads.map(check_file, expected.values()) if problem]


def check_file(expected: ExpectedFile) -> str:
    """Describe what is wrong with a file; '' if nothing is."""
    try:
        if expected.size not in {-1, expected.path.stat().st_size}:
            return f"{expected.path}: {expected.path.stat().st_size} bytes, not {expected.size}"
        with expected.path.open("rb") as stream:
            matches = hashlib.file_digest(stream, "sha256").hexdigest() == expected.sha256
    except OSError as error:
        return f"{expected.path}: {error.strerror}"
    return "" if matches else f"{expected.path}: its content does not match its checksum"


def check_signatures(compose: Compose) -> Iterator[str]:
    """Yield which signatures are missing or not made with the compose's key."""
    signed = []
    for variant in compose.variants:
        plain = compose.paths.release_file(variant.name)
        signed += [(plain.with_name("InRelease"),), (plain.with_name("Release.gpg"), plain)]
    if compose.paths.checksums.exists():
        signed.append((compose.paths.checksums.with_name("SHA256SUMS.sign"), compose.paths.checksums))
    for files in signed:
        absent = [path for path in (*files, compose.paths.archive_key) if not path.is_file()]
        if absent:
            yield f"{absent[0]}: is missing"
            continue
        with contextlib.redirect_stdout(io.StringIO()):  # the calls of programs that gpg prints are noise here
            if not gpg.is_signed_by(compose.paths.archive_key, files):
                yield f"{files[0]}: its signature was not made with {compose.paths.archive_key.name}"


def check_metadata(compose: Compose) -> Iterator[str]:
    """Yield where the metadata does not fit the compose, because it is from another run or config."""
    path = compose.paths.metadata("composeinfo.json")
    try:
        info = json.loads(path.read_text())
        name, variants = compose.paths.compose_id.read_text().strip(), [variant.name for variant in compose.variants]
        if info["id"] != name:
            yield f"{path}: describes {info['id']}, not {name}"
        if sorted(info["variants"]) != sorted(variants):
            yield f"{path}: has the variants {', '.join(info['variants'])}, not {', '.join(variants)}"
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield f"{path}: cannot be read: {error}"


def list_index_files(compose: Compose) -> Iterator[ExpectedFile]:
    """Yield the files that the Release files list."""
    for variant in compose.variants:
        release = compose.paths.release_file(variant.name)
        for path, (sha256, size) in repository.read_listed_files(release.read_text()).items():
            yield ExpectedFile(release.parent / path, sha256, size)
            yield ExpectedFile(release.parent / repository.format_by_hash_path(path, sha256), sha256, size)


def list_pool_files(compose: Compose) -> Iterator[ExpectedFile]:
    """Yield the files that the indices list."""
    for variant in compose.variants:
        for arch in variant.index_arches:
            for component in variant.index_names(arch):
                index = compose.paths.packages_index(variant.name, arch, component)
                for file in repository.read_pool_files(index.read_bytes()) if index.is_file() else ():
                    yield ExpectedFile(compose.paths.repository(variant.name) / file.path, file.sha256, file.size)


def list_images(compose: Compose) -> Iterator[ExpectedFile]:
    """Yield the files that SHA256SUMS lists."""
    if compose.paths.checksums.exists():
        for line in compose.paths.checksums.read_text().splitlines():
            sha256, _, name = line.partition("  ")
            yield ExpectedFile(compose.paths.tree / name, sha256)
