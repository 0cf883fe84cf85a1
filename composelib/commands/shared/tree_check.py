"""Whether a finished compose is what it says it is: every checksum and signature, read anew."""

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
class Expected:
    """A file as a signed list has it; size -1 where the list does not say."""

    path: Path
    sha256: str
    size: int = -1


def problems(compose: Compose) -> list[str]:
    """Return what is not as it has to be, a line each; nothing if all is in place."""
    found = [*unsigned(compose), *misnamed(compose)]
    if found:
        return found
    expected = {wanted.path: wanted for wanted in (*index_files(compose), *pool_files(compose), *images(compose))}
    with ThreadPoolExecutor() as threads:
        return [told for told in threads.map(problem, expected.values()) if told]


def problem(wanted: Expected) -> str:
    """Describe what is wrong with a file; empty if nothing is."""
    try:
        if wanted.size not in {-1, wanted.path.stat().st_size}:
            return f"{wanted.path}: {wanted.path.stat().st_size} bytes, not {wanted.size}"
        with wanted.path.open("rb") as stream:
            right = hashlib.file_digest(stream, "sha256").hexdigest() == wanted.sha256
    except OSError as error:
        return f"{wanted.path}: {error.strerror}"
    return "" if right else f"{wanted.path}: its content is not that of its checksum"


def unsigned(compose: Compose) -> Iterator[str]:
    """Describe which signatures are missing or not of the compose's key."""
    signed = []
    for variant in compose.variants:
        plain = compose.paths.release_file(variant.name)
        signed += [(plain.with_name("InRelease"),), (plain.with_name("Release.gpg"), plain)]
    if compose.paths.checksums.exists():
        signed.append((compose.paths.checksums.with_name("SHA256SUMS.sign"), compose.paths.checksums))
    for files in signed:
        absent = [path for path in (*files, compose.paths.archive_key) if not path.is_file()]
        if absent:
            yield f"{absent[0]}: is not there"
            continue
        with contextlib.redirect_stdout(io.StringIO()):  # what programs are started is no news here
            if not gpg.holds(compose.paths.archive_key, files):
                yield f"{files[0]}: its signature is not that of {compose.paths.archive_key.name}"


def misnamed(compose: Compose) -> Iterator[str]:
    """Describe in what the metadata does not fit the compose: it is then of another run or config."""
    place = compose.paths.metadata("composeinfo.json")
    try:
        info = json.loads(place.read_text())
        name, variants = compose.paths.compose_id.read_text().strip(), [variant.name for variant in compose.variants]
        if info["id"] != name:
            yield f"{place}: describes {info['id']}, not {name}"
        if sorted(info["variants"]) != sorted(variants):
            yield f"{place}: has the variants {', '.join(info['variants'])}, not {', '.join(variants)}"
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield f"{place}: cannot be read: {error}"


def index_files(compose: Compose) -> Iterator[Expected]:
    """Return what the Release files list."""
    for variant in compose.variants:
        release = compose.paths.release_file(variant.name)
        for path, (sha256, size) in repository.listed(release.read_text()).items():
            yield Expected(release.parent / path, sha256, size)
            yield Expected(release.parent / repository.by_hash(path, sha256), sha256, size)


def pool_files(compose: Compose) -> Iterator[Expected]:
    """Return what the indices list."""
    for variant in compose.variants:
        for arch in variant.index_arches:
            for component in variant.indexed(arch):
                index = compose.paths.packages_index(variant.name, arch, component)
                for file in repository.pool_of(index.read_bytes()) if index.is_file() else ():
                    yield Expected(compose.paths.repository(variant.name) / file.path, file.sha256, file.size)


def images(compose: Compose) -> Iterator[Expected]:
    """Return what SHA256SUMS lists."""
    if compose.paths.checksums.exists():
        for line in compose.paths.checksums.read_text().splitlines():
            sha256, _, name = line.partition("  ")
            yield Expected(compose.paths.tree / name, sha256)
