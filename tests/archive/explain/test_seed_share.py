from __future__ import annotations

from composelib.archive.choose.need import Wish
from composelib.archive.choose.rules import Rules
from composelib.archive.explain.seed_share import compute_seed_share, make_chosen_world
from composelib.model.origin import Origin, Seed
from tests.kit.stanzas import make_stanza

CHOSEN = "\n".join(
    [
        make_stanza("a", Depends="lib, common"),
        make_stanza("b", Depends="common"),
        make_stanza("common"),
        make_stanza("lib"),
    ]
)


def wish(text: str) -> Wish:
    return Wish(Seed(text, Origin("c.yaml", 1, 1)), "packages")


def test_a_seed_needs_what_it_depends_on_and_shares_what_others_need() -> None:
    share = compute_seed_share(wish("a"), [wish("b")], make_chosen_world(CHOSEN.encode(), "amd64"), Rules())
    assert [(package.name, shared) for package, shared in share.packages] == [
        ("a", False),
        ("common", True),
        ("lib", False),
    ]
    assert [package.name for package in share.exclusive] == ["a", "lib"]
    assert (share.size, share.exclusive_size) == (21, 14)


def test_a_seed_that_selects_nothing_chosen_needs_nothing() -> None:
    share = compute_seed_share(wish("?section(games)"), [], make_chosen_world(CHOSEN.encode(), "amd64"), Rules())
    assert share.packages == ()
