from __future__ import annotations

import pytest

from composelib.config.keys.read_value import INVALID, read_value, refuse
from composelib.config.yaml.nodes import Scalar
from composelib.config.yaml.problems import Problems
from composelib.model.keys import value_types
from composelib.model.keys.package_entry import PackageEntry
from composelib.model.keys.value_types import Flag, ValueType
from composelib.model.origin import Origin

NODE = Scalar(Origin("c.yaml", 1, 4), "perhaps")
TYPES = [value for value in vars(value_types).values() if isinstance(value, type) and issubclass(value, ValueType)]


@pytest.mark.parametrize("value_type", [PackageEntry, *(value for value in TYPES if value is not ValueType)])
def test_every_type_of_value_has_a_reader(value_type: type) -> None:
    assert read_value.dispatch(value_type) is not read_value.dispatch(ValueType)


def test_a_type_without_a_reader_is_a_bug() -> None:
    with pytest.raises(NotImplementedError, match=r"no reader for .* at k"):
        read_value(ValueType(), NODE, "k", Problems())


def test_a_refused_value_is_noted_with_its_origin_and_cure() -> None:
    problems = Problems()
    assert refuse(Flag(), NODE, "k", problems, "write true") is INVALID
    assert [str(problem) for problem in problems.by_origin.values()] == [
        "c.yaml:1:4: k: expected true | false, got 'perhaps'; write true"
    ]
