from __future__ import annotations

import pytest

from composelib.archive.format.repository import ChosenPackage
from composelib.text.spdx import describe_package, make_document, make_identifier, make_purl, read_source_version

EPOCH = 1_700_000_000
LIBC = ChosenPackage(
    "Debian",
    "main",
    b"Package: libc6\nSource: glibc (2.36-9)\nVersion: 2.36-9+b1\nArchitecture: amd64\nSHA256: " + b"a" * 64 + b"\n",
)
BASH = ChosenPackage(
    "Debian", "main", b"Package: bash\nVersion: 5.2-1\nArchitecture: amd64\nSHA256: " + b"b" * 64 + b"\n"
)


def test_a_document_contains_each_package_in_its_order() -> None:
    document = make_document("demo", [LIBC, BASH], EPOCH)
    assert [package["name"] for package in document["packages"]] == ["demo", "libc6", "bash"]
    assert [relation["relatedSpdxElement"] for relation in document["relationships"]] == [
        package["SPDXID"] for package in document["packages"][1:]
    ]


def test_a_document_is_as_old_as_the_epoch() -> None:
    assert make_document("demo", [], EPOCH)["creationInfo"]["created"] == "2023-11-14T22:13:20Z"


def test_the_same_packages_have_the_same_namespace_at_any_time() -> None:
    first, second = (make_document("demo", [LIBC], epoch)["documentNamespace"] for epoch in (EPOCH, EPOCH + 1))
    assert first == second


@pytest.mark.parametrize(("name", "packages"), [("other", [LIBC]), ("demo", [LIBC, BASH]), ("demo", [])])
def test_another_list_or_name_has_another_namespace(name: str, packages: list[ChosenPackage]) -> None:
    namespace = make_document("demo", [LIBC], EPOCH)["documentNamespace"]
    assert make_document(name, packages, EPOCH)["documentNamespace"] != namespace


def test_a_package_has_its_sum_and_the_version_of_its_source() -> None:
    row = describe_package(LIBC)
    assert row["checksums"] == [{"algorithm": "SHA256", "checksumValue": "a" * 64}]
    assert row["sourceInfo"] == "built from source package glibc 2.36-9"


def test_a_source_without_a_version_has_the_packages_own() -> None:
    assert read_source_version(BASH.stanza) == "5.2-1"


def test_identifiers_differ_where_the_allowed_characters_do_not() -> None:
    first, second = make_identifier("g++", "1", "amd64"), make_identifier("g--", "1", "amd64")
    assert first != second
    assert first.startswith("SPDXRef-g--1-amd64-")


def test_a_purl_encodes_what_a_url_would_read_otherwise() -> None:
    assert make_purl("Debian", "g++", "4:12~1+b1", "amd64") == "pkg:deb/debian/g%2B%2B@4%3A12~1%2Bb1?arch=amd64"
