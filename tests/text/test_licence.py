from __future__ import annotations

import pytest

from composelib.text.licence import list_references, make_expression


@pytest.mark.parametrize(
    ("licences", "expression"),
    [
        ([], ""),
        (["Expat"], "MIT"),
        (["GPL-2+", "Expat", "GPL-2+"], "GPL-2.0-or-later AND MIT"),
        (["GPL-2+ or Artistic, and BSD-3-clause"], "(GPL-2.0-or-later OR Artistic-1.0-Perl) AND BSD-3-Clause"),
        (["LGPL-2.1 and Perl"], "LGPL-2.1-only AND (Artistic-1.0-Perl OR GPL-1.0-or-later)"),
        (["GFDL-NIV-1.3+"], "GFDL-1.3-no-invariants-or-later"),
        (["GPL-2 with Classpath exception"], "GPL-2.0-only WITH Classpath-exception-2.0"),
        (["GPL-3+ with Odd exception"], "LicenseRef-Debian-GPL-3-or-later-with-Odd-exception"),
        (["AGPL-2", "public-domain"], "LicenseRef-Debian-AGPL-2 AND LicenseRef-Debian-public-domain"),
    ],
)
def test_debians_names_become_an_expression(licences: list[str], expression: str) -> None:
    assert make_expression(licences) == expression


def test_names_of_our_own_are_listed_once() -> None:
    expressions = [make_expression(["other", "MIT"]), make_expression(["other or more"])]
    assert [*list_references(expressions)] == [
        ("LicenseRef-Debian-more", "more"),
        ("LicenseRef-Debian-other", "other"),
    ]
