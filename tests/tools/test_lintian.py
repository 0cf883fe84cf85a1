from __future__ import annotations

from composelib.tools import lintian

PRINTED = """\
running with root privileges is not recommended!
E: greeter: no-copyright-file
W: greeter source: no-nmu-in-changelog [debian/changelog:1]
W: greeter: no-manual-page [usr/bin/greeter]
W: greeter: no-manual-page [usr/bin/greeter]
N: a note
O: greeter: overridden
"""


def test_the_lines_that_are_tags_are_read_once_each() -> None:
    assert [str(tag) for tag in lintian.read_tags(PRINTED)] == [
        "greeter: no-copyright-file",
        "greeter: no-manual-page [usr/bin/greeter]",
        "greeter: no-nmu-in-changelog [debian/changelog:1]",
    ]
    assert [tag.severity for tag in lintian.read_tags(PRINTED)] == ["error", "warning", "warning"]
