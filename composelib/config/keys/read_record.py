"""The reader of records: mappings whose keys the model declares."""

from __future__ import annotations

from typing import Any

from composelib.config.keys.read_value import INVALID, read_value, refuse
from composelib.config.keys.record import get_record
from composelib.config.keys.settings import Settings
from composelib.config.yaml.nodes import Mapping, Node, Scalar
from composelib.config.yaml.problems import Problems, find_similar, suggest_candidate
from composelib.model.keys.value_types import RecordOf
from composelib.model.origin import Origin


@read_value.register(RecordOf)
def read_record(value_type: RecordOf[Any], node: Node, path: str, problems: Problems) -> Any:
    """Return the Settings of a record; unknown keys and wrong values are noted, missing keys are not."""
    if not isinstance(node, Mapping):
        return refuse(value_type, node, path, problems)
    record = get_record(value_type.model)  # type: ignore[arg-type] # every class is hashable
    keys = {key.name: key for key in record.keys}
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for name, value in node.entries.items():
        key = keys.get(name)
        inner = f"{path}.{name}" if path else str(name)
        if key is None:
            problems.add(name.origin, inner, "unknown key", suggest_candidate(name, keys))
            problems.misspelt.add((path, find_similar(name, keys)))
            continue
        origins[key.name] = name.origin
        if isinstance(value, Scalar) and value.plain and not value.text:
            hint = f"write {key.value_type.describe()}, or leave the key out"
            problems.add(name.origin, inner, "has no value", hint)
            continue
        result = read_value(key.value_type, value, inner, problems)
        if result is not INVALID:
            values[key.name] = result
    return Settings(record, node.origin, path, values, origins)
