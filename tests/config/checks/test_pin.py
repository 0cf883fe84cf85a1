from __future__ import annotations

import pytest

from tests.config.conftest import BODY, HEAD, Faults, Loads


@pytest.mark.parametrize(
    ("pin", "expected"),
    [
        ("{packages: [foo], priority: 0}", "pin[0].priority: apt gives 0 no meaning"),
        ("{packages: [foo]}", "pin[0]: the key 'priority' is missing"),
        ("{priority: 9}", "pin[0]: pins everything"),
        ("{packages: [foo], priority: 40000}", "pin[0].priority: expected a whole number from -32767 to 32767"),
        ("{archive: debain, priority: 9}", "pin[0].archive: there is no archive 'debain'; did you mean 'debian'?"),
        ("{suite: bookwrom, priority: 9}", "no archive has a suite 'bookwrom'; did you mean 'bookworm'?"),
        ("{archive: debian, suite: sid, priority: 9}", "archive 'debian' has no suite 'sid'"),
        ("{packages: [a], version: 1*, suite: bookworm, priority: 9}", "pin[0].version: cannot be beside 'archive' or"),
        ("{suite: bookworm, version: 1*, priority: 9}", "pin[0].version: cannot be beside 'archive' or 'suite'"),
        ("{packages: ['*'], version: 1*, priority: 9}", "pin[0].version: has no effect on all packages"),
        ("{packages: ['/(/:any'], priority: 9}", "'/(/:any' is not a regular expression"),
        ("{packages: ['a b'], priority: 9}", "pin[0].packages[0]: expected a name, glob or /regular expression/"),
    ],
)
def test_a_pin_that_means_nothing_is_refused(pin: str, expected: str, faults: Faults) -> None:
    assert expected in faults(f"{HEAD}{BODY}    pin: [{pin}]\n")


def test_a_pin_is_read_with_its_line(loads: Loads) -> None:
    text = "    pin:\n      - {packages: [linux-*, 'src:acl:any'], archive: debian, priority: -1}\n"
    (pin,) = loads(HEAD + BODY + text).variants[0].pin
    assert (pin.packages, pin.archive, pin.priority, pin.origin.line) == (("linux-*", "src:acl:any"), "debian", -1, 9)
