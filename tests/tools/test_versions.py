from __future__ import annotations

import pytest

from composelib.tools.versions import is_older, split_numbers


@pytest.mark.parametrize(("version", "minimum"), [("1.4.5", "1.4.6"), ("1.9", "1.10"), ("2", "2.0.1"), ("0.99", "1")])
def test_versions_are_compared_number_by_number(version: str, minimum: str) -> None:
    assert is_older(version, minimum)
    assert not is_older(minimum, version)


def test_zeros_at_the_end_make_no_difference() -> None:
    assert split_numbers("2.0.0") == split_numbers("2")
    assert not is_older("2.0", "2.0.0")
