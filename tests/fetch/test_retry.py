from __future__ import annotations

from collections.abc import Callable

import pytest

from composelib.errors import TrustError
from composelib.fetch.errors import NetworkError
from composelib.fetch.retry import PROGRESS, PassingError, Patience, choose_pause, persist

QUICK = Patience(tries=3, pause=0, longest_pause=0)


def failing(*reached: int) -> Callable[[], str]:
    """Make an attempt that fails, having reached so many bytes, and then succeeds."""
    failures = iter(reached)

    def attempt() -> str:
        for size in failures:
            raise PassingError(TrustError("broke off", "hint"), reached=size)
        return "all"

    return attempt


def test_an_attempt_that_succeeds_at_last_is_a_success() -> None:
    assert persist(failing(0, 0), QUICK) == "all"


def test_an_error_says_how_often_it_was_tried() -> None:
    with pytest.raises(TrustError, match=r"^broke off \(tried 3 times\); hint$"):
        persist(failing(0, 0, 0), QUICK)


def test_an_error_of_the_only_try_says_nothing_of_tries() -> None:
    with pytest.raises(TrustError, match=r"^broke off; hint$"):
        persist(failing(0), Patience(tries=1))


def test_progress_gives_back_the_tries() -> None:
    assert persist(failing(*(number * PROGRESS for number in range(10))), QUICK) == "all"


def test_coming_as_far_as_before_is_no_progress() -> None:
    with pytest.raises(TrustError, match="tried 6 times"):
        persist(failing(PROGRESS, 0, 2 * PROGRESS, 0, PROGRESS, 2 * PROGRESS, 0, 0), Patience(tries=4, pause=0))


def test_another_error_is_raised_at_once() -> None:
    def attempt() -> None:
        raise NetworkError("no")

    with pytest.raises(NetworkError, match=r"^no$"):
        persist(attempt, QUICK)


def test_pauses_grow_up_to_the_longest() -> None:
    patience = Patience(pause=1, longest_pause=10)
    assert 0.5 <= choose_pause(1, 0, patience) <= 1.5
    assert 2 <= choose_pause(3, 0, patience) <= 6
    assert choose_pause(9, 0, patience) == 10


def test_a_server_may_ask_for_a_longer_pause_within_bounds() -> None:
    patience = Patience(pause=1, longest_pause=10)
    assert choose_pause(1, 5, patience) == 5
    assert choose_pause(1, 500, patience) == 10
