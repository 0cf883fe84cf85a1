"""The composes that come with the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from composelib.config import load


@pytest.mark.parametrize("path", sorted(Path("composes").glob("*.yaml")), ids=str)
def test_every_compose_that_comes_with_the_program_is_right(path: Path) -> None:
    assert load(path).variants
