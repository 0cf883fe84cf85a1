"""What a compose's tree records of an image: its packages, their archives, and the programs that may have made it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from composelib.archive.explain.compose_diff import ComposeContents, ImageRow
from composelib.archive.explain.manifest_reader import SOURCE, GatheredPackage
from composelib.contents.causes import ImageEvidence
from composelib.errors import ConfigError
from composelib.model.paths import LOCK
from composelib.text.cyclonedx import read_packages
from composelib.text.json_file import parse_json, read_json
from composelib.text.provenance import SUFFIX

BILL = ".cdx.json"


def read_evidence(tree: Path, contents: ComposeContents, image: ImageRow) -> ImageEvidence:
    """Read what a tree records of an image. Raise ConfigError if a record is not of its format."""
    rows = select_rows(contents, image)
    base = tree / name_beside(image)
    try:
        return ImageEvidence(
            contents.identity,
            read_bill(base.with_name(f"{base.name}{BILL}"), rows),
            rows,
            read_suites(tree / LOCK),
            dict(read_programs(base.with_name(f"{base.name}{SUFFIX}"))),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{base}: what lies beside it cannot be read: {error}", "make that compose again") from error


def name_beside(image: ImageRow) -> str:
    """Return the path of an image without its suffix: what the files that say something of it begin with."""
    folder, _, name = image.path.rpartition("/")
    stem, arch, _ = name.rpartition(f"-{image.arch}")
    return f"{folder}/{stem}{arch}" if arch else image.path


def select_rows(contents: ComposeContents, image: ImageRow) -> dict[str, GatheredPackage]:
    """Return the compose's packages for the image's arch by name, those of its own variant before those of others."""
    targets = sorted(contents.packages, key=lambda target: target[0] == image.variant)
    chosen = [target for target in targets if target[1] == image.arch or image.arch == SOURCE]
    return {row.package: row for target in chosen for row in contents.packages[target]}


def read_bill(path: Path, rows: Mapping[str, GatheredPackage]) -> dict[str, tuple[str, str]]:
    """Return the packages of an image by its bill of materials; without one, all that it can have."""
    if not path.is_file():
        return {name: (row.version, row.sha256) for name, row in rows.items()}
    return dict(list_billed(read_json(path)))


def list_billed(document: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield name, version and SHA256 of each binary package of a bill."""
    for purl, sha256 in read_packages(dict(document)):
        name, _, rest = purl.rpartition("/")[2].partition("@")
        version, _, arch = rest.partition("?arch=")
        if arch != SOURCE:
            yield unquote(name), (unquote(version), sha256)


def read_suites(path: Path) -> dict[str, dict[str, tuple[str, int]]]:
    """Return the SHA256 and date of each suite of a lock; none if an earlier version made the tree."""
    archives = read_json(path)["archives"] if path.is_file() else {}
    return {
        archive: {suite: (row["sha256"], row["date"]) for suite, row in suites.items()}
        for archive, suites in archives.items()
    }


def read_programs(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the packages of programs that a statement of provenance names, and this program, with their versions."""
    if path.is_file():
        builder = read_statement(path)["predicate"]["runDetails"]["builder"]
        yield from builder["version"].items()
        for row in builder["builderDependencies"]:
            yield row["name"], unquote(row["uri"].rpartition("@")[2].partition("?")[0])


def read_statement(path: Path) -> Any:
    """Return the statement in an envelope, whose signature is not checked."""
    return parse_json(base64.b64decode(read_json(path)["payload"]))
