"""A config says which versions of the program it is written for."""

from __future__ import annotations

from pathlib import Path

import pytest

from composelib.config import load
from composelib.config.checks import requires
from composelib.config.checks.requires import is_satisfied
from composelib.errors import ConfigError


@pytest.mark.parametrize("requirement", [">=0.3", ">=0.3, <1", "==0.10", ">=0.9.9", ">=0.10.0", "<0.11"])
def test_a_version_within_the_bounds_satisfies(requirement: str) -> None:
    assert is_satisfied(requirement, "0.10")


@pytest.mark.parametrize("requirement", [">=0.11", "<0.10", "==0.1", ">=0.3,<0.10"])
def test_a_version_outside_a_bound_does_not(requirement: str) -> None:
    assert not is_satisfied(requirement, "0.10")


def test_another_version_is_the_only_error_of_a_config_that_has_unknown_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requires, "VERSION", "0.3")
    config = tmp_path / "demo.yaml"
    config.write_text('futuristic: true\nrequires: ">=0.4"\n')
    with pytest.raises(ConfigError) as error:
        load(config)
    assert "demo.yaml:2:11: requires: this is deb-compose 0.3, not >=0.4; install that version" in str(error.value)
    assert "futuristic" not in str(error.value)


def test_a_number_of_thousands_of_digits_is_no_version(tmp_path: Path) -> None:
    config = tmp_path / "demo.yaml"
    config.write_text(f'requires: ">={"9" * 5000}"\n')
    with pytest.raises(ConfigError, match=r"demo.yaml:1:11: requires: "):
        load(config)
