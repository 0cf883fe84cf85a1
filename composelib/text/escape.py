"""Text from outside made safe to print: a terminal neither obeys it nor shows it in another order."""

from __future__ import annotations

LONGEST = 200


def escape(text: str) -> str:
    """Write control characters, marks of writing direction and other invisible characters as Python escapes."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def excerpt(text: str) -> str:
    """Return the escaped beginning of a text of any length."""
    return escape(text[:LONGEST]) + ("…" if len(text) > LONGEST else "")
