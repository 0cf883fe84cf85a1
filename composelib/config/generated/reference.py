"""The reference of the config's keys, as Markdown tables made of their declarations."""

from __future__ import annotations

from typing import Any

from composelib.config.checks.builder import list_builder_words
from composelib.config.keys.record import ConfigRecord, get_record, list_records
from composelib.model.compose import Compose
from composelib.model.keys.declaration import ConfigKey
from composelib.model.keys.value_types import BuilderName, ListOf, MapOf, RecordOf, TrueOr, ValueType, get_record_name

BEGIN = "<!-- Made by `doit schema` from the keys declared in composelib/model: edit there. -->"
END = "<!-- End of what `doit schema` makes. -->"


def replace_tables(page: str) -> str:
    """Return a page with new tables between its two markers. Raise ValueError if the markers are missing."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks {BEGIN!r} or {END!r}")
    return f"{head}{BEGIN}\n\n{format_tables()}\n{END}{tail}"


def format_tables() -> str:
    """Return a table for each record, the whole config's first."""
    return "\n".join(format_section(record) for record in list_records(get_record(Compose)))


def format_section(record: ConfigRecord) -> str:
    """Return a record's heading, its description and the table of its keys."""
    title = "Top level" if record.model is Compose else f"`{record.name}`"
    head = f"### {title}\n\n{record.doc}\n\n| key | value | default | meaning |\n|---|---|---|---|\n"
    return head + "".join(format_row(key) for key in record.keys)


def format_row(key: ConfigKey) -> str:
    """Return a key's row."""
    only = f" Only {', '.join(f'`{kind}`' for kind in key.kinds)}." if key.kinds else ""
    cells = (
        f"`{key.name}`",
        escape_cell(describe_value(key.value_type)),
        describe_default(key),
        escape_cell(key.doc) + only,
    )
    return f"| {' | '.join(cells)} |\n"


def escape_cell(text: str) -> str:
    """Return a text escaped for a table."""
    return text.replace("|", "\\|")


def describe_value(value_type: ValueType[Any]) -> str:
    """Return in words what a key takes, with links to the tables of records."""
    match value_type:
        case RecordOf(model=model):
            return f"a mapping: {link_to(model)}"
        case MapOf(value=RecordOf(model=model), singular=singular):
            return f"{singular} names, each with {link_to(model)}"
        case ListOf(item=RecordOf(model=model)):
            return f"a list of {link_to(model)}"
        case TrueOr(value=value):
            return f"true, false or {describe_value(value)}"
        case BuilderName():
            return " | ".join(list_builder_words())
        case _:
            return value_type.describe()


def link_to(model: type) -> str:
    """Return a link to the table of a record."""
    return f"[{get_record_name(model)}](#{get_record_name(model)})"


def describe_default(key: ConfigKey) -> str:
    """Return the cell with a key's default; empty if its meaning says it."""
    if key.required:
        return "required"
    if key.default in (None, (), {}):
        return ""
    return f"`{as_yaml(key.default)}`"


def as_yaml(value: Any) -> str:
    """Return a default as YAML has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return str(value)
