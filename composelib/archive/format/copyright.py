"""Machine-readable copyright files (debian.org/doc/packaging-manuals/copyright-format/1.0): the licences that they name."""

from __future__ import annotations

import re

FORMAT = re.compile(r"\A\s*(?:Format|Format-Specification):[ \t]*\S*(?:copyright-format|dep5)", re.IGNORECASE)
PARAGRAPH = re.compile(r"\n(?:[ \t]*\n)+")
FILES = re.compile(r"^Files:", re.MULTILINE | re.IGNORECASE)
LICENCE = re.compile(r"^License:[ \t]*(.*)", re.MULTILINE | re.IGNORECASE)


def list_licences(text: str) -> list[str]:
    """Return the licences of all files, each as written once and sorted; none if the text is not machine-readable.

    Standalone paragraphs of licences have only the text of what others name.
    """
    if not FORMAT.match(text):
        return []
    head, *paragraphs = PARAGRAPH.split(text.replace("\r\n", "\n").strip("\n"))
    chosen = [head, *(paragraph for paragraph in paragraphs if FILES.search(paragraph))]
    lines = [match[1] for paragraph in chosen if (match := LICENCE.search(paragraph))]
    return sorted({" ".join(line.split()) for line in lines} - {""})
