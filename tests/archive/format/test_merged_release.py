from __future__ import annotations

import pytest

from composelib.archive.format.merged_release import merge_releases
from composelib.archive.format.release import parse_release
from composelib.errors import TrustError

HASH = "0" * 64
FIRST = (
    "Origin: X\nSuite: sid\nDate: Sat, 10 Jun 2023 08:53:33 UTC\nComponents: main\n"
    f"MD5Sum:\n {HASH[:32]} 1 main/x\nSHA256:\n {HASH} 1 main/binary-amd64/Packages\n"
).encode()
OTHER = (
    "Suite: sid\nDate: Sun, 11 Jun 2023 08:53:33 UTC\nComponents: updates/contrib other\n"
    f"SHA256:\n {HASH} 2 updates/contrib/binary-amd64/Packages\n {HASH} 3 other/binary-amd64/Packages\n"
).encode()


def test_components_of_other_mirrors_are_added_and_nothing_else() -> None:
    merged = parse_release(merge_releases(FIRST, [(OTHER, ["contrib"])], "http://x"), "http://x")
    assert (merged.origin, merged.components) == ("X", ("main", "updates/contrib"))
    assert {name: file.size for name, file in merged.files.items()} == {
        "main/binary-amd64/Packages": 1,
        "updates/contrib/binary-amd64/Packages": 2,
    }
    assert merged.date == parse_release(OTHER, "http://x").date


def test_sums_of_different_kinds_cannot_be_merged() -> None:
    other = OTHER.replace(b"SHA256", b"SHA512").replace(HASH.encode(), HASH.encode() * 2)
    with pytest.raises(TrustError, match="sums of different kinds; write an archive for each mirror"):
        merge_releases(FIRST, [(other, ["contrib"])], "http://x")
