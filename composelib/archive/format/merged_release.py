"""The Release file of a suite whose components come from different mirrors, each with a Release file of its own."""

from __future__ import annotations

from collections.abc import Iterable

from composelib.archive.format.release import (
    find_component,
    find_trusted_sums,
    parse_release,
    parse_release_fields,
)
from composelib.archive.format.release_date import format_release_date
from composelib.errors import TrustError

LISTS = ("sha512", "sha256", "sha1", "md5sum")


def merge_releases(text: bytes, others: Iterable[tuple[bytes, Iterable[str]]], url: str) -> bytes:
    """Return a verified Release file with what others list of some components; its date is the newest one.

    `url` is for messages. Raise TrustError if they list sums of different kinds.
    """
    fields = parse_release_fields(text, url)
    sums = find_trusted_sums(fields, url)
    dates, rows = [parse_release(text, url).date], [fields[sums.lower()]]
    components = fields.get("components", "").split()
    for other, its_components in others:
        release, its_fields = parse_release(other, url), parse_release_fields(other, url)
        if find_trusted_sums(its_fields, url) != sums:
            raise TrustError(f"{url}: its mirrors list sums of different kinds", "write an archive for each mirror")
        spelled = tuple(find_component(release, component) or component for component in its_components)
        folders = tuple(f"{name}/" for name in spelled)
        lines = filter(str.strip, its_fields[sums.lower()].split("\n"))
        rows += [line for line in lines if line.split()[-1].startswith(folders)]
        dates.append(release.date)
        components += spelled
    merged = {name: value for name, value in fields.items() if name not in LISTS and "\n" not in value}
    merged |= {"date": format_release_date(max(dates)), "components": " ".join(dict.fromkeys(components))}
    head = "".join(f"{name}: {value}\n" for name, value in merged.items())
    listing = "".join(f"\n {line}" for row in rows for line in filter(None, row.split("\n")))
    return f"{head}{sums}:{listing}\n".encode(errors="surrogateescape")
