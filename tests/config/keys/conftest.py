"""Reading one value of a config."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from composelib.config.keys.read_value import INVALID, read_value
from composelib.config.yaml.problems import Problems
from composelib.config.yaml.reader import parse
from composelib.model.keys.value_types import ValueType

KEY = "k: "


@dataclass(frozen=True)
class Reading:
    """What a value was read as, and what is wrong with it: COLUMN: PATH: MESSAGE; HINT."""

    value: Any
    faults: list[str]


def read(value_type: ValueType[Any], text: str) -> Reading:
    """Read the value of a key `k` in YAML; its columns count from 4, and a value that is wrong is None."""
    problems = Problems()
    node = parse(f"{KEY}{text}\n".encode(), "c.yaml", problems)
    assert node is not None
    assert not problems
    (value_node,) = node.entries.values()
    value = read_value(value_type, value_node, "k", problems)
    faults = [str(problem).removeprefix("c.yaml:1:") for problem in problems.by_origin.values()]
    return Reading(None if value is INVALID else value, faults)
