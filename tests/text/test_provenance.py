"""Statements of provenance."""

from __future__ import annotations

from composelib.text.provenance import Provenance, Resource, make_statement

DIGEST = "ab" * 32
STATEMENT = make_statement(
    Provenance(
        subjects={"Server/a.iso": DIGEST},
        parameters={"kind": "iso"},
        materials=(
            Resource("pkg:deb/demo/base@1", {"sha256": DIGEST}),
            Resource("pkg:deb/demo/base@1?arch=source", {}),
        ),
        programs=(Resource("pkg:deb/debian/xorriso@1.5.4-4", {}, "xorriso", {"note": 1}),),
        version="0.1",
    )
)


def test_a_statement_names_the_artifact_and_what_it_was_made_of() -> None:
    definition = STATEMENT["predicate"]["buildDefinition"]
    assert STATEMENT["subject"] == [{"name": "Server/a.iso", "digest": {"sha256": DIGEST}}]
    assert definition["externalParameters"] == {"kind": "iso"}
    assert definition["resolvedDependencies"] == [
        {"uri": "pkg:deb/demo/base@1", "digest": {"sha256": DIGEST}},
        {"uri": "pkg:deb/demo/base@1?arch=source"},
    ]


def test_a_statement_names_the_programs_that_were_at_hand() -> None:
    builder = STATEMENT["predicate"]["runDetails"]["builder"]
    assert builder["version"] == {"deb-compose": "0.1"}
    assert builder["builderDependencies"] == [
        {"uri": "pkg:deb/debian/xorriso@1.5.4-4", "name": "xorriso", "annotations": {"note": 1}}
    ]
