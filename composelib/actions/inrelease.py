"""Verify an archive's Release files: who signed them and when, and which suite they are of."""

from __future__ import annotations

import calendar
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.archive.format import release as release_file
from composelib.archive.format.merged_release import merge_releases
from composelib.archive.format.release_date import format_release_date
from composelib.dataclass import dataclass
from composelib.errors import ConfigError, TrustError, locate_errors
from composelib.fetch import lockfile
from composelib.fetch.accepted_suite import AcceptedSuite, dump
from composelib.fetch.archive_memory import ArchiveMemory, RememberedSuite, list_uris
from composelib.fetch.awaited import find_missing, wait_for_packages
from composelib.fetch.lockfile import LockedSuite
from composelib.fetch.release_checks import Reply, check_clock, check_components, check_validity
from composelib.fetch.release_identity import check_identity, check_suite, describe_identity
from composelib.fetch.signed_suite import ask_suite, describe_source, find_pinned, recall_offline
from composelib.fetch.suite import (
    LastAnswer,
    SignedSuite,
    SuiteMemory,
    forget_answers,
    hash_content,
    load_memory,
)
from composelib.fetch.suite_index import VerifiedSuite
from composelib.fetch.url import display_url, locate_dists
from composelib.fetch.verify import verify_text
from composelib.files import write_file
from composelib.model.archive import Archive
from composelib.model.paths import locate_stored
from composelib.tools import apt

if TYPE_CHECKING:
    from composelib.stages.inrelease import InreleaseJob


def accept_archive(job: InreleaseJob) -> None:
    """Fetch and verify each suite's Release file, and write its text and what was accepted."""
    job.folder.mkdir(parents=True, exist_ok=True)
    memory = load_memory(job.folder)
    lock = lockfile.parse(job.lock.read_bytes(), str(job.lock)) if job.lock else None
    if job.archive.wait and not lock and not job.offline and not job.archive.snapshot:
        wait_for_packages(job.archive, partial(find_awaited, job, memory, {}))
    accepted = []
    for suite, text in zip(job.archive.suites, job.texts, strict=True):
        locked = lock.require_suite(job.archive.name, suite) if lock else None
        with locate_errors(job.archive.origin, f"archive {job.archive.name}, suite {suite}"):
            if locked:
                take_stored(job.store, memory, locked)
            reply = ask(job, memory, suite, locked)
            mirrors = [accept_part(job, memory, mirror, locked) for mirror in reply.signed.others]
            unserved = tuple(
                name
                for name in job.archive.components
                if name not in {name for mirror in mirrors for name in mirror.components}
            )
            row = accept_suite(replace_components(job, unserved), memory, reply, locked)
            accepted.append(replace(row, mirrors=(*row.mirrors, *(url for mirror in mirrors for url in mirror.urls))))
            write_file(text, merge_parts(reply, mirrors))
    memory.save()
    write_file(job.accepted, dump(accepted))


def take_stored(store: Path, memory: SuiteMemory, locked: LockedSuite) -> None:
    """Take the signed file that a lock names from the store, unless it is remembered."""
    paths = [locate_stored(store, name) for name in (locked.sha256, locked.signature) if name]
    if memory.signed(locked.sha256) is None and all(path.is_file() for path in paths):
        content, *signature = (path.read_bytes() for path in paths)
        memory.keep(content, b"".join(signature))


@dataclass(frozen=True)
class SuitePart:
    """Components of a suite that come from another mirror than the first, which has its own Release file."""

    components: tuple[str, ...]
    text: bytes
    urls: tuple[str, ...]


def accept_part(
    job: InreleaseJob, memory: SuiteMemory, served: tuple[tuple[str, ...], SignedSuite], locked: LockedSuite | None
) -> SuitePart:
    """Verify and check the Release file of some components as that of the others is."""
    components, signed = served
    reply = verify(job, memory, signed, locked)
    accept_suite(replace_components(job, components), memory, reply, locked)
    return SuitePart(components, reply.verified.text, (signed.base, *signed.mirrors))


