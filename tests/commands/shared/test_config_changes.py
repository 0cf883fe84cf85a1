"""The changes of a config are named, and made one by one."""

from __future__ import annotations

from typing import Any

from composelib.commands.shared.config_changes import list_config_changes, make_changes

OLD: dict[str, Any] = {"variants": {"Server": {"packages": ["a", "b"], "recommends": True}}, "arches": ["amd64"]}
NEW: dict[str, Any] = {
    "variants": {"Server": {"packages": ["a", "c"], "images": {"x": {"kind": "iso"}}}},
    "arches": ["amd64"],
}


def test_each_changed_value_and_item_is_a_change() -> None:
    assert [str(change) for change in list_config_changes(OLD, NEW)] == [
        'variants.Server.images: (none) -> {"x": {"kind": "iso"}}',
        "variants.Server.packages: c added",
        "variants.Server.packages: b removed",
        "variants.Server.recommends: true -> (none)",
    ]


def test_with_all_changes_made_the_config_is_the_new_one() -> None:
    assert make_changes(OLD, list_config_changes(OLD, NEW)) == NEW


def test_some_changes_leave_the_rest_and_the_old_config_alone() -> None:
    changes = [change for change in list_config_changes(OLD, NEW) if change.is_item]
    assert make_changes(OLD, changes[:1])["variants"]["Server"]["packages"] == ["a", "b", "c"]
    assert OLD["variants"]["Server"]["packages"] == ["a", "b"]


def test_another_order_of_a_list_is_a_change_of_all_of_it() -> None:
    (change,) = list_config_changes({"scripts": ["a", "b"]}, {"scripts": ["b", "a"]})
    assert str(change) == 'scripts: ["a", "b"] -> ["b", "a"]'
