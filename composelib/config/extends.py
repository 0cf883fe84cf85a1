"""Variants that start from others: `extends`."""

from __future__ import annotations

from dataclasses import replace

from composelib.config.keys.settings import Settings
from composelib.config.yaml.problems import Problems, suggest_candidate


def apply_extends(compose: Settings, problems: Problems) -> Settings:
    """Return the compose with every variant laid over its base; add a problem for unknown and cyclic bases."""
    variants: dict[str, Settings] = compose["variants"]
    extended: dict[str, Settings] = {}

    def extend(name: str, chain: tuple[str, ...]) -> Settings:
        if name not in extended:
            base = find_base(variants, name, chain, problems)
            extended[name] = variants[name].over(extend(base, (*chain, name))) if base else variants[name]
        return extended[name]

    return replace(compose, values=compose.values | {"variants": {name: extend(name, ()) for name in variants}})


def find_base(variants: dict[str, Settings], name: str, chain: tuple[str, ...], problems: Problems) -> str:
    """Return the variant that `name` extends; empty if there is none, or if it is unknown or cyclic."""
    base = variants[name]["extends"]
    if base is None:
        return ""
    path = variants[name].path_of("extends")
    if base not in variants:
        problems.add(base.origin, path, f"there is no variant {str(base)!r}", suggest_candidate(base, variants))
        return ""
    if base in (*chain, name):
        via = " -> ".join((*chain, name, base))
        problems.add(base.origin, path, f"{str(base)!r} extends itself: {via}", "remove one 'extends'")
        return ""
    return str(base)
