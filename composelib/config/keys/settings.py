"""Settings: the values that a config has for one record, each key with its origin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from composelib.config.keys.record import ConfigRecord
from composelib.dataclass import dataclass
from composelib.model.keys.declaration import ConfigKey
from composelib.model.origin import Origin


@dataclass(frozen=True)
class Settings:
    """The values that a config has for one record, by key, and the origin of each key."""

    record: ConfigRecord
    origin: Origin
    path: str
    values: dict[str, Any]
    """By key; only keys that are written and valid."""
    origins: dict[str, Origin]
    """By key; all keys that are written, valid or not."""

    def __getitem__(self, name: str) -> Any:
        """Return a key's value, or else its default, or else the value of its type for a key that is not written."""
        if name in self.values:
            return self.values[name]
        key = self.record.key(name)
        return key.value_type.absent if key.default is None else key.default

    def has(self, name: str) -> bool:
        """Return whether a key is written, with a valid value or not."""
        return name in self.origins

    def origin_of(self, name: str) -> Origin:
        """Return the origin of a key, or else of its record."""
        return self.origins.get(name, self.origin)

    def path_of(self, name: str) -> str:
        """Return the path of a key."""
        return f"{self.path}.{name}" if self.path else name

    def applies(self, key: ConfigKey) -> bool:
        """Return whether a key has an effect beside the others that are written."""
        return not key.only_with or any(self.has(name) for name in key.only_with)

    def inner(self) -> Iterator[Settings]:
        """Yield the settings directly within these."""
        for value in self.values.values():
            yield from settings_in(value)

    def over(self, base: Settings) -> Settings:
        """Lay these settings over others of the same record; lists of `appended` keys are put after the base's."""
        appended = {key.name for key in self.record.keys if key.appended}
        values = {name: lay_over(value, base.values.get(name), name in appended) for name, value in self.values.items()}
        return Settings(self.record, self.origin, self.path, base.values | values, base.origins | self.origins)


def settings_in(value: Any) -> Iterator[Settings]:
    """Yield the settings that a value is or holds."""
    if isinstance(value, Settings):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from settings_in(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from settings_in(item)


def lay_over(above: Any, below: Any, append: bool) -> Any:
    """Merge two values of one key: an extending variant's and its base's."""
    if isinstance(above, Settings) and isinstance(below, Settings):
        return above.over(below)
    if isinstance(above, dict) and isinstance(below, dict):
        return below | {name: lay_over(value, below.get(name), append=False) for name, value in above.items()}
    if append and isinstance(above, tuple) and isinstance(below, tuple):
        return below + tuple(item for item in above if item not in below)
    return above
