"""The matrix of deliverables by variant and arch."""

from __future__ import annotations

from typing import Any

from composelib.text.image_matrix import DeliveredFile, MatrixCell, build_matrix


def deliverable(arch: str, name: str, *, made: bool = True) -> dict[str, Any]:
    return {"variant": "Server", "arch": arch, "name": name, "kind": "disk", "made": made, "paths": [f"Server/{name}"]}


def test_a_deliverable_is_a_row_with_its_files_by_arch() -> None:
    image = {"variant": "Server", "arch": "amd64", "name": "cloud", "path": "Server/amd64/a.qcow2", "size": 3}
    (row,) = build_matrix([deliverable("amd64", "cloud"), deliverable("arm64", "cloud", made=False)], [image])
    assert (row.variant, row.name, row.kind) == ("Server", "cloud", "disk")
    assert row.cells["amd64"] == MatrixCell(True, (DeliveredFile("Server/amd64/a.qcow2", "a.qcow2", 3),))
    assert not row.cells["arm64"].is_made


def test_what_is_no_file_is_a_folder() -> None:
    (row,) = build_matrix([deliverable("amd64", "repo")], [])
    assert row.cells["amd64"].files == (DeliveredFile("Server/repo/", "Server/repo/"),)
