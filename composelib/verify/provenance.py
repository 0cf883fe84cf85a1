"""The statements of a tree, which say what artifacts were made of: their signatures, and what they say of the tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from composelib.text import cyclonedx
from composelib.text.dsse import Envelope, read_envelope
from composelib.text.json_file import parse_json
from composelib.text.provenance import PAYLOAD_TYPE, PREDICATE, STATEMENT, SUFFIX
from composelib.verify.inventory import Inventory
from composelib.verify.metadata import read_json_of
from composelib.verify.ostree import HEADS
from composelib.verify.signatures import KEY, SignatureChecker

BILL = ".cdx.json"
REPOSITORY = re.compile(r"[^/]+/repo/dists/[^/]+/InRelease")
COMMIT = "ostree/repo "
"""What the name of a commit's subject begins with; its ref follows."""


def check_provenance(inventory: Inventory, checker: SignatureChecker) -> None:
    """Compare each statement with the files that it is about and with the bill of its packages; each image and repository must have one."""
    statements = sorted(path for path in inventory.listed if path.endswith(SUFFIX))
    about: set[str] = set()
    for path in statements:
        content = inventory.open_proven(path)
        if content is None:
            continue
        try:
            faults = [*compare_envelope(inventory, checker, path, read_envelope(content), about)]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            faults = [f"is not of its format: {type(error).__name__} {error}"]
        for fault in faults:
            inventory.report(path, fault)
    for path in sorted({*list_artifacts(inventory)} - about) if statements else ():  # an earlier version wrote none
        inventory.report(path, "no statement says what it was made of")


def list_artifacts(inventory: Inventory) -> Iterator[str]:
    """Yield the images of a tree, and the signed lists of its repositories."""
    for path in inventory.listed:
        if path.endswith(".sha256"):
            yield path.removesuffix(".sha256")
        elif REPOSITORY.fullmatch(path):
            yield path


def compare_envelope(
    inventory: Inventory, checker: SignatureChecker, path: str, envelope: Envelope, about: set[str]
) -> Iterator[str]:
    """Yield what is wrong with a statement; add the files that it is about to `about`."""
    if not any(checker.accepts(signature, envelope.signed_bytes) for signature in envelope.signatures.values()):
        yield f"it has no good signature by {KEY}"
        return
    statement = parse_json(envelope.payload)
    kinds = (envelope.payload_type, statement["_type"], statement["predicateType"])
    if kinds != (PAYLOAD_TYPE, STATEMENT, PREDICATE):
        yield f"is of another format: {' '.join(kinds)}"
        return
    for subject in statement["subject"]:
        about.add(subject["name"])
        yield from compare_subject(inventory, subject["name"], subject["digest"]["sha256"])
    yield from compare_materials(inventory, path, statement["predicate"]["buildDefinition"])


def compare_subject(inventory: Inventory, name: str, sha256: str) -> Iterator[str]:
    """Yield where a statement names a file, or a commit, that the tree does not have so."""
    if name.startswith(COMMIT):
        present = (inventory.open_proven(f"{HEADS}{name.removeprefix(COMMIT)}") or b"").decode(errors="replace").strip()
    else:
        present = inventory.listed[name].sha256 if name in inventory.listed else ""
    if present != sha256:
        yield f"is about {name} {sha256}; here it is {present or 'missing'}"


def compare_materials(inventory: Inventory, path: str, definition: dict[str, Any]) -> Iterator[str]:
    """Yield how the packages in a statement differ from those in the bills of the same artifact."""
    parameters = definition["externalParameters"]
    names = [f"metadata/{parameters['variant']}-{arch}" for arch in parameters.get("arches", ())]
    bills = [f"{name}{BILL}" for name in names or [path.removesuffix(SUFFIX)]]
    packages: set[tuple[str, str]] = set()
    for bill in bills:
        if bill in inventory.listed:  # a netboot image, whose packages are fetched when it runs, has none
            read_json_of(inventory, bill, partial(note_packages, packages))
    resources = definition["resolvedDependencies"]
    described = {
        (row["uri"], row.get("digest", {}).get("sha256", ""))
        for row in resources
        if row.get("uri", "").startswith("pkg:")
    }
    for purl, _ in sorted(described ^ packages):
        yield f"{purl}: it and the bill of materials differ"


def note_packages(packages: set[tuple[str, str]], content: Any) -> tuple[str, ...]:
    """Note the packages of a CycloneDX document; there is nothing to report."""
    packages.update(cyclonedx.read_packages(content))
    return ()
