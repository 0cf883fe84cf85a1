"""Rows of the metadata that are signed and wrong are named.

Also covers: composelib.verify.package_rows, composelib.verify.bills.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from composelib.verify.tree import verify_tree
from tests.kit.demo_compose import Demo
from tests.kit.resealed_tree import replace_file, reseal, rewrite_sums, sign

Edit = Callable[[Any], None]
ISO = "Server/amd64/iso/tiny-1.10-Server-dvd-amd64.iso"
SBOM = "metadata/Server-amd64.spdx.json"


def edit_json(demo: Demo, name: str, edit: Edit) -> list[str]:
    """Edit a file of metadata, sign the sums again, return the problems, and put it back."""
    path = demo.tree / name
    before = path.read_bytes()
    content = json.loads(before)
    edit(content)
    replace_file(path, json.dumps(content).encode())
    reseal(demo.tree, demo.folder / "keys")
    problems = verify_tree(demo.tree)
    replace_file(path, before)
    return problems


def find_row(content: Any, package: str, arch: str = "amd64") -> Any:
    return next(row for row in content["variants"]["Server"][arch] if row["package"] == package)


def test_each_row_of_packages_that_differs_is_named(demo: Demo) -> None:
    def edit(content: Any) -> None:
        find_row(content, "mailer").update(size=1)
        find_row(content, "web-common").update(sha256="0" * 64)
        find_row(content, "webserver").update(version="9")
        find_row(content, "mailer", "source").update(component="evil")

    problems = edit_json(demo, "metadata/debs.json", edit)
    for problem in (
        "Server: mailer 1.0 amd64: its size is 1, in the index ",
        "Server: web-common 2:3.1-1 all: its sha256 is 000",
        "Server: webserver 9 amd64: no index has it",
        "Server: webserver 2:3.1-1 amd64: is not in it",
        "Server: mailer 1.0 source: no index has it",
    ):
        assert [line for line in problems if line.startswith(f"metadata/debs.json: {problem}")], problem


def test_a_lock_that_is_not_that_of_the_tree_is_named(demo: Demo) -> None:
    def edit(content: Any) -> None:
        content["files"].pop()
        content["dates"]["metadata:composeinfo"] += 1
        content["archives"]["tiny"]["testing"] = content["archives"]["tiny"].pop("stable")

    problems = "\n".join(edit_json(demo, "metadata/lock.json", edit))
    for problem in (
        "has the suites testing, not stable",
        "its date of metadata:composeinfo is another",
        "its files have no ",
    ):
        assert problem in problems


def test_metadata_of_another_form_are_named(demo: Demo) -> None:
    problems = edit_json(demo, "metadata/debs.json", lambda content: content.pop("variants"))
    assert "metadata/debs.json: is not of its format: KeyError 'variants'" in problems


def test_each_value_of_an_image_that_differs_is_named(demo: Demo) -> None:
    def edit(content: Any) -> None:
        content["images"][0].update(sha256="0" * 64, size=1, volume_id="EVIL")

    problems = "\n".join(edit_json(demo, "metadata/images.json", edit))
    for problem in ("its sha256 is 000", "its size is 1, but it has", "its volume_id is EVIL, but it is tiny-1.10-"):
        assert f"metadata/images.json: {ISO}: {problem}" in problems
    problems = "\n".join(edit_json(demo, "metadata/images.json", lambda content: content["images"].clear()))
    assert problems == f"metadata/images.json: {ISO}: is not in it"


def test_what_the_other_files_say_and_is_not_so_is_named(demo: Demo) -> None:
    name = "metadata/deliverables.json"
    problems = edit_json(demo, name, lambda content: content["deliverables"][-1].update(made=False))
    assert problems == [f"{name}: Server:amd64:dvd: made is false, but its files are there"]
    name = "metadata/composeinfo.json"
    problems = edit_json(demo, name, lambda content: content.update(id="tiny-1.10-19990101.n.0"))
    assert problems == [f"{name}: describes tiny-1.10-19990101.n.0, not tiny-1.10-20231114.n.0"]


def find_element(content: Any, package: str) -> Any:
    return next(element for element in content["packages"] if element["name"] == package)


def test_each_package_of_a_bill_of_materials_that_differs_is_named(demo: Demo) -> None:
    def edit(content: Any) -> None:
        find_element(content, "mailer")["checksums"][0].update(checksumValue="0" * 64)
        find_element(content, "apache-config").update(versionInfo="2.0")
        find_element(content, "webserver").update(sourceInfo="built from source package evil 1.0")
        content["packages"].remove(find_element(content, "web-common"))

    problems = edit_json(demo, SBOM, edit)
    assert problems == [
        f"{SBOM}: apache-config 1.0 all: is not in it",
        f"{SBOM}: apache-config 2.0: no index has it",
        f"{SBOM}: mailer 1.0: its SHA256 is not that of the index",
        f"{SBOM}: web-common 2:3.1-1 all: is not in it",
        f"{SBOM}: webserver 2:3.1-1: built from source package evil 1.0: the index names another source",
    ]


def test_a_sum_of_sha512_that_is_signed_and_wrong_is_named(demo: Demo) -> None:
    sums = demo.tree / "SHA512SUMS"
    text = sums.read_text()
    row = next(line for line in text.splitlines() if line.endswith("  COMPOSE_ID"))
    for wrong, problem in (
        (text.replace(row, f"{'0' * 128}  COMPOSE_ID"), "COMPOSE_ID: its SHA512 is another"),
        (text.replace(f"{row}\n", ""), "COMPOSE_ID: only one of SHA256SUMS and SHA512SUMS lists it"),
    ):
        replace_file(sums, wrong.encode())
        sign(sums, demo.folder / "keys")
        rewrite_sums(demo.tree / "SHA256SUMS", "sha256")
        sign(demo.tree / "SHA256SUMS", demo.folder / "keys")
        assert verify_tree(demo.tree) == [f"SHA512SUMS: {problem}"]
    replace_file(sums, text.encode())
