"""The check of `requires`: whether this version of the program is one that a config is written for."""

from __future__ import annotations

import operator
import re

from composelib.config.yaml.nodes import Mapping, Scalar
from composelib.config.yaml.problems import Problems
from composelib.model.compose import VERSIONS
from composelib.program import INSTALLED, VERSION

OPERATORS = {">=": operator.ge, "<": operator.lt, "==": operator.eq}


def check_requires(config: Mapping, problems: Problems) -> None:
    """Raise ConfigError, with this error alone, if another version is required: it may have keys that this one has not."""
    node = config.entries.get("requires")  # type: ignore[call-overload] # a Word is a str
    if not isinstance(node, Scalar) or not re.fullmatch(VERSIONS, node.text) or is_satisfied(node.text, VERSION):
        return
    alone = Problems(lines=problems.lines)
    alone.add(node.origin, "requires", f"this is {INSTALLED} {VERSION}, not {node.text}", "install that version")
    alone.raise_all()


def is_satisfied(requirement: str, version: str) -> bool:
    """Return whether a version is within all bounds of a requirement such as `>=0.3, <1`."""
    bounds = re.findall(r"(>=|<|==)\s*([0-9.]+)", requirement)
    return all(OPERATORS[sign](split_version(version), split_version(bound)) for sign, bound in bounds)


def split_version(version: str) -> tuple[int, ...]:
    """Return a version's numbers without zeros at the end: 1.0 is 1."""
    numbers = [int(number) for number in version.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
