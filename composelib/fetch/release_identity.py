"""Whether a Release file is of the suite that the config asks for, and says of itself what it said before."""

from __future__ import annotations

from collections.abc import Mapping

from composelib.archive.format.release import ReleaseFile, is_of_suite
from composelib.errors import TrustError
from composelib.model.archive import Archive, find_text
from composelib.text.escape import excerpt

NONE = "(none)"
"""Stands for a field that is not there, in messages and in the config."""
PRIORITY = "default priority"
REPORTED = ("Suite", "Version")
"""The fields whose change is only reported, as apt does: a release that comes out changes them."""


def describe_identity(release: ReleaseFile) -> dict[str, str]:
    """Return what a Release file says of itself, by field."""
    return {
        "Codename": release.codename,
        "Origin": release.origin,
        "Label": release.label,
        "Suite": release.suite,
        "Version": release.version,
        PRIORITY: str(release.priority),
    }


def check_suite(archive: Archive, suite: str, release: ReleaseFile, url: str) -> None:
    """Raise TrustError for the Release file of another suite than was requested, however well it is signed."""
    if suite.endswith("/") or is_of_suite(release, suite):
        return
    accepted = find_text(archive.accept_codename, suite)
    if accepted and accepted in {release.codename, release.suite}:
        return
    name = excerpt(release.codename or release.suite)
    names = f"Suite {excerpt(release.suite) or NONE}, Codename {excerpt(release.codename) or NONE}"
    raise TrustError(
        f"{archive.origin}: archive {archive.name}: {url}: asked for the suite {suite}, got {names}",
        f"if that is the one you mean, `{format_acceptance(archive, suite, 'codename', name)}` takes it",
    )


def check_identity(archive: Archive, suite: str, release: ReleaseFile, earlier: Mapping[str, str], url: str) -> None:
    """Raise TrustError for a suite's Release file that says something else of itself than the last one that was accepted.

    apt's list of fields decides which of them have to stay as they are.
    """
    accepted = {
        "Codename": find_text(archive.accept_codename, suite),
        "Origin": find_text(archive.accept_origin, suite),
        "Label": find_text(archive.accept_label, suite),
        PRIORITY: str(release.priority) if archive.priority is not None else "",
    }
    for name, value in describe_identity(release).items():
        if name not in earlier or earlier[name] == value:
            continue
        old_value, new_value = excerpt(earlier[name]) or NONE, excerpt(value) or NONE
        change = f"{url}: its {name} is {new_value}, and was {old_value} when it was accepted before"
        if name in REPORTED:
            print(f"warning: {change}", flush=True)
        elif accepted[name] != (value or NONE):
            key = format_acceptance(archive, suite, name, new_value) if name != PRIORITY else f"priority: {new_value}"
            raise TrustError(
                f"{archive.origin}: archive {archive.name}: {change}", f"`{key}` of the archive accepts it"
            )


def format_acceptance(archive: Archive, suite: str, name: str, value: str) -> str:
    """Return the line of the config that accepts a value of a suite's field; the suite is named where there are several."""
    return f"accept-{name.lower()}: {value if len(archive.suites) < 2 else f'{{{suite}: {value}}}'}"  # noqa: PLR2004 - several
