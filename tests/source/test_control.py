"""What a debian/control says."""

from __future__ import annotations

from composelib.source.control import read_provides

CONTROL = b"""\
Source: exim4
# why
Build-Depends: debhelper

Package: exim4
Provides: mail-transport-agent (= 1), ${foo:Provides},
# a comment
 smtpd

Package: exim4-doc
"""


def test_names_that_packages_provide_are_read_and_variables_are_not() -> None:
    assert read_provides(CONTROL) == {"exim4": "mail-transport-agent smtpd"}


def test_a_malformed_text_provides_nothing() -> None:
    assert read_provides(b"no field") == read_provides(b"") == {}
