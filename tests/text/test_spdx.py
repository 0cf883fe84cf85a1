from __future__ import annotations

from composelib.text.bill import BillPackage, make_bill
from composelib.text.spdx import ROOT, describe_package, make_document, make_identifier
from tests.text.test_bill import BASH, EPOCH, GLIBC, LIBC


def test_a_document_contains_each_package_in_its_order_and_relates_it_to_its_source() -> None:
    document = make_document(make_bill("demo", EPOCH, [LIBC, BASH], [GLIBC]))
    assert [package["name"] for package in document["packages"]] == ["demo", "libc6", "bash", "bash", "glibc"]
    names = {package["SPDXID"]: package["name"] for package in document["packages"]}
    relations = [
        (names[row["spdxElementId"]], row["relationshipType"], names[row["relatedSpdxElement"]])
        for row in document["relationships"]
    ]
    assert relations == [
        ("demo", "CONTAINS", "libc6"),
        ("demo", "CONTAINS", "bash"),
        ("libc6", "GENERATED_FROM", "glibc"),
        ("bash", "GENERATED_FROM", "bash"),
    ]
    assert document["documentDescribes"] == [ROOT]


def test_a_document_is_as_old_as_the_epoch() -> None:
    assert make_document(make_bill("demo", EPOCH, [], []))["creationInfo"]["created"] == "2023-11-14T22:13:20Z"


def test_a_package_has_its_sum_its_licence_and_the_version_of_its_source() -> None:
    row = describe_package(BillPackage("d", "libc6", "2-1+b1", "amd64", "a" * 64, (("glibc", "2-1"),), "MIT"))
    assert row["checksums"] == [{"algorithm": "SHA256", "checksumValue": "a" * 64}]
    assert row["sourceInfo"] == "built from source package glibc 2-1"
    assert (row["licenseDeclared"], row["licenseConcluded"]) == ("MIT", "NOASSERTION")


def test_identifiers_differ_where_the_allowed_characters_do_not() -> None:
    first, second = (make_identifier(BillPackage("d", name, "1", "amd64", "")) for name in ("g++", "g--"))
    assert first != second
    assert first.startswith("SPDXRef-g--1-amd64-")
