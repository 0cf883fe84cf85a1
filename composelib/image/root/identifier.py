"""Recognize what should be a machine's own, or of the moment: identifiers, random bytes, secrets, the time of the build."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from composelib.dataclass import dataclass

UUID = re.compile(
    rb"(?<![0-9A-Za-z-])[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[1467][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}(?![0-9A-Za-z-])"
)
"""A UUID made of random bits or of the time."""
INITIATOR = re.compile(rb"(?m)^\s*InitiatorName=(iqn\.\S+:[0-9a-f]{6,})")
SECRET = re.compile(
    rb"(?:secret|passw(?:or)?d|token|host_?id|machine_?id|cookie)[\w.-]*[\"'\]]*[ \t]*(?:=>?|:|,|[ \t])[ \t]*[\"']?"
    rb"([a-z0-9+/]{16,}={0,2})(?![a-z0-9+/_.-])"
)
"""The value of a setting that is named a secret or an identifier, in small letters."""
HEX = re.compile(rb"[0-9a-f]{32}|[0-9A-F]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128}")
BASE64 = re.compile(rb"(?![0-9A-Fa-f]{8}-)[A-Za-z0-9+/_-]{22,172}={0,2}")
PACKED = (b"\x1f\x8b", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"BZh", b"\x04\x22\x4d\x18", b"PK\x03\x04", b"\x5d\0\0")
"""How compressed files begin."""
SHORTEST, LONGEST = 16, 512  # bytes of a file that is nothing but random
SECONDS = re.compile(rb"(?<![0-9])[12][0-9]{9}(?![0-9])")
ISO = re.compile(rb"(?<![0-9])([0-9]{4})-?([0-9]{2})-?([0-9]{2})[T _-]?([0-9]{2}):?([0-9]{2}):?([0-9]{2})(?![0-9])")
WORDS = re.compile(rb"(?i)([0-9]{1,2}) ([a-z]{3})[a-z]* ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2})")
DATE = re.compile(
    rb"(?i)([a-z]{3})[a-z]* +([0-9]{1,2}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:[AP]M )?(?:[A-Z+0-9]{3,5} )?([0-9]{4})"
)
DAY_FORMATS = ("%Y-%m-%d", "%Y%m%d", "%d %b %Y", "%d %B %Y", "%b %d %Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y")
LONGEST_DATE = 256  # bytes of a file in which the day alone is taken for the time of the build
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
SLACK = 2  # seconds that clocks may differ


@dataclass(frozen=True)
class Evidence:
    """What a content shows: in words, and the text that shows it."""

    words: str
    trace: bytes


@dataclass(frozen=True)
class BuildTime:
    """When a root was made, in seconds since 1970, and the date that it should show instead."""

    begun: float
    ended: float
    epoch: int

    def has(self, seconds: float) -> bool:
        """Return whether a time lies within the build and is not the epoch."""
        return self.begun - SLACK <= seconds <= self.ended + SLACK and seconds != self.epoch


def find_evidence(content: bytes, time: BuildTime) -> Iterator[Evidence]:
    """Yield what a content has of identifiers, random bytes, secrets and the time of the build."""
    for match in UUID.finditer(content):
        yield Evidence("a UUID", match[0])
    for match in INITIATOR.finditer(content):
        yield Evidence("an iSCSI initiator's name", match[1])
    for match in SECRET.finditer(content.lower()):
        text = content[match.start(1) : match.end(1)]
        if is_mixed(text):
            yield Evidence("a secret or identifier", text)
    whole = content.strip()
    if HEX.fullmatch(whole) or (BASE64.fullmatch(whole) and is_mixed(whole)) or is_random(content):
        yield Evidence("an identifier or key: nothing but random bytes", whole)
    yield from find_times(content, time)


def is_mixed(text: bytes) -> bool:
    """Return whether a text of letters and digits looks random: words and names have few digits, and not among letters."""
    turns = len(re.findall(rb"[0-9](?=[A-Za-z])|[A-Za-z](?=[0-9])", text))
    return turns >= 4 and len(set(text)) >= 8  # noqa: PLR2004 - 16 random hex digits have 7 turns in the mean


def is_random(content: bytes) -> bool:
    """Return whether a short file consists of random bytes, as far as their distribution tells: within four sigma."""
    size = len(content)
    if not SHORTEST <= size <= LONGEST or content.startswith(PACKED) or is_text(content):
        return False
    ones = sum(byte.bit_count() for byte in content) / (8 * size)
    high = sum(byte >= 0x80 for byte in content) / size  # noqa: PLR2004 - not ASCII
    expected = 256 * (1 - (255 / 256) ** size)
    is_even = abs(ones - 0.5) < 2 / (8 * size) ** 0.5 and abs(high - 0.5) < 2 / size**0.5
    return is_even and high >= 0.1 and len(set(content)) >= 0.85 * expected  # noqa: PLR2004 - of 16 bytes, two


def is_text(content: bytes) -> bool:
    """Return whether a content is UTF-8."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def find_times(content: bytes, time: BuildTime) -> Iterator[Evidence]:
    """Yield the times of the build that a content has, and its day if the content is short."""
    if str(int(time.begun))[:5].encode() in content:
        for match in SECONDS.finditer(content):
            if time.has(int(match[0])):
                yield Evidence("the time of the build", match[0])
    years = {datetime.fromtimestamp(seconds, UTC).year for seconds in (time.begun, time.ended)}
    if not any(str(year).encode() in content for year in years):
        return
    for text, fields in read_dates(content):
        seconds = to_seconds(fields)
        if seconds is not None and time.has(seconds):
            yield Evidence("the time of the build", text)
    if len(content) <= LONGEST_DATE:
        yield from find_days(content, time)


def read_dates(content: bytes) -> Iterator[tuple[bytes, tuple[bytes, ...]]]:
    """Yield each date with a time in a content: its text; year, month, day, hour, minute, second."""
    for match in ISO.finditer(content):
        yield match[0], match.groups()
    for match in WORDS.finditer(content):
        day, month, year, *clock = match.groups()
        yield match[0], (year, month, day, *clock)
    for match in DATE.finditer(content):
        month, day, hour, minute, second, year = match.groups()
        yield match[0], (year, month, day, hour, minute, second)


def to_seconds(fields: tuple[bytes, ...]) -> float | None:
    """Return the seconds since 1970 of a date in UTC, which is the zone of every build; None if it is no date."""
    year, month, *rest = (field.decode().lower() for field in fields)
    number = MONTHS.index(month) + 1 if month in MONTHS else int(month) if month.isdigit() else 0
    try:
        return datetime(int(year), number, *map(int, rest), tzinfo=UTC).timestamp()  # type: ignore[arg-type,misc] # six numbers
    except ValueError:
        return None


def find_days(content: bytes, time: BuildTime) -> Iterator[Evidence]:
    """Yield the day of the build as a content has it, unless it is the epoch's as well."""
    days = {datetime.fromtimestamp(seconds, UTC).date() for seconds in (time.begun, time.ended)}
    days.discard(datetime.fromtimestamp(time.epoch, UTC).date())
    for day in sorted(days):
        for form in DAY_FORMATS:
            text = day.strftime(form).encode()
            if re.search(rb"(?<![0-9])" + re.escape(text) + rb"(?![0-9])", content):
                yield Evidence("the day of the build", text)
