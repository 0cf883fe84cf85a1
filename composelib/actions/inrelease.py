"""Verify an archive's Release files: who signed them and when, and which suite they are of."""

from __future__ import annotations

import difflib
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from composelib.archive.format import release as release_file
from composelib.archive.format.release import ReleaseFile, find_component, list_indexed_components
from composelib.errors import ConfigError, TrustError
from composelib.fetch import lockfile
from composelib.fetch.accepted_suite import AcceptedSuite, dump
from composelib.fetch.archive_memory import ArchiveMemory, RememberedSuite, list_uris
from composelib.fetch.lockfile import Lock
from composelib.fetch.release_identity import check_identity, check_suite, describe_identity
from composelib.fetch.signed_suite import describe_source, find_signed, recall_offline
from composelib.fetch.suite import LastAnswer, SignedSuite, SuiteMemory, hash_content, is_over, load_memory
from composelib.fetch.url import display_url, locate_dists
from composelib.fetch.verify import VerifiedText, verify_text
from composelib.files import write_file
from composelib.model.archive import Archive
from composelib.tools import apt

if TYPE_CHECKING:
    from composelib.stages.inrelease import InreleaseJob

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


def accept_archive(job: InreleaseJob) -> None:
    """Fetch and verify each suite's Release file, and write its text and what was accepted."""
    memory = load_memory(job.folder)
    lock = lockfile.parse(job.lock.read_bytes(), str(job.lock)) if job.lock else None
    accepted = []
    for suite, text in zip(job.archive.suites, job.texts, strict=True):
        reply = ask(job, memory, suite, lock)
        accepted.append(accept_suite(job, memory, reply, pinned=lock is not None))
        write_file(text, reply.verified.text)
    memory.save()
    write_file(job.accepted, dump(accepted))


def ask(job: InreleaseJob, memory: SuiteMemory, suite: str, lock: Lock | None) -> Reply:
    """Get a suite's signed file and verify its signature. Raise TrustError if the lock file has another one."""
    locked = lock.require_suite(job.archive.name, suite) if lock else None
    get = recall_offline if job.offline else find_signed
    signed = get(job.archive, memory, suite, locked)
    verified = verify_text(job.archive, signed, memory.folder)
    reply = Reply(signed, verified, release_file.parse_release(verified.text, display_url(signed.url)))
    if locked:
        locked.check(signed.sha256, reply.url, reply.release.date)
    return reply


def accept_suite(job: InreleaseJob, memory: SuiteMemory, reply: Reply, *, pinned: bool) -> AcceptedSuite:
    """Check what a suite's Release file says, and remember it unless the suite is pinned to a state."""
    archive, suite = job.archive, reply.signed.suite
    check_suite(archive, suite, reply.release, reply.url)
    check_components(archive, suite, reply.release)
    check_clock(reply)
    if not pinned and not job.offline:
        check_progress(job, reply)
    expired = check_validity(reply, allowed=archive.allow_expired or job.offline or pinned)
    signers = ", ".join(reply.verified.signers) or "nobody: it is trusted"
    print(f"{reply.url}: {format_date(reply.release.date)}, signed by {signers}", flush=True)
    if not pinned:
        memory.suites[suite] = describe_reply(archive, reply)
        remember_reply(job, reply)
    memory.keep(reply.signed.content, reply.signed.signature)
    return record_acceptance(reply, expired=expired)


def open_memory(job: InreleaseJob) -> ArchiveMemory:
    """Return the memory of what was accepted of archives."""
    return ArchiveMemory(job.shared_memory, job.own_memory)


def check_progress(job: InreleaseJob, reply: Reply) -> None:
    """Raise TrustError for a Release file that is older than one that was accepted before, or of something else."""
    memory, suite = open_memory(job), reply.signed.suite
    uris = list_uris(job.archive.uri, reply.signed.base)
    memory.set_aside_damaged(uris, suite)
    remembered = memory.recall(uris, suite)
    if remembered is None or not remembered.date:
        return
    if reply.release.date < remembered.date:
        dates = f"{format_date(reply.release.date)}, older than {format_date(remembered.date)}"
        raise TrustError(
            f"{reply.url}: its Date is {dates}, which was accepted before: the archive serves an old state again",
            f"if that is intended: `{memory.describe_removal(uris, suite)}`",
        )
    check_identity(job.archive, reply.release, remembered.names, reply.url)


def remember_reply(job: InreleaseJob, reply: Reply) -> None:
    """Remember a state that was accepted, for all composes of the build folder."""

    def move_on(earlier: RememberedSuite) -> RememberedSuite:
        if reply.release.date < earlier.date:  # another compose has accepted a newer one meanwhile
            return earlier
        return replace(earlier, date=reply.release.date, names=describe_identity(reply.release))

    uris = list_uris(job.archive.uri, reply.signed.base)
    open_memory(job).remember(uris, reply.signed.suite, move_on)


def record_acceptance(reply: Reply, *, expired: bool) -> AcceptedSuite:
    """Return what later stages read about a suite."""
    signed, release = reply.signed, reply.release
    return AcceptedSuite(
        suite=signed.suite,
        base=signed.base,
        dists=locate_dists(signed.base, signed.suite),
        url=signed.url,
        sha256=signed.sha256,
        date=release.date,
        valid_until=release.valid_until,
        expired=expired,
        signers=reply.verified.signers,
        others=reply.verified.others,
    )


def describe_reply(archive: Archive, reply: Reply) -> LastAnswer:
    """Return what the next run needs to ask the suite whether it has changed."""
    signed, release = reply.signed, reply.release
    return LastAnswer(
        source=describe_source(archive),
        base=signed.base,
        url=signed.url,
        sha256=signed.sha256,
        signature=hash_content(signed.signature) if signed.signature else "",
        etag=signed.etag,
        modified=signed.modified,
        date=release.date,
        valid_until=release.valid_until,
        apt=apt.fingerprint_configuration() if archive.uri == "host" else "",
    )


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
            f"{reply.url}: its Date is {format_date(date)}, now it is {format_date(clock)}",
            "check this machine's clock; if it is right, the archive's is wrong",
        )


def check_validity(reply: Reply, *, allowed: bool) -> bool:
    """Return whether a Release file has expired. Raise TrustError if it has and that is not allowed."""
    valid_until = reply.release.valid_until
    expired = is_over(valid_until)
    if expired and not allowed:
        raise TrustError(
            f"{reply.url}: was valid until {format_date(valid_until or 0)}, now it is {format_date(time.time())}",
            "`allow-expired: true` accepts it all the same, which an archive of snapshots needs",
        )
    return expired


def format_date(seconds: float) -> str:
    """Return a time as Release files write it."""
    return time.strftime("%a, %d %b %Y %H:%M:%S UTC", time.gmtime(seconds))
