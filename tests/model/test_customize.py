from __future__ import annotations

import pytest

from composelib.model.customize import Customize


@pytest.mark.parametrize(
    ("locale", "generated"), [("", ""), ("C", ""), ("C.UTF-8", ""), ("POSIX", ""), ("de_DE.UTF-8", "de_DE.UTF-8")]
)
def test_a_locale_that_libc_has_is_not_generated(locale: str, generated: str) -> None:
    assert Customize(locale=locale).generated_locale == generated
