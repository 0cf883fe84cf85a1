from __future__ import annotations

import pytest

from composelib.archive.format.repository import ChosenPackage
from composelib.text.bill import BillPackage, make_bill, read_source_version

EPOCH = 1_700_000_000


def choose(name: str, *fields: str) -> ChosenPackage:
    """Return a chosen package of Debian."""
    text = "\n".join((f"Package: {name}", "Version: 2-1+b1", "Architecture: amd64", f"SHA256: {'a' * 64}", *fields))
    return ChosenPackage("Debian", "main", f"{text}\n".encode())


def choose_source(name: str, version: str, sha256: str) -> ChosenPackage:
    """Return a chosen source package of Debian."""
    rows = f"Checksums-Sha256:\n {'c' * 64} 5 {name}.tar.xz\n {sha256} 5 {name}.dsc\n"
    text = f"Package: {name}\nVersion: {version}\nArchitecture: any\nDirectory: pool\n{rows}"
    return ChosenPackage("Debian", "main", text.encode())


LIBC = choose("libc6", "Source: glibc (2-1)", "Built-Using: gcc (= 12-1), absent (= 3)")
BASH = choose("bash")
GLIBC, GCC = choose_source("glibc", "2-1", "b" * 64), choose_source("gcc", "12-1", "d" * 64)


def test_a_bill_has_the_sources_of_its_packages_also_those_that_are_not_in_the_compose() -> None:
    bill = make_bill("demo", EPOCH, [LIBC, BASH], [GCC, GLIBC, choose_source("unused", "1", "e" * 64)])
    assert [package.name for package in bill.binaries] == ["libc6", "bash"]
    assert [(source.name, source.version, source.sha256) for source in bill.sources] == [
        ("bash", "2-1+b1", ""),
        ("gcc", "12-1", "d" * 64),
        ("glibc", "2-1", "b" * 64),
    ]
    assert bill.binaries[0].sources == (("glibc", "2-1"), ("gcc", "12-1"))


def test_a_bill_of_sources_alone_has_all_of_them() -> None:
    assert [source.name for source in make_bill("demo", EPOCH, [], [GCC, GLIBC]).sources] == ["gcc", "glibc"]


def test_the_same_packages_have_the_same_uuid_at_any_time() -> None:
    first, second = (make_bill("demo", epoch, [LIBC], []).uuid for epoch in (EPOCH, EPOCH + 1))
    assert first == second


@pytest.mark.parametrize(("name", "packages"), [("other", [LIBC]), ("demo", [LIBC, BASH]), ("demo", [])])
def test_another_list_or_name_has_another_uuid(name: str, packages: list[ChosenPackage]) -> None:
    assert make_bill(name, EPOCH, packages, []).uuid != make_bill("demo", EPOCH, [LIBC], []).uuid


def test_a_source_without_a_version_has_the_packages_own() -> None:
    assert read_source_version(BASH.stanza) == "2-1+b1"


def test_a_purl_encodes_what_a_url_would_read_otherwise() -> None:
    package = BillPackage("Debian", "g++", "4:12~1+b1", "amd64", "")
    assert package.purl == "pkg:deb/debian/g%2B%2B@4%3A12~1%2Bb1?arch=amd64"
