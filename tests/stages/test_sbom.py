"""Bills of materials."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from composelib.files import write_file
from composelib.model.compose import Compose
from composelib.model.image import DiskImage, NetbootImage, OstreeImage
from composelib.model.image_traits import Image
from composelib.model.variant import Addon
from composelib.stages import sbom
from composelib.text.json_file import write_json
from tests.kit.gathered_variant import choose, compose, image, run_stages, variant
from tests.kit.tiny_archive import TinyArchive

COPYRIGHT = b"""\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
License: GPL-2+ or odd, and Expat
"""


@pytest.fixture
def demo(archive: TinyArchive, tmp_path: Path) -> Compose:
    archive.add("base", "1:2.0+x~rc1", Source="basis (3.1)", files={"usr/share/doc/base/copyright": COPYRIGHT})
    archive.add("base-data", "1:2.0+x~rc1", Source="basis (3.1)", files={})
    archive.add("data", arch="all")
    archive.add("more")
    archive.add("extra")
    for name, version in (("basis", "3.1"), ("data", "1.0"), ("more", "1.0")):
        archive.add_source(name, version)
    images = (
        image("dvd"),
        image("src", source=True),
        image("net", NetbootImage),
        image("edge", OstreeImage),
        image("disk", DiskImage, source_image="edge"),
    )
    base = variant("Base", sources=True)
    server = variant(images=images, sources=True, lookaside=("Base",), addons=(Addon("optional", ()),))
    demo = compose(tmp_path / "build", base, server)
    choose(demo, "Base", "amd64", archive, ["base", "base-data"])
    choose(demo, "Base", "source", archive, ["basis"])
    choose(demo, "Server", "amd64", archive, ["data", "more", "extra"], {"extra": "optional"})
    choose(demo, "Server", "source", archive, ["data", "more"])
    rows = [
        {"package": "base", "version": "1:2.0+x~rc1", "architecture": "amd64"},
        {"package": "data", "version": "1.0", "architecture": "all"},
    ]
    write_json(demo.paths.solved("Server", "amd64", "edge"), {"packages": rows})
    for deliverable in demo.deliverables(Image):
        for path in demo.paths.image_files(deliverable.variant.name, deliverable.arch, deliverable.image):
            write_file(path, "an image")
    write_file(demo.paths.commit("Server", "amd64", "edge"), "a commit")
    run_stages(demo, sbom)
    return demo


def read(demo: Compose, name: str = "metadata/Server-amd64.spdx.json") -> dict[str, Any]:
    document: dict[str, Any] = json.loads((demo.paths.tree / name).read_text())
    return document


def list_names(demo: Compose, path: str) -> list[str]:
    """Return the names of an image's packages, which both of its documents have."""
    document = read(demo, f"{path}.cdx.json")
    names = [component["name"] for component in document["components"]]
    assert [package["name"] for package in read(demo, f"{path}.spdx.json")["packages"][1:]] == names
    return names


def test_the_bill_of_materials_names_each_package_with_its_sum_and_source(demo: Compose) -> None:
    document = read(demo, "metadata/Base-amd64.spdx.json")
    assert document["spdxVersion"] == "SPDX-2.3"
    base, shared, source = document["packages"][1:]
    assert base["versionInfo"] == "1:2.0+x~rc1"
    assert base["sourceInfo"] == "built from source package basis 3.1"
    assert re.fullmatch(r"[0-9a-f]{64}", base["checksums"][0]["checksumValue"])
    locator = base["externalRefs"][0]["referenceLocator"]
    assert locator == "pkg:deb/tiny/base@1%3A2.0%2Bx~rc1?arch=amd64"
    assert (source["name"], source["primaryPackagePurpose"]) == ("basis", "SOURCE")
    licence = "(GPL-2.0-or-later OR LicenseRef-Debian-odd) AND MIT"
    assert base["licenseDeclared"] == shared["licenseDeclared"] == licence
    components = read(demo, "metadata/Base-amd64.cdx.json")["components"]
    assert [component.get("licenses") for component in components] == [[{"expression": licence}]] * 2 + [None]


def test_each_image_has_a_bill_beside_it_of_what_is_in_it(demo: Compose) -> None:
    assert list_names(demo, "Server/amd64/iso/demo-12-Server-dvd-amd64") == ["data", "more", "data", "more"]
    assert list_names(demo, "Server/source/iso/demo-12-Server-src-source") == ["data", "more"]
    for name in ("edge", "disk"):
        assert list_names(demo, f"Server/amd64/images/demo-12-Server-{name}-amd64") == ["base", "data", "basis", "data"]
    assert not list(demo.paths.tree.rglob("*-net-*.json"))


@pytest.mark.parametrize("name", ["metadata/Base-amd64", "Server/amd64/images/demo-12-Server-edge-amd64"])
def test_public_validators_accept_the_documents(demo: Compose, name: str) -> None:
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415 - heavy, and only this test needs them
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415
    from spdx_tools.spdx.parser.parse_anything import parse_file  # noqa: PLC0415
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document  # noqa: PLC0415

    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str((demo.paths.tree / f"{name}.cdx.json").read_text())
    assert fault is None, fault
    document = parse_file(str(demo.paths.tree / f"{name}.spdx.json"))
    assert validate_full_spdx_document(document, "SPDX-2.3") == []


def test_the_same_packages_have_the_same_document(demo: Compose, archive: TinyArchive) -> None:
    earlier = read(demo)
    run_stages(demo, sbom)
    assert read(demo) == earlier
    choose(demo, "Server", "amd64", archive, ["data"])
    run_stages(demo, sbom)
    assert read(demo)["documentNamespace"] != earlier["documentNamespace"]
