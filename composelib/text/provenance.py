"""SLSA provenance: what an artifact was made of, and with what (slsa.dev/spec/v1.0/provenance, in an in-toto statement)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from composelib.dataclass import dataclass

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
BUILD_TYPE = "tag:deb-compose,2026:artifact/v1"
BUILDER = "tag:deb-compose,2026:deb-compose"
SUFFIX = ".intoto.json"


@dataclass(frozen=True)
class Resource:
    """Something by its URI or name, with the digests of its content by algorithm (in-toto's ResourceDescriptor)."""

    uri: str
    digest: Mapping[str, str]
    name: str = ""
    annotations: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Provenance:
    """What was made, what the config asked for, what it was made of, and the programs that made it."""

    subjects: Mapping[str, str]
    """The SHA256 of each file by its path in the tree."""
    parameters: Mapping[str, Any]
    materials: tuple[Resource, ...]
    programs: tuple[Resource, ...]
    version: str
    """This program's."""


def make_statement(provenance: Provenance) -> dict[str, Any]:
    """Return provenance as an in-toto statement; it has no time, so that the same artifact has the same one."""
    return {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in provenance.subjects.items()],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": dict(provenance.parameters),
                "resolvedDependencies": [describe_resource(resource) for resource in provenance.materials],
            },
            "runDetails": {
                "builder": {
                    "id": BUILDER,
                    "version": {"deb-compose": provenance.version},
                    "builderDependencies": [describe_resource(resource) for resource in provenance.programs],
                },
            },
        },
    }


def describe_resource(resource: Resource) -> dict[str, Any]:
    """Return a resource as a JSON value."""
    return {
        **({"uri": resource.uri} if resource.uri else {}),
        **({"name": resource.name} if resource.name else {}),
        **({"digest": dict(resource.digest)} if resource.digest else {}),
        **({"annotations": dict(resource.annotations)} if resource.annotations else {}),
    }
