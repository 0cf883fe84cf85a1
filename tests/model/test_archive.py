from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

from composelib.model.archive import Archive, DebugArchive, make_debug_archive
from composelib.model.origin import Origin

ORIGIN = Origin("x.yaml", 1, 1)
DEBUG = DebugArchive(Origin("x.yaml", 9, 9), uri="file:/debug", suites=("a-debug",))
ARCHIVE = Archive(
    "debian",
    ORIGIN,
    uri="file:/a",
    suites=("a",),
    components=("main", "contrib"),
    signed_by=Path("key.gpg"),
    trusted=True,
    allow_expired=True,
    snapshot="20261101T000000Z",
    lookaside=True,
    priority=5,
    arches=("amd64",),
    debug=make_debug_archive(DEBUG),
)
NOT_INHERITED = {"name", "origin", "uri", "suites", "debug"}


def test_a_debug_archive_takes_over_all_that_it_does_not_say() -> None:
    debug = ARCHIVE.complete().debug
    assert debug
    assert (debug.name, debug.origin, debug.uri, debug.suites) == (
        "debian-debug",
        DEBUG.origin,
        "file:/debug",
        ("a-debug",),
    )
    inherited = [field.name for field in fields(Archive) if field.name not in NOT_INHERITED]
    assert [getattr(debug, name) for name in inherited] == [getattr(ARCHIVE, name) for name in inherited]


def test_a_debug_archive_has_its_own_components_and_keyring() -> None:
    with_own = make_debug_archive(replace(DEBUG, components=("x",), signed_by=Path("debug.gpg")))
    debug = replace(ARCHIVE, debug=with_own).complete().debug
    assert debug
    assert (debug.components, debug.signed_by) == (("x",), Path("debug.gpg"))


def test_a_flat_repository_has_no_components() -> None:
    assert replace(ARCHIVE, suites=("./",)).complete().components == ()
    assert replace(ARCHIVE, suites=("./", "a")).complete().components == ("main", "contrib")
