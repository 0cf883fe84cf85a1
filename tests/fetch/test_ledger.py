from __future__ import annotations

import pytest

from composelib.fetch.store import Store, open_store
from tests.fetch.conftest import SHA256


@pytest.mark.parametrize(
    "line", ["a 1 2 3 4", "a 1 2 3 4 ,", "a 1 2 3 .", "a 1 2 3 \u00b2 .", f"a 1 2 3 {'9' * 5000} ."]
)
def test_a_line_that_is_no_record_is_skipped(store: Store, line: str) -> None:
    store.ledger.path.write_text(f"{line}\nb 1 2 3 4 .\n")
    assert list(open_store(store.root).ledger.signatures) == ["b"]


@pytest.mark.parametrize("path", ["verified", "../lock"])
@pytest.mark.parametrize("damage", ["folder", "link", "junk"])
def test_ledger_and_lock_may_be_anything(store: Store, path: str, damage: str) -> None:
    target = store.root / path
    if damage == "folder":
        target.mkdir()
    elif damage == "link":
        target.symlink_to("/nowhere")
    else:
        target.write_text("a 1 2")
    store.link(SHA256, store.root.with_name("a"))
    assert list(open_store(store.root).ledger.signatures) == [SHA256]


def test_what_another_process_recorded_is_kept(store: Store) -> None:
    store.has(SHA256, 1)
    open_store(store.root).link(SHA256, store.root.with_name("a"))
    store.settle()
    assert open_store(store.root).ledger.vouch(store.locate(SHA256).lstat()) == SHA256
