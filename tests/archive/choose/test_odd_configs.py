"""What is said of odd configs is what apt would find in the same archives: the line, and the true cause.

Also covers: composelib.archive.choose.unavailable.
"""

from __future__ import annotations

from typing import Any

import pytest

from composelib.archive.choose.chooser import ChoiceError, Supply, choose_packages
from composelib.archive.choose.need import Wish
from composelib.archive.choose.order import Order
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.pins import Pins
from composelib.model.origin import Origin, Seed
from composelib.model.pin import Pin
from composelib.model.variant import Multiarch
from tests.kit.stanzas import make_listing
from tests.kit.stanzas import make_stanza as stanza

ASIDE = [stanza("lib"), stanza("new", "2")]
FOREIGN = [stanza("lib32", arch="i386"), stanza("v32", arch="i386", Provides="virtual32")]
PACKAGES = [
    stanza("a", "2", Depends="b (>= 2)"),
    stanza("a", "1"),
    stanza("b", "3"),
    stanza("needs-old", Depends="new (<< 2)"),
    stanza("new", "3"),
    stanza("bad", Version="1 0"),
    stanza("mended", Version="1 0"),
    stanza("mended", "2"),
    stanza("needs-bad", Depends="bad"),
    stanza("p", Provides="v"),
    stanza("q", Provides="v", Depends="gone"),
    stanza("needs-gone", Depends="q"),
    stanza("needs32", Depends="lib32:i386"),
    stanza("needs-v32", Depends="virtual32"),
    stanza("needs-arm", Depends="b:arm64"),
    stanza("twice", "1"),
    stanza("twice", "1", SHA256="0" * 64),
    stanza("twice", "2"),
]


def choose(text: str, **options: Any) -> str:
    """Return the names and versions of what an entry brings, and the warnings; or the error."""
    excluded = tuple(Seed(item, Origin("c.yaml", line, 1)) for line, item in enumerate(options.pop("exclude", ()), 30))
    pins = tuple(Pin(Origin("c.yaml", 40, 1), -1, (item,)) for item in options.pop("barred", ()))
    ranking = Pins(pins, "amd64") if pins else None
    listings = [make_listing(*PACKAGES), make_listing(*ASIDE, archive="aside", lookaside=True)]
    foreign = Universe([make_listing(*FOREIGN, arch="i386")], "i386", native=False, pins=ranking)
    supply = Supply(
        Universe(listings, "amd64", pins=ranking), foreign=(foreign,) if options.get("multiarch") else (), udebs=None
    )
    wishes = (Wish(Seed(text, Origin("c.yaml", 1, 1)), "packages"),)
    order = Order("V", "amd64", wishes, excluded, pins=pins, may_be_empty=True, **options)
    try:
        rows, warnings = choose_packages(order, supply)
    except ChoiceError as error:
        return str(error)
    return "\n".join([", ".join(f"{row.package.name} {row.package.version}" for row in rows), *warnings])


ON_BOTH = Multiarch(("i386",))
LINE = "c.yaml:1:1: packages: "
NOT_INSTALLED = "cannot be installed (arch amd64): "


@pytest.mark.parametrize(
    ("text", "options", "answer"),
    [
        ("a (>= 3)", {}, f"{LINE}'a (>= 3)': no archive has a version that fits (arch amd64); available: 2, 1"),
        ("new (>= 9)", {}, f"{LINE}'new (>= 9)': no archive has a version that fits (arch amd64); available: 3, 2 (lookaside aside)"),
        ("a", {"exclude": ["b"]}, f"{LINE}'a' {NOT_INSTALLED}a -> b (>= 2): b is excluded (c.yaml:30:1)"),
        ("a", {"exclude": ["?version(^2$)"]}, "a 1"),
        ("a | p", {"exclude": ["a", "p"]}, f"\n{LINE}'a | p' is left out: all that it asks for is excluded (c.yaml:30:1, c.yaml:31:1)"),
        ("q | b", {"exclude": ["b"]}, f"{LINE}'q | b' {NOT_INSTALLED}q -> gone: not in any archive; b is excluded (c.yaml:30:1)"),
        ("zz | b", {"exclude": ["p"], "barred": ["b"]}, f"{LINE}'zz | b': zz: not in any archive; b 3 is pinned below 0 (c.yaml:40:1)"),
        ("lib", {}, f"\n{LINE}'lib' is left to the lookaside aside, which has lib 1.0"),
        ("li*", {}, f"\n{LINE}'li*' is left to the lookaside aside, which has lib"),
        ("needs-old", {}, f"{LINE}'needs-old' {NOT_INSTALLED}needs-old -> new (<< 2): no archive has a version that fits (arch amd64); available: 3, 2 (lookaside aside)"),
        ("bad", {}, f"{LINE}'bad': its stanza cannot be used: bad 1 0: Version: '1 0' is not a version (archive main)"),
        ("needs-bad", {}, f"{LINE}'needs-bad' {NOT_INSTALLED}needs-bad -> bad: its stanza cannot be used: bad 1 0: Version: '1 0' is not a version (archive main)"),
        ("mended", {}, "mended 2"),
        ("twice", {}, "twice 2"),
        ("v", {}, "p 1.0"),
        ("v", {"exclude": ["p"]}, f"{LINE}'v' {NOT_INSTALLED}q -> gone: not in any archive"),
        ("v (>= 1)", {}, f"{LINE}'v (>= 1)': no archive has a version that fits (arch amd64); provided: p without a version, q without a version"),
        ("v", {"barred": ["p", "q"]}, f"{LINE}'v': p 1.0 is pinned below 0 (c.yaml:40:1)"),
        ("b*", {"barred": ["b"]}, f"{LINE}'b*' matches no package in any archive (arch amd64); what is pinned below 0 does not count"),
        ("lib32:i386", {}, f"{LINE}'lib32:i386' is not in any archive (arch amd64)"),
        ("b:i386", {}, f"{LINE}'b:i386': packages of i386 are not chosen here: 'multiarch: {{foreign: [i386]}}' adds them"),
        ("b:i386", {"multiarch": ON_BOTH}, f"{LINE}'b:i386': b is there for amd64 alone"),
        ("lib32", {"multiarch": ON_BOTH}, f"{LINE}'lib32': no package of this name can satisfy a relation of a package of amd64: it is there for i386 alone, and not 'Multi-Arch: foreign'"),
        ("needs32", {"multiarch": ON_BOTH}, "lib32 1.0, needs32 1.0"),
        ("needs-v32", {"multiarch": ON_BOTH}, f"{LINE}'needs-v32' {NOT_INSTALLED}needs-v32 -> virtual32: provided by v32 alone, which cannot satisfy a relation of a package of amd64"),
        ("needs-arm", {}, f"{LINE}'needs-arm' {NOT_INSTALLED}needs-arm -> b:arm64: packages of arm64 are not chosen here: 'multiarch: {{foreign: [arm64]}}' adds them"),
        ("b:any", {}, f"{LINE}'b:any': b is not 'Multi-Arch: allowed', which ':any' asks for"),
        ("b:any (>= 9)", {}, f"{LINE}'b:any (>= 9)': no archive has a version that fits (arch amd64); available: 3"),
        ("needs-gone", {}, f"{LINE}'needs-gone' {NOT_INSTALLED}needs-gone -> q -> gone: not in any archive"),
    ],
)  # fmt: skip
def test_what_is_said_of_an_odd_entry_is_true(text: str, options: dict[str, Any], answer: str) -> None:
    said = choose(text, **options)
    assert said.partition(answer)[:2] == ("", answer), said
