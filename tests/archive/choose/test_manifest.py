from __future__ import annotations

import json

from composelib.archive.choose.manifest import Row, as_json, as_stanzas, sort_rows
from composelib.archive.choose.need import Reason, Wish
from composelib.archive.choose.packages.universe import Universe
from composelib.model.origin import Origin, Seed
from tests.kit.stanzas import make_listing, source, stanza, universe

PACKAGES = universe(stanza("a", Depends="b"), stanza("b"))
(A,), (B,) = PACKAGES.versions("a"), PACKAGES.versions("b")
ROWS = [
    Row(A, "main", Reason(Wish(Seed("a", Origin("c.yaml", 3, 1)), "packages"))),
    Row(B, "HA", Reason(None, A, "Depends")),
]


def test_rows_are_sorted_by_package() -> None:
    assert sort_rows(reversed(ROWS)) == ROWS


def test_the_json_has_each_row_with_its_reason() -> None:
    packages = json.loads(as_json("V", "amd64", ROWS))["packages"]
    assert [(row["package"], row["component"], row["why"]) for row in packages] == [
        ("a", "main", {"seed": "a", "line": 3, "file": "c.yaml"}),
        ("b", "HA", {"package": "a", "relation": "Depends"}),
    ]


def test_a_source_has_its_files() -> None:
    (package,) = Universe([make_listing(source("a"), arch="source")], "source").versions("a")
    (row,) = json.loads(as_json("V", "source", [Row(package, "main", Reason(None, A, "Source"))]))["packages"]
    assert row["filename"] == "pool/main/a/a/a_1.0.dsc"
    assert [file["size"] for file in row["files"]] == [5]


def test_stanzas_follow_our_own_fields() -> None:
    text = as_stanzas(ROWS).decode()
    assert text.startswith("Compose-Archive: main\nPackage: a\n")
    assert "\n\nCompose-Archive: main\nCompose-Component: HA\nPackage: b\n" in text
