"""Write the bills of materials of what gather and solve chose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.archive.format.repository import ChosenPackage, read_chosen, read_field
from composelib.fetch import package_licences
from composelib.files import read_epoch
from composelib.text import cyclonedx, spdx
from composelib.text.bill import BillPackage, SourceKey, make_bill
from composelib.text.json_file import read_json, write_json
from composelib.text.licence import make_expression

if TYPE_CHECKING:
    from composelib.stages.sbom import SbomJob

FIELDS = ("Package", "Version", "Architecture")


def write_sbom(job: SbomJob) -> None:
    """Write a bill of materials in each format."""
    chosen = select_packages(read_lists(job.chosen, job.components), job.packages)
    bill = make_bill(job.name, read_epoch(job.epoch), chosen, read_lists(job.sources, job.components))
    licences = package_licences.read_licences(job.store, job.lists, (package.sha256 for package in bill.binaries))
    bill = replace(bill, binaries=tuple(add_licences(bill.binaries, licences)))
    write_json(job.spdx, spdx.make_document(bill), ascii_only=False)
    write_json(job.cyclonedx, cyclonedx.make_document(bill), ascii_only=False)


def add_licences(binaries: Sequence[BillPackage], licences: Mapping[str, list[str]]) -> Iterator[BillPackage]:
    """Yield packages with their licences.

    One without a copyright file, as it shares the documentation of another package of the same source, has those of that.
    """
    by_source: dict[SourceKey, str] = {}
    for package in binaries:
        if expression := make_expression(licences[package.sha256]):
            by_source.setdefault(package.sources[0], expression)
    for package in binaries:
        expression = make_expression(licences[package.sha256])
        yield replace(package, licence=expression or by_source.get(package.sources[0], ""))


def read_lists(paths: Iterable[Path], components: tuple[str, ...]) -> Iterator[ChosenPackage]:
    """Yield the packages of lists that gather wrote, of some components or of all; each file once."""
    files: set[bytes] = set()
    for path in paths:
        for entry in read_chosen(path.read_bytes()):
            content = read_field(entry.stanza, "SHA256") or read_field(entry.stanza, "Checksums-Sha256")
            if (not components or entry.component in components) and content.encode() not in files:
                files.add(content.encode())
                yield entry


def select_packages(entries: Iterable[ChosenPackage], packages: Path | None) -> list[ChosenPackage]:
    """Return the packages that a list of `solve` names, in order; all if there is no list."""
    if packages is None:
        return list(entries)
    keys = {(row["package"], row["version"], row["architecture"]) for row in read_json(packages)["packages"]}
    by_key = {tuple(read_field(entry.stanza, name) for name in FIELDS): entry for entry in entries}
    return [by_key[key] for key in sorted(keys)]