def replace_components(job: InreleaseJob, components: tuple[str, ...]) -> InreleaseJob:
    """Return the job for some components of the archive."""
    return replace(job, archive=replace(job.archive, components=components))


def merge_parts(reply: Reply, parts: Sequence[SuitePart]) -> bytes:
    """Return the text of a suite's Release file, with what the other mirrors' list of their components."""
    if not parts:
        return reply.verified.text
    return merge_releases(reply.verified.text, [(share.text, share.components) for share in parts], reply.url)


def find_awaited(job: InreleaseJob, memory: SuiteMemory, answers: dict[str, list[str]]) -> list[str]:
    """Return the awaited packages that are not there yet; the next call asks the archive again if there are any.

    `answers` are those of earlier calls, by the state of the archive, whose indices need not be read again.
    """
    suites = []
    for suite in job.archive.suites:
        with locate_errors(job.archive.origin, f"archive {job.archive.name}, suite {suite}"):
            reply = ask(job, memory, suite, None)
        suites.append(VerifiedSuite(job.archive.name, record_acceptance(reply, (), {}, expired=False), reply.release))
        memory.suites[suite] = describe_reply(job.archive, reply)
        memory.keep(reply.signed.content, reply.signed.signature)
    state = " ".join(suite.accepted.sha256 for suite in suites)
    if state not in answers:
        answers[state] = find_missing(job.archive, suites, job.folder / "awaited")
    if answers[state]:
        forget_answers(memory)
    return answers[state]


def ask(job: InreleaseJob, memory: SuiteMemory, suite: str, locked: LockedSuite | None) -> Reply:
    """Get a suite's signed file and verify its signature. Raise TrustError if the lock file has another one."""
    if job.offline:
        reply = verify(job, memory, recall_offline(job.archive, memory, suite, locked), locked)
    else:
        reply = verify_stored(job, memory, suite, locked) or verify(
            job, memory, ask_suite(job.archive, memory, suite), locked
        )
    if locked:
        locked.check(reply.signed.sha256, reply.url, reply.release.date)
    return reply


def verify_stored(job: InreleaseJob, memory: SuiteMemory, suite: str, locked: LockedSuite | None) -> Reply | None:
    """Verify the stored file that the lock names; None if there is none, or its signature was damaged meanwhile."""
    signed = find_pinned(job.archive, memory, suite, locked)
    try:
        return verify(job, memory, signed, locked) if signed else None
    except TrustError as error:
        print(f"stored, and not used: {error}", flush=True)
        return None


def verify(job: InreleaseJob, memory: SuiteMemory, signed: SignedSuite, locked: LockedSuite | None) -> Reply:
    """Verify a suite's signed file and read it. Raise TrustError if it cannot be trusted."""
    lenient = job.archive.allow_expired or job.offline or is_pinned(job.archive, locked)
    verified = verify_text(job.archive, signed, memory.folder, lenient=lenient)
    return Reply(signed, verified, release_file.parse_release(verified.text, display_url(signed.url)))


def is_pinned(archive: Archive, locked: LockedSuite | None) -> bool:
    """Return whether the state of a suite was chosen, by a lock or a snapshot, so that it may be an old one."""
    return locked is not None or bool(archive.snapshot)


def accept_suite(job: InreleaseJob, memory: SuiteMemory, reply: Reply, locked: LockedSuite | None) -> AcceptedSuite:
    """Check what a suite's Release file says, and remember it unless the suite is pinned to a state."""
    archive, suite = job.archive, reply.signed.suite
    check_suite(archive, suite, reply.release, reply.url)
    check_components(archive, suite, reply.release)
    check_clock(reply)
    open_memory(job).set_aside_damaged(list_uris(archive.uri, reply.signed.base), suite)
    if not is_pinned(archive, locked) and not job.offline:
        check_progress(job, reply)
    elif not locked and archive.snapshot:
        check_snapshot(job, reply)
    expired = check_validity(archive, reply, find_moment(archive, locked), allowed=archive.allow_expired or job.offline)
    signers = ", ".join(reply.verified.signers) or "nobody: it is trusted"
    print(f"{reply.url}: {format_release_date(reply.release.date)}, signed by {signers}", flush=True)
    if not locked:
        memory.suites[suite] = describe_reply(archive, reply)
        remember_reply(job, reply)
    memory.keep(reply.signed.content, reply.signed.signature)
    uris = () if is_pinned(archive, locked) or job.offline else list_uris(archive.uri, reply.signed.base)
    return record_acceptance(reply, uris, judge_keys(archive, reply, locked), expired=expired)


