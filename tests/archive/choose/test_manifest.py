from __future__ import annotations

import json

from composelib.archive.choose.manifest import ManifestRow, format_manifest, format_stanzas, sort_rows
from composelib.archive.choose.need import Reason, Wish
from composelib.archive.choose.packages.universe import Universe
from composelib.model.origin import Origin, Seed
from tests.kit.stanzas import make_listing, make_source, make_stanza, make_universe

PACKAGES = make_universe(make_stanza("a", Depends="b"), make_stanza("b"))
(A,), (B,) = PACKAGES.versions("a"), PACKAGES.versions("b")
ROWS = [
    ManifestRow(A, "main", Reason(Wish(Seed("a", Origin("c.yaml", 3, 1)), "packages"))),
    ManifestRow(B, "HA", Reason(None, A, "Depends")),
]


def test_rows_are_sorted_by_package() -> None:
    assert sort_rows(reversed(ROWS)) == ROWS


def test_the_json_has_each_row_with_its_reason() -> None:
    packages = json.loads(format_manifest("V", "amd64", ROWS))["packages"]
    assert [(row["package"], row["component"], row["why"]) for row in packages] == [
        ("a", "main", {"seed": "a", "line": 3, "file": "c.yaml"}),
        ("b", "HA", {"package": "a", "relation": "Depends"}),
    ]


def test_a_source_has_its_files() -> None:
    (package,) = Universe([make_listing(make_source("a"), arch="source")], "source").versions("a")
    (row,) = json.loads(format_manifest("V", "source", [ManifestRow(package, "main", Reason(None, A, "Source"))]))[
        "packages"
    ]
    assert row["filename"] == "pool/main/a/a/a_1.0.dsc"
    assert [file["size"] for file in row["files"]] == [5]


def test_stanzas_follow_our_own_fields() -> None:
    text = format_stanzas(ROWS).decode()
    assert text.startswith("Compose-Archive: main\nPackage: a\n")
    assert "\n\nCompose-Archive: main\nCompose-Component: HA\nPackage: b\n" in text
