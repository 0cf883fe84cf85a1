"""Bills of materials."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from composelib.model.compose import Compose
from composelib.stages import sbom
from tests.kit.gathered_variant import choose, compose, run_stages
from tests.kit.tiny_archive import TinyArchive


@pytest.fixture
def demo(archive: TinyArchive, tmp_path: Path) -> Compose:
    archive.add("base", "1:2.0+x~rc1", Source="basis (3.1)")
    archive.add("data", arch="all")
    demo = compose(tmp_path / "build")
    choose(demo, "Server", "amd64", archive, ["base", "data"])
    return demo


def read(demo: Compose) -> dict[str, Any]:
    run_stages(demo, sbom)
    document: dict[str, Any] = json.loads(demo.paths.metadata("Server-amd64.spdx.json").read_text())
    return document


def test_the_bill_of_materials_names_each_package_with_its_sum_and_source(demo: Compose) -> None:
    document = read(demo)
    assert document["spdxVersion"] == "SPDX-2.3"
    base = next(row for row in document["packages"] if row["name"] == "base")
    assert base["versionInfo"] == "1:2.0+x~rc1"
    assert base["sourceInfo"] == "built from source package basis 3.1"
    assert re.fullmatch(r"[0-9a-f]{64}", base["checksums"][0]["checksumValue"])
    locator = base["externalRefs"][0]["referenceLocator"]
    assert locator == "pkg:deb/tiny/base@1%3A2.0%2Bx~rc1?arch=amd64"


def test_the_bill_of_materials_is_well_formed(demo: Compose) -> None:
    document = read(demo)
    ids = [row["SPDXID"] for row in document["packages"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", name) for name in ids)
    for relation in document["relationships"]:
        assert relation["spdxElementId"] in ids
        assert relation["relatedSpdxElement"] in ids
    assert document["documentDescribes"][0] in ids
    assert document["creationInfo"]["created"] == "2023-11-14T22:13:20Z"


def test_the_same_packages_have_the_same_document(demo: Compose, archive: TinyArchive) -> None:
    earlier = read(demo)
    assert read(demo) == earlier
    choose(demo, "Server", "amd64", archive, ["base"])
    assert read(demo)["documentNamespace"] != earlier["documentNamespace"]
