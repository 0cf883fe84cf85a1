"""Write the signed statement of what an artifact was made of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from composelib.fetch import accepted_suite
from composelib.files import read_epoch, sha256_of
from composelib.program import VERSION
from composelib.text import cyclonedx
from composelib.text.dsse import Envelope, format_envelope, pre_authenticate
from composelib.text.json_file import read_json, write_json
from composelib.text.provenance import PAYLOAD_TYPE, Provenance, Resource, make_statement
from composelib.tools import dpkg_query, gpg
from composelib.tools.packages import PROGRAMS
from composelib.tools.run import run

if TYPE_CHECKING:
    from composelib.stages.provenance import ProvenanceJob

TIMEOUT = 60


def write_provenance(job: ProvenanceJob) -> None:
    """Write the signed statement of an artifact."""
    provenance = Provenance(
        subjects=dict(sorted(read_subjects(job))),
        parameters=job.parameters,
        materials=(*list_release_files(job), *list_origins(job.origins), *list_billed_packages(job.bills)),
        programs=tuple(list_program_packages()),
        version=VERSION,
    )
    payload = json.dumps(make_statement(provenance), sort_keys=True).encode()
    write_json(job.target, format_envelope(sign_payload(job, payload)))


def sign_payload(job: ProvenanceJob, payload: bytes) -> Envelope:
    """Return a statement with a signature by each key of the compose."""
    signer, epoch = gpg.find_signer(job.sign, job.key_home), read_epoch(job.epoch)
    signed = pre_authenticate(PAYLOAD_TYPE, payload)
    signatures = {
        fingerprint: gpg.sign_binary(gpg.Signer(fingerprint, signer.home), signed, epoch)
        for fingerprint in gpg.list_fingerprints(job.key)
    }
    return Envelope(PAYLOAD_TYPE, payload, signatures)


def read_subjects(job: ProvenanceJob) -> Iterator[tuple[str, str]]:
    """Yield the path in the tree, and the SHA256, of each file of the artifact; of a commit its ref and checksum."""
    for path in job.sums:
        for line in path.read_text().splitlines():
            sha256, _, name = line.partition("  ")
            yield str(path.parent.relative_to(job.tree) / name), sha256
    for path in job.files:
        yield str(path.relative_to(job.tree)), sha256_of(path)
    if job.commit:
        record = read_json(job.commit)
        yield f"ostree/repo {record['ref']}", record["commit"]


def list_release_files(job: ProvenanceJob) -> Iterator[Resource]:
    """Yield the signed Release file of each suite that the compose is made of; it is the same on each mirror, so none is named."""
    for name, path in job.suites.items():
        for suite in accepted_suite.load(path.read_text()).values():
            annotations = {"date": suite.date, "signers": list(suite.signers)}
            yield Resource("", {"sha256": suite.sha256}, f"{name} {suite.suite}", annotations)


def list_origins(origins: Iterable[Path]) -> Iterator[Resource]:
    """Yield the commits and addresses that files, or source packages, were taken from, and the patches on top; each once."""
    resources: dict[tuple[str, str], Resource] = {}
    for path in origins:
        record = read_json(path)
        for source in [record, *(file["from"] for file in record.get("files", ()))]:
            if "commit" in source:
                resources[source["git"], source["commit"]] = Resource(
                    f"git+{source['git']}", {"gitCommit": source["commit"]}
                )
            elif "url" in source:
                resources[source["url"], source["sha256"]] = Resource(source["url"], {"sha256": source["sha256"]})
        for patch in record.get("patches", ()):
            name = Path(patch["file"]).name
            resources[name, patch["sha256"]] = Resource(f"file:{quote(name)}", {"sha256": patch["sha256"]})
    yield from resources.values()


def list_billed_packages(bills: Iterable[Path]) -> Iterator[Resource]:
    """Yield the packages of CycloneDX documents, sorted; each once."""
    packages = {package for path in bills for package in cyclonedx.read_packages(read_json(path))}
    for purl, sha256 in sorted(packages):
        yield Resource(purl, {"sha256": sha256} if sha256 else {})


def list_program_packages() -> Iterator[Resource]:
    """Yield the packages of this machine that have the programs which stages start, sorted."""
    packages = sorted({program.package for program in PROGRAMS.values()})
    output = run(dpkg_query.show_versions(packages), ok=(0, 1), capture=True, timeout=TIMEOUT).stdout.decode()
    for name, version, architecture in sorted(dpkg_query.parse_versions(output)):
        yield Resource(
            f"pkg:deb/debian/{quote(name, safe='')}@{quote(version, safe='~')}?arch={architecture}", {}, name
        )