def find_moment(archive: Archive, locked: LockedSuite | None) -> float:
    """Return the time by which is judged what has expired: that of the state which the lock or snapshot names, or now."""
    if locked:
        return locked.date
    if not archive.snapshot:
        return time.time()
    try:
        return calendar.timegm(time.strptime(archive.snapshot, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise ConfigError(f"{archive.origin}: archive {archive.name}: {archive.snapshot} is not a time") from None


def judge_keys(archive: Archive, reply: Reply, locked: LockedSuite | None) -> Mapping[str, int]:
    """Return when the keys expired by which a suite was accepted: as the lock has it, else those of the time it is judged by."""
    if locked:
        return locked.expired_keys
    moment, ends = find_moment(archive, None), reply.verified.expired
    return ends if all(end <= moment for end in ends.values()) else {}


def open_memory(job: InreleaseJob) -> ArchiveMemory:
    """Return the memory of what was accepted of archives."""
    return ArchiveMemory(job.shared_memory, job.own_memory)


def check_progress(job: InreleaseJob, reply: Reply) -> None:
    """Raise TrustError for a Release file that is older than one that was accepted before, or of something else."""
    memory, suite = open_memory(job), reply.signed.suite
    uris = list_uris(job.archive.uri, reply.signed.base)
    remembered = memory.recall(uris, suite)
    if remembered is None or not remembered.date:
        return
    if reply.release.date < remembered.date:
        dates = f"{format_release_date(reply.release.date)}, older than {format_release_date(remembered.date)}"
        raise TrustError(
            f"{reply.url}: its Date is {dates}, which was accepted before: the archive serves an old state again",
            f"if that is intended: `{memory.describe_removal(uris, suite)}`",
        )
    check_identity(job.archive, suite, reply.release, remembered.names, reply.url)


def check_snapshot(job: InreleaseJob, reply: Reply) -> None:
    """Raise TrustError for a snapshot whose signed file is not the one that was accepted before."""
    memory, suite, snapshot = open_memory(job), reply.signed.suite, job.archive.snapshot
    uris = list_uris(job.archive.uri, job.archive.uri)
    remembered = memory.recall(uris, suite)
    sha256 = remembered.snapshots.get(snapshot) if remembered else None
    if sha256 not in {None, reply.signed.sha256}:
        raise TrustError(
            f"{reply.url}: SHA256 {reply.signed.sha256}, but {sha256} was accepted before of the snapshot {snapshot}: it was changed",
            f"if that is intended: `{memory.describe_removal(uris, suite)}`",
        )


def remember_reply(job: InreleaseJob, reply: Reply) -> None:
    """Remember a state that was accepted, for all composes of the build folder; a snapshot says nothing of what is current."""
    archive = job.archive

    def move_on(earlier: RememberedSuite) -> RememberedSuite:
        if archive.snapshot:
            return replace(earlier, snapshots={**earlier.snapshots, archive.snapshot: reply.signed.sha256})
        if reply.release.date < earlier.date:  # another compose has accepted a newer one meanwhile
            return earlier
        return replace(earlier, date=reply.release.date, names=describe_identity(reply.release))

    uris = list_uris(archive.uri, archive.uri if archive.snapshot else reply.signed.base)
    open_memory(job).remember(uris, reply.signed.suite, move_on)


def record_acceptance(
    reply: Reply, uris: tuple[str, ...], expired_keys: Mapping[str, int], *, expired: bool
) -> AcceptedSuite:
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
        expired_keys=expired_keys,
        mirrors=signed.mirrors,
        remembered_by=uris,
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
        apt=apt.fingerprint_configuration() if archive.uri == "host" and not signed.others else "",
        mirrors=signed.mirrors,
    )
