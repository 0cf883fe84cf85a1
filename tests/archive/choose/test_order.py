"""Also covers: composelib.archive.choose.variant_order."""

from __future__ import annotations

from pathlib import Path

from composelib.archive.choose.order import dump_rules, list_entries
from composelib.archive.choose.variant_order import make_order
from composelib.config import load

VARIANTS = {variant.name: variant for variant in load(Path("composes/demo.yaml")).variants}


def test_wishes_have_the_key_and_the_origin_of_their_entries() -> None:
    order = make_order(VARIANTS["Server"], "amd64")
    assert (order.variant, order.arch) == ("Server", "amd64")
    entries = [entry for entries in list_entries(order).values() for entry in entries]
    assert any("openssh-server" in entry and " (composes/demo.yaml:" in entry for entry in entries)


def test_the_rules_leave_the_entries_out() -> None:
    order = make_order(VARIANTS["Server"], "amd64")
    assert dump_rules(order)["wishes"] == []
    assert dump_rules(order)["alternatives"] == "first"


def test_the_packages_of_an_image_are_wished_for_on_its_arches_only() -> None:
    keys = {wish.key for variant in VARIANTS.values() for wish in make_order(variant, "no-such-arch").wishes}
    assert not [key for key in keys if ".images." in key]
