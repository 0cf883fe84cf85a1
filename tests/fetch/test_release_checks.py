from __future__ import annotations

import time
from dataclasses import replace

import pytest

from composelib.archive.format.release import ReleaseFile
from composelib.errors import ConfigError, TrustError
from composelib.fetch.release_checks import Reply, check_clock, check_components, check_validity
from composelib.fetch.suite import SignedSuite
from composelib.fetch.verify import VerifiedText
from composelib.model.archive import Archive
from tests.kit.archive_stages import ORIGIN

ARCHIVE = Archive("x", ORIGIN, "http://x/", ("sid",), ("main",))
RELEASE = ReleaseFile(date=1_000, components=("main", "contrib"))
REPLY = Reply(SignedSuite("sid", "http://x/", "http://x/dists/sid/InRelease", b""), VerifiedText(b""), RELEASE)


def test_a_component_that_is_not_there_is_told_with_those_that_are() -> None:
    check_components(ARCHIVE, "sid", RELEASE)
    with pytest.raises(
        ConfigError, match=r"suite sid has no component contribb; did you mean contrib\? it has main, contrib"
    ):
        check_components(replace(ARCHIVE, components=("contribb",)), "sid", RELEASE)


def test_a_file_from_the_future_is_refused() -> None:
    check_clock(REPLY)
    with pytest.raises(TrustError, match="check this machine's clock"):
        check_clock(replace(REPLY, release=replace(RELEASE, date=int(time.time()) + 3600)))


@pytest.mark.parametrize(("moment", "allowed"), [(1_500, False), (2_500, True)])
def test_what_has_expired_is_taken_if_it_may(moment: float, allowed: bool) -> None:
    reply = replace(REPLY, release=replace(RELEASE, valid_until=2_000))
    assert check_validity(ARCHIVE, reply, moment, allowed=allowed)
    with pytest.raises(TrustError, match="`allow-expired: true` accepts it all the same"):
        check_validity(ARCHIVE, reply, 2_500, allowed=False)
