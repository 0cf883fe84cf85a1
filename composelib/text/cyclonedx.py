"""A bill of materials as a CycloneDX 1.6 document (cyclonedx.org/docs/1.6/json)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from composelib.text.bill import BillOfMaterials, BillPackage, SourceKey

ROOT = "root"


def make_document(bill: BillOfMaterials) -> dict[str, Any]:
    """Return the document of a bill."""
    packages = (*bill.binaries, *bill.sources)
    sources = bill.sources_by_key
    contained = sorted(package.purl for package in bill.binaries or bill.sources)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{bill.uuid}",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(bill.epoch)),
            "tools": {"components": [{"type": "application", "name": "deb-compose"}]},
            "component": {"type": "operating-system", "bom-ref": ROOT, "name": bill.name},
        },
        "components": [describe_component(package, sources) for package in packages],
        "dependencies": [{"ref": ROOT, "dependsOn": contained}],
    }


def describe_component(package: BillPackage, sources: Mapping[SourceKey, BillPackage]) -> dict[str, Any]:
    """Return the component of a package; the sources of a binary one are its ancestors."""
    component: dict[str, Any] = {"bom-ref": package.purl, **describe_plainly(package)}
    if package.licence:
        component["licenses"] = [{"expression": package.licence}]
    if package.sources:
        component["pedigree"] = {"ancestors": [describe_plainly(sources[key]) for key in package.sources]}
    return component


def describe_plainly(package: BillPackage) -> dict[str, Any]:
    """Return what tells a package from all others."""
    hashes = {"hashes": [{"alg": "SHA-256", "content": package.sha256}]} if package.sha256 else {}
    return {"type": "library", "name": package.name, "version": package.version, "purl": package.purl, **hashes}


def read_packages(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the package URL and the SHA256 of each package of a document that `make_document` made; empty if it has none."""
    for component in document["components"]:
        yield component["purl"], next((row["content"] for row in component.get("hashes", ())), "")
