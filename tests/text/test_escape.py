from __future__ import annotations

import io

from composelib.text.escape import LONGEST, escape, escape_stream, excerpt


def test_what_is_printable_stays() -> None:
    assert escape("Stra\u00dfe \u4e2d") == "Stra\u00dfe \u4e2d"


def test_what_a_terminal_obeys_is_escaped() -> None:
    assert escape("a\x1b[2J\nb\u202ec\x9b") == "a\\x1b[2J\\nb\\u202ec\\u009b"


def test_bytes_that_are_no_text_are_escaped() -> None:
    assert escape(b"\xff".decode(errors="surrogateescape")) == "\\udcff"


def test_only_the_beginning_of_a_long_text_is_shown() -> None:
    assert excerpt("x" * (LONGEST + 1)) == "x" * LONGEST + "\u2026"
    assert excerpt("x" * LONGEST) == "x" * LONGEST


def test_a_stream_escapes_all_but_the_ends_of_lines_and_tabs() -> None:
    escape_stream(stream := io.StringIO()).write("a\tb\x1b\n")
    assert stream.getvalue() == "a\tb\\x1b\n"


def test_a_stream_escapes_once() -> None:
    escape_stream(escape_stream(stream := io.StringIO())).write("\x1b")
    assert stream.getvalue() == "\\x1b"
