"""OSTree's own files beside commits, the same bytes each time: signatures, the summary, the time of a delta.

The types are those of libostree's ostree-repo.h and ostree-repo-static-delta-private.h.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from composelib.dataclass import dataclass
from composelib.errors import ComposeError
from composelib.image.ostree import gvariant
from composelib.image.ostree.gvariant import WORD, GVariant

SIGNATURES = "ostree.gpgsigs"


@dataclass(frozen=True)
class ListedRef:
    """A ref in a summary."""

    name: str
    commit: str
    size: int
    """Bytes of the commit object."""
    timestamp: int


def format_signatures(signatures: Sequence[bytes]) -> bytes:
    """Return the content of a commit's `.commitmeta`, or of `summary.sig`: binary OpenPGP signatures."""
    rows = [gvariant.byte_array(signature) for signature in signatures]
    return gvariant.dictionary({SIGNATURES: gvariant.array("ay", 1, rows)}).content


def format_summary(refs: Sequence[ListedRef], deltas: Mapping[str, bytes], epoch: int) -> bytes:
    """Return a repository's summary: its refs, and its deltas, `FROM-TO` with the SHA256 of each one's superblock."""
    listed = [describe_ref(ref) for ref in sorted(refs, key=lambda ref: ref.name)]
    metadata = {
        "ostree.summary.mode": gvariant.text("archive-z2"),
        "ostree.summary.last-modified": gvariant.number(epoch),
        "ostree.summary.tombstone-commits": gvariant.boolean(value=False),
        "ostree.summary.indexed-deltas": gvariant.boolean(value=True),
    }
    if deltas:
        sums = {name: gvariant.byte_array(checksum) for name, checksum in deltas.items()}
        metadata["ostree.static-deltas"] = gvariant.dictionary(sums)
    rows = gvariant.array("(s(taya{sv}))", WORD, listed)
    return gvariant.structure(rows, gvariant.dictionary(metadata)).content


def describe_ref(ref: ListedRef) -> GVariant:
    """Return a ref's row in a summary."""
    size = GVariant("t", ref.size.to_bytes(WORD, "little"), WORD, fixed=True)
    times = gvariant.dictionary({"ostree.commit.timestamp": gvariant.number(ref.timestamp)})
    commit = gvariant.byte_array(bytes.fromhex(ref.commit))
    return gvariant.structure(gvariant.text(ref.name), gvariant.structure(size, commit, times))


def read_timestamp(commit: bytes) -> int:
    """Return the time in a commit object, of the type `(a{sv}aya(say)sstayay)`."""
    start = locate_number(commit, 5)
    return int.from_bytes(commit[start : start + WORD], "big")


def date_superblock(superblock: bytes, old: str, epoch: int) -> bytes:
    """Return a static delta's superblock, of the type `(a{sv}tayay…)`, with another time.

    `old` is the commit that the delta leads from. Raise ComposeError if the superblock has another form.
    """
    start = locate_number(superblock, 1)
    head, tail = superblock[:start], superblock[start + WORD :]
    if not tail.startswith(bytes.fromhex(old)):
        raise ComposeError("ostree described a delta in an unknown form", "set `deltas: false` for the image")
    return head + epoch.to_bytes(WORD, "big") + tail


def locate_number(content: bytes, before: int) -> int:
    """Return where the first number of a tuple begins, after this many members without a fixed size.

    A tuple ends with the offsets at which these members end, the last member's first.
    """
    width = next(width for width in (1, 2, 4, 8) if len(content) < 1 << (8 * width))
    offset = len(content) - before * width
    end = int.from_bytes(content[offset : offset + width], "little")
    return end + -end % WORD
