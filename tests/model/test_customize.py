from __future__ import annotations

from composelib.model.customize import read_id


def test_an_id_that_is_not_written_is_none() -> None:
    assert (read_id("950"), read_id("")) == (950, 0)
