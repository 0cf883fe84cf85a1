"""Tests of composelib.text.local_url."""

from __future__ import annotations

from composelib.text.local_url import is_local


def test_a_file_url_alone_is_of_this_machine() -> None:
    assert is_local("file:/srv/debs")
    assert is_local("file:///srv/debs")
    assert not is_local("http://127.0.0.1/file:")
