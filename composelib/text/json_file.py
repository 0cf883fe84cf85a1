"""JSON files: the same text for the same value, whoever writes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from composelib.files import write_file


def json_text(value: Any, *, ascii_only: bool = True) -> str:
    """Return a value as JSON text: keys sorted, one space of indent for each level, a line feed at the end."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=ascii_only) + "\n"


def write_json(path: Path, value: Any, *, ascii_only: bool = True) -> None:
    """Write a value to a JSON file, which appears whole; surrogates become the bytes that `read_json` read."""
    write_file(path, json_text(value, ascii_only=ascii_only).encode("utf-8", "surrogateescape"))


def parse_json(content: str | bytes) -> Any:
    """Return the value of a JSON text, whoever wrote it. Raise ValueError if it is none, or nested deeper than can be read."""
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def read_json(path: Path) -> Any:
    """Return the value in a JSON file; bytes that are not UTF-8 become surrogates."""
    return parse_json(path.read_text("utf-8", "surrogateescape"))
