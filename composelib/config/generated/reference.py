"""The reference of the config's keys, as Markdown tables made of their declarations."""

from __future__ import annotations

from typing import Any

from composelib.config.keys.compose import COMPOSE, RECORDS
from composelib.config.keys.containers import ListOf, MapOf, TrueOr
from composelib.config.keys.image import KINDS
from composelib.config.keys.record import Key, Record
from composelib.config.keys.types import Kind

BEGIN = "<!-- Made by `doit schema` from composelib/config/keys/compose.py: edit there. -->"
END = "<!-- End of what `doit schema` makes. -->"


def with_tables(page: str) -> str:
    """Give a page with what stands between its two markers made anew. Raises ValueError if they are not there."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks {BEGIN!r} or {END!r}")
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{after}"


def tables() -> str:
    """Give a table for each record, the whole config's first."""
    return "\n".join(section(record) for record in RECORDS)


def section(record: Record) -> str:
    """Give a record's heading, what it is and its keys."""
    title = "Top level" if record is COMPOSE else f"`{record.name}`"
    head = f"### {title}\n\n{record.doc}\n\n| key | value | default | meaning |\n|---|---|---|---|\n"
    return head + "".join(row(key) for key in record.keys)


def row(key: Key) -> str:
    """Give a key's line."""
    only = f" Only {', '.join(f'`{kind}`' for kind in key.only)}." if key.only and set(key.only) != set(KINDS) else ""
    cells = (f"`{key.name}`", cell(value_of(key.kind)), default_of(key), cell(key.doc) + only)
    return f"| {' | '.join(cells)} |\n"


def cell(text: str) -> str:
    """Give a text as it may stand in a table."""
    return text.replace("|", "\\|")


def value_of(kind: Kind) -> str:
    """Say what a key takes, with a link to the table of the record that it takes."""
    if isinstance(kind, Record):
        return f"a mapping: [{kind.name}](#{kind.name})"
    if isinstance(kind, MapOf) and isinstance(kind.value, Record):
        return f"{kind.singular} names, each with [{kind.value.name}](#{kind.value.name})"
    if isinstance(kind, ListOf) and isinstance(kind.item, Record):
        return f"a list of [{kind.item.name}](#{kind.item.name})"
    if isinstance(kind, TrueOr):
        return f"true, false or {value_of(kind.other)}"
    return kind.want


def default_of(key: Key) -> str:
    """Say what a key that is not given stands for."""
    if key.required:
        return "required"
    if key.default in (None, (), {}):
        return ""
    return f"`{written(key.default)}`"


def written(value: Any) -> str:
    """Give a value as YAML has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return str(value)
