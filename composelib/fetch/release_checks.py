"""Checks of what an archive's Release file says: its components, its Date and how long it is valid."""

from __future__ import annotations

import difflib
import time

from composelib.archive.format.release import ReleaseFile, find_component, list_indexed_components
from composelib.archive.format.release_date import format_release_date, is_over
from composelib.dataclass import dataclass
from composelib.errors import ConfigError, TrustError
from composelib.fetch.suite import SignedSuite
from composelib.fetch.url import display_url
from composelib.fetch.verify import VerifiedText
from composelib.model.archive import Archive

CLOCK_ERROR = 600
"""Seconds that an archive's clock may be ahead of ours."""


@dataclass(frozen=True)
class Reply:
    """A suite's signed file as it came, the verified text in it, and that text's fields."""

    signed: SignedSuite
    verified: VerifiedText
    release: ReleaseFile

    @property
    def url(self) -> str:
        """The file's URL as messages show it."""
        return display_url(self.signed.url)


def check_components(archive: Archive, suite: str, release: ReleaseFile) -> None:
    """Raise ConfigError for a component that a suite does not have, naming those it has."""
    components = release.components or list_indexed_components(release)
    for component in archive.components:
        if suite.endswith("/") or find_component(release, component) is not None:
            continue
        close = difflib.get_close_matches(component, components, 1)
        guess = f"did you mean {close[0]}? " if close else ""
        raise ConfigError(
            f"{archive.origin}: archive {archive.name}: suite {suite} has no component {component}",
            f"{guess}it has {', '.join(components) or 'none'}",
        )


def check_clock(reply: Reply) -> None:
    """Raise TrustError for a Release file from the future."""
    date, clock = reply.release.date, time.time()
    if date > clock + CLOCK_ERROR:
        raise TrustError(
            f"{reply.url}: its Date is {format_release_date(date)}, now it is {format_release_date(clock)}",
            "check this machine's clock; if it is right, the archive's is wrong",
        )


def check_validity(archive: Archive, reply: Reply, moment: float, *, allowed: bool) -> bool:
    """Return whether a Release file has expired by now. Raise TrustError if it, or its key, had at a moment and may not."""
    release = reply.release
    if release.valid_until is not None and is_over(release.valid_until, moment) and not allowed:
        then = "its snapshot is of" if archive.snapshot else "now it is"
        raise TrustError(
            f"{reply.url}: was valid until {format_release_date(release.valid_until)}, {then} {format_release_date(moment)}",
            "`allow-expired: true` accepts it all the same, which an archive of snapshots needs",
        )
    check_keys(reply, moment, allowed=allowed)
    return is_over(release.valid_until, time.time())


def check_keys(reply: Reply, moment: float, *, allowed: bool) -> None:
    """Raise TrustError if all keys that signed a Release file had expired at a moment, or, if that is allowed, at its Date."""
    expiry = max(reply.verified.expired.values(), default=None)
    if expiry is not None and expiry <= (reply.release.date if allowed else moment):
        signers = ", ".join(reply.verified.signers)
        raise TrustError(
            f"{reply.url}: no good signature: {signers}: the key expired {format_release_date(expiry)}, "
            f"and the Date is {format_release_date(reply.release.date)}",
            "" if allowed else "`allow-expired: true` takes a key that has expired since the Date",
        )
