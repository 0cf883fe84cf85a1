"""What users give apt to reach a variant's repository."""

from __future__ import annotations

from collections.abc import Iterable

from composelib.model.compose import Compose
from composelib.model.variant import OPTIONAL, Variant

SERVER = "http://SERVER"
"""Stands for the address where the config has no `base-url`: the reader fills it in."""


def format_sources(compose: Compose, signed_by: str) -> str:
    """Return a stanza for each variant's repository (sources.list(5)), whose key is in the file `signed_by`."""
    return "\n".join(format_variant_source(compose, variant, signed_by) for variant in compose.variants)


def format_variant_source(compose: Compose, variant: Variant, signed_by: str) -> str:
    """Return the stanza of a variant's repository."""
    base = compose.base_url.rstrip("/") or SERVER
    path = compose.paths.repository(variant.name).relative_to(compose.paths.tree)
    return format_source_fields(
        uri=f"{base}/{path}/",
        suite=compose.release.codename,
        components=variant.components(""),
        signed_by=signed_by,
        sources=variant.sources,
    )


def format_source_fields(*, uri: str, suite: str, components: Iterable[str], signed_by: str, sources: bool) -> str:
    """Return the stanza of a repository, without the components that are only for those who ask for them."""
    fields = {
        "Types": "deb deb-src" if sources else "deb",
        "URIs": uri,
        "Suites": suite,
        "Components": " ".join(name for name in components if name not in {OPTIONAL, "debug"}),
        "Signed-By": signed_by,
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())
