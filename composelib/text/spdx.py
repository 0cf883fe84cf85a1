"""A list of packages as a software bill of materials: an SPDX 2.3 document (spdx.github.io/spdx-spec/v2.3)."""

from __future__ import annotations

import hashlib
import re
import time
import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from composelib.archive.format.repository import ChosenPackage, read_field, read_source_name

UNKNOWN = "NOASSERTION"
NAMESPACE = uuid.UUID("0f4b8f1c-5f0e-5b58-8f7e-6f2b7a0b7d11")
FOREIGN = re.compile(r"[^A-Za-z0-9.-]+")


def make_document(name: str, packages: Iterable[ChosenPackage], epoch: int) -> dict[str, Any]:
    """Return the document for packages; its namespace is a UUID made from them, so that the same list gets the same one."""
    rows = [describe_package(entry) for entry in packages]
    root = {
        "SPDXID": "SPDXRef-Root",
        "name": name,
        "downloadLocation": UNKNOWN,
        "filesAnalyzed": False,
        "primaryPackagePurpose": "OPERATING-SYSTEM",
    }
    identity = "\n".join([name, *(f"{row['SPDXID']} {row['checksums'][0]['checksumValue']}" for row in rows)])
    contains = [
        {"spdxElementId": "SPDXRef-Root", "relationshipType": "CONTAINS", "relatedSpdxElement": row["SPDXID"]}
        for row in rows
    ]
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": f"urn:uuid:{uuid.uuid5(NAMESPACE, identity)}",
        "creationInfo": {
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch)),
            "creators": ["Tool: deb-compose"],
        },
        "documentDescribes": ["SPDXRef-Root"],
        "packages": [root, *rows],
        "relationships": contains,
    }


def describe_package(entry: ChosenPackage) -> dict[str, Any]:
    """Return the element of a document for a binary package."""
    stanza = entry.stanza
    name, version, arch = (read_field(stanza, field) for field in ("Package", "Version", "Architecture"))
    return {
        "SPDXID": make_identifier(name, version, arch),
        "name": name,
        "versionInfo": version,
        "supplier": UNKNOWN,
        "downloadLocation": UNKNOWN,
        "filesAnalyzed": False,
        "checksums": [{"algorithm": "SHA256", "checksumValue": read_field(stanza, "SHA256")}],
        "sourceInfo": f"built from source package {read_source_name(stanza)} {read_source_version(stanza)}",
        "licenseConcluded": UNKNOWN,
        "licenseDeclared": UNKNOWN,
        "copyrightText": UNKNOWN,
        "primaryPackagePurpose": "INSTALL",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": make_purl(entry.archive, name, version, arch),
            }
        ],
    }


def read_source_version(stanza: bytes) -> str:
    """Return the version of the source that a package is built from (Policy 5.6.1)."""
    match = re.search(r"\(([^)]+)\)", read_field(stanza, "Source"))
    return match[1] if match else read_field(stanza, "Version")


def make_identifier(name: str, version: str, arch: str) -> str:
    """Return a package's ID in a document; hex digits keep apart IDs that the replacement of characters makes alike."""
    whole = f"{name}-{version}-{arch}"
    return f"SPDXRef-{FOREIGN.sub('-', whole)}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"


def make_purl(archive: str, name: str, version: str, arch: str) -> str:
    """Return a package's purl (github.com/package-url/purl-spec, type deb), the archive's name as its namespace."""
    return f"pkg:deb/{quote(archive.lower(), safe='')}/{quote(name, safe='')}@{quote(version, safe='~')}?arch={arch}"
