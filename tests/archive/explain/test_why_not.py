from __future__ import annotations

import pytest

from composelib.archive.choose.exclusion import Exclusion
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.packages.world import World
from composelib.archive.explain.why_not import MissingContext, explain_absence, join_names
from composelib.model.origin import Origin, Seed
from tests.kit.compose_contents import row
from tests.kit.stanzas import make_listing, make_stanza

OURS = make_listing(
    make_stanza("web", Recommends="nicety", Depends="mailer | postman"),
    make_stanza("nicety"),
    make_stanza("mailer", Provides="mta"),
    make_stanza("postman"),
    make_stanza("unused", Depends="tool"),
    make_stanza("odd", Depends="tool >= 2, x", Suggests="((tool"),
    make_stanza("tool"),
    make_stanza("shell"),
    make_stanza("layered", "2"),
)
THEIRS = make_listing(make_stanza("layered", "1"), make_stanza("base"), archive="debian", lookaside=True)
PACKAGES = Universe([OURS, THEIRS], "amd64")


def seed(text: str) -> Seed:
    return Seed(text, Origin("c.yaml", 1, 1))


CONTEXT = MissingContext(
    PACKAGES,
    Exclusion([seed("nicety")], World(PACKAGES)),
    (seed("web"), seed("mailer | postman"), seed("tool [arm64]")),
    (row("web"), row("mailer")),
    (("Base", (row("shell"),)),),
)


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        (
            "nicety",
            [
                "excluded by 'nicety' (c.yaml:1:1): nicety 1.0 (archive main)",
                "only recommended or suggested by chosen packages: web",
            ],
        ),
        (
            "postman",
            [
                "c.yaml:1:1: 'mailer | postman' is satisfied by mailer 1.0",
                "accepted as an alternative by chosen packages: web",
            ],
        ),
        (
            "tool",
            [
                "c.yaml:1:1: 'tool [arm64]' asks for it, but not on amd64",
                "would come with unused, which depends on it",
            ],
        ),
        ("unused", ["unused 1.0 (archive main): available, but nothing asks for it"]),
        (
            "layered",
            [
                "lookaside archives have it, and nothing is copied from them: layered 1 (archive debian)",
                "an entry 'layered' would bring layered 2 (archive main)",
            ],
        ),
        ("base", ["only lookaside archives have it, and nothing is copied from them: base 1.0 (archive debian)"]),
        ("shell", ["it is in Base, whose packages are not repeated in variants that build on it"]),
        ("mta", ["it is virtual; these provide it: mailer", "of these are chosen: mailer"]),
        ("shel", ["no archive has it for amd64; did you mean shell?"]),
    ],
)
def test_an_absence_is_explained(name: str, sentences: list[str]) -> None:
    assert list(explain_absence(name, CONTEXT)) == sentences


def test_only_the_first_names_are_listed() -> None:
    assert join_names("abcdefg") == "a, b, c, d, e and 2 more"
