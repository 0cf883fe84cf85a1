from __future__ import annotations

from composelib.text.bill import BillOfMaterials, BillPackage, make_bill
from composelib.text.cyclonedx import make_document
from tests.text.test_bill import EPOCH, GLIBC, LIBC


def test_a_component_has_its_sum_and_its_source_as_ancestor() -> None:
    document = make_document(make_bill("demo", EPOCH, [LIBC], [GLIBC]))
    binary, source = document["components"]
    assert binary["hashes"] == [{"alg": "SHA-256", "content": "a" * 64}]
    (ancestor,) = binary["pedigree"]["ancestors"]
    assert {"bom-ref": source["purl"], **ancestor} == source
    assert (source["name"], source["version"], source["hashes"][0]["content"]) == ("glibc", "2-1", "b" * 64)
    assert document["dependencies"] == [{"ref": "root", "dependsOn": [binary["bom-ref"]]}]


def test_a_licence_is_an_expression() -> None:
    package = BillPackage("d", "bash", "1", "amd64", "a" * 64, licence="MIT OR GPL-2.0-only")
    (component,) = make_document(BillOfMaterials("demo", EPOCH, (package,)))["components"]
    assert component["licenses"] == [{"expression": "MIT OR GPL-2.0-only"}]
