from __future__ import annotations

from composelib.archive.format.copyright import list_licences

TEXT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: tool
License: Expat

Files: *
Copyright: 2020 A
License: GPL-2+
 This is free software.
 .
 License: of the text

Files: debian/*
Copyright: 2021 B
License: GPL-2+   or  Artistic

License: Artistic
 The text.
"""


def test_the_licences_of_files_and_of_the_whole_are_listed_once() -> None:
    assert list_licences(TEXT) == ["Expat", "GPL-2+", "GPL-2+ or Artistic"]


def test_prose_has_none() -> None:
    assert list_licences("This package was debianized by A.\n\nLicense: GPL\n") == []
    assert list_licences("") == []
