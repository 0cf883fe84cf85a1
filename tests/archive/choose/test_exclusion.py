from __future__ import annotations

import pytest

from composelib.archive.choose.exclusion import Exclusion
from composelib.archive.choose.packages.world import World
from composelib.model.origin import Origin, Seed
from tests.kit.stanzas import make_stanza, make_universe


def list_excluded(*texts: str) -> list[str]:
    packages = make_universe(*(make_stanza(name) for name in ("liba", "libb", "libc", "web")))
    exclusion = Exclusion([Seed(text, Origin("f", 1, 1)) for text in texts], World(packages))
    assert exclusion.problems == []
    return [package.name for name in packages.names() for package in packages.versions(name) if exclusion(package)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("lib[ab]", ["liba", "libb"]),
        ("lib[ab] [amd64]", ["liba", "libb"]),
        ("lib[ab] [!amd64]", []),
        ("web [amd64 i386]", ["web"]),
        ("web [arm64]", []),
        ('?name("^lib[ab]$") [amd64]', ["liba", "libb"]),
    ],
)
def test_a_restriction_to_arches_is_no_set_of_letters(text: str, names: list[str]) -> None:
    assert list_excluded(text) == names
