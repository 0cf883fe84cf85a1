"""Errors as the user reads them."""

from __future__ import annotations

import pytest

from composelib.errors import ComposeError, ConfigError, MachineError, TrustError, locate_errors


def test_errors_begin_with_their_origin_once() -> None:
    with (
        pytest.raises(TrustError, match=r"^x.yaml:1:2: archive a: no; mend it$"),
        locate_errors("x.yaml:1:2", "archive a"),
    ):
        raise TrustError("no", "mend it")
    with pytest.raises(TrustError, match=r"^x.yaml:1:2: no$"), locate_errors("x.yaml:1:2", "archive a"):
        raise TrustError("x.yaml:1:2: no")
    with pytest.raises(TrustError, match=r"^x.yaml:1:2: archive a: no$"), locate_errors("x.yaml:1:2", "archive a"):
        raise TrustError("archive a: no")


def test_an_error_is_its_message_and_its_cure() -> None:
    assert str(ConfigError("demo.yaml:3:1: archs: unknown key", "did you mean 'arches'?")) == (
        "demo.yaml:3:1: archs: unknown key; did you mean 'arches'?"
    )
    assert str(ComposeError("it failed")) == "it failed"


def test_the_kinds_have_their_exit_statuses() -> None:
    assert [kind.status for kind in (ComposeError, ConfigError, MachineError, TrustError)] == [1, 2, 3, 4]
