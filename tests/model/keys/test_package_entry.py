from __future__ import annotations

from composelib.model.keys.declaration import list_own_keys
from composelib.model.keys.package_entry import Import, PackageEntry


def test_an_entry_is_described_by_what_it_may_be() -> None:
    assert PackageEntry().describe() == "a package, pattern, task or @group"


def test_an_import_needs_its_file_alone() -> None:
    assert [(key.name, key.required) for key in list_own_keys(Import)] == [("file", True), ("tasks", False)]
