from __future__ import annotations

import pytest

from composelib.archive.format.release import ReleaseFile
from composelib.errors import TrustError
from composelib.fetch.release_identity import check_identity, check_suite, describe_identity
from composelib.model.archive import Archive
from composelib.model.origin import Origin

ARCHIVE = Archive("debian", Origin("x.yaml", 1, 1), "http://x/", ("stable",))
RELEASE = ReleaseFile(0, codename="bookworm", suite="stable", origin="Debian")


def test_a_field_that_was_not_remembered_may_be_anything() -> None:
    check_identity(ARCHIVE, "stable", RELEASE, {}, "http://x/InRelease")
    check_identity(ARCHIVE, "stable", RELEASE, describe_identity(RELEASE), "http://x/InRelease")


def test_what_a_terminal_obeys_is_shown_escaped() -> None:
    evil = ReleaseFile(0, codename="\x1b[2J")
    with pytest.raises(TrustError) as refusal:
        check_identity(ARCHIVE, "stable", evil, describe_identity(RELEASE), "http://x/InRelease")
    assert str(refusal.value).isprintable()
    with pytest.raises(TrustError) as refusal:
        check_suite(ARCHIVE, "testing", evil, "http://x/InRelease")
    assert str(refusal.value).isprintable()
