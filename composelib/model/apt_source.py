"""What users give apt to reach a variant's repository."""

from __future__ import annotations

from composelib.model.compose import Compose
from composelib.model.variant import OPTIONAL, Variant

SERVER = "http://SERVER"
"""Stands for the address where the config has no `base-url`: the reader fills it in."""


def format_sources(compose: Compose, signed_by: str) -> str:
    """Return a stanza for each variant's repository (sources.list(5)), whose key is in the file `signed_by`."""
    return "\n".join(format_source(compose, variant, signed_by) for variant in compose.variants)


def format_source(compose: Compose, variant: Variant, signed_by: str) -> str:
    """Return the stanza of a variant's repository."""
    base = compose.base_url.rstrip("/") or SERVER
    path = compose.paths.repository(variant.name).relative_to(compose.paths.tree)
    components = (name for name in variant.components("") if name not in {OPTIONAL, "debug"})
    fields = {
        "Types": "deb deb-src" if variant.sources else "deb",
        "URIs": f"{base}/{path}/",
        "Suites": compose.release.codename,
        "Components": " ".join(components),
        "Signed-By": signed_by,
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())
