"""Reading a value of any type: the types' own readers are registered by the modules beside this one."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from composelib.config.yaml.nodes import Node, describe
from composelib.config.yaml.problems import Problems
from composelib.model.keys.value_types import ValueType

INVALID: Any = object()
"""The result of reading a node that is wrong; the reason is noted in the problems."""


@singledispatch
def read_value(value_type: ValueType[Any], node: Node, path: str, problems: Problems) -> Any:
    """Return the value of a node, its strings as Words, or INVALID with the reason added to `problems`."""
    raise NotImplementedError(f"no reader for {value_type} at {path}")


def refuse(value_type: ValueType[Any], node: Node, path: str, problems: Problems, hint: str = "") -> Any:
    """Add a problem for a node that is not of a type; return INVALID."""
    problems.add(node.origin, path, f"expected {value_type.describe()}, got {describe(node)}", hint)
    return INVALID
