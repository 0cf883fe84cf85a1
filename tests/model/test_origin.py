from __future__ import annotations

from composelib.model.origin import Origin


def test_an_origin_is_written_as_compilers_do() -> None:
    assert str(Origin("composes/demo.yaml", 7, 3)) == "composes/demo.yaml:7:3"
