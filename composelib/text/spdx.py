"""A bill of materials as an SPDX 2.3 document (spdx.github.io/spdx-spec/v2.3)."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from typing import Any

from composelib.model.arch import SOURCE
from composelib.text.bill import BillOfMaterials, BillPackage
from composelib.text.licence import list_references

UNKNOWN = "NOASSERTION"
ROOT = "SPDXRef-Root"
FOREIGN = re.compile(r"[^A-Za-z0-9.-]+")


def make_document(bill: BillOfMaterials) -> dict[str, Any]:
    """Return the document of a bill."""
    root = {
        "SPDXID": ROOT,
        "name": bill.name,
        "downloadLocation": UNKNOWN,
        "filesAnalyzed": False,
        "primaryPackagePurpose": "OPERATING-SYSTEM",
    }
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": bill.name,
        "documentNamespace": f"urn:uuid:{bill.uuid}",
        "creationInfo": {
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(bill.epoch)),
            "creators": ["Tool: deb-compose"],
        },
        "documentDescribes": [ROOT],
        "packages": [root, *map(describe_package, (*bill.binaries, *bill.sources))],
        "relationships": [*list_relationships(bill)],
        "hasExtractedLicensingInfos": [*describe_licences(bill)],
    }


def describe_licences(bill: BillOfMaterials) -> Iterator[dict[str, str]]:
    """Yield the licences that SPDX has no name for."""
    for reference, name in list_references(package.licence for package in bill.binaries):
        text = f"See usr/share/doc/PACKAGE/copyright in each package that declares it; Debian calls it {name}."
        yield {"licenseId": reference, "name": name, "extractedText": text}


def describe_package(package: BillPackage) -> dict[str, Any]:
    """Return the element of a document for a package."""
    sums = [{"algorithm": "SHA256", "checksumValue": package.sha256}] if package.sha256 else []
    return {
        "SPDXID": make_identifier(package),
        "name": package.name,
        "versionInfo": package.version,
        "supplier": UNKNOWN,
        "downloadLocation": UNKNOWN,
        "filesAnalyzed": False,
        **({"checksums": sums} if sums else {}),
        **({"sourceInfo": "built from source package {} {}".format(*package.sources[0])} if package.sources else {}),
        "licenseConcluded": UNKNOWN,
        "licenseDeclared": package.licence or UNKNOWN,
        "copyrightText": UNKNOWN,
        "primaryPackagePurpose": "SOURCE" if package.architecture == SOURCE else "INSTALL",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": package.purl,
            }
        ],
    }


def list_relationships(bill: BillOfMaterials) -> Iterator[dict[str, str]]:
    """Yield what the root contains, and what each binary package is generated from."""
    for package in bill.binaries or bill.sources:
        yield relate(ROOT, "CONTAINS", make_identifier(package))
    sources = bill.sources_by_key
    for package in bill.binaries:
        for key in package.sources:
            yield relate(make_identifier(package), "GENERATED_FROM", make_identifier(sources[key]))


def relate(element: str, relation: str, other: str) -> dict[str, str]:
    """Return a relationship of two elements."""
    return {"spdxElementId": element, "relationshipType": relation, "relatedSpdxElement": other}


def make_identifier(package: BillPackage) -> str:
    """Return a package's ID in a document; hex digits keep apart IDs that the replacement of characters makes alike."""
    whole = f"{package.name}-{package.version}-{package.architecture}"
    return f"SPDXRef-{FOREIGN.sub('-', whole)}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"
