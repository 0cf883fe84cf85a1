"""What the fields of a source package say that its build needs: Build-Depends and the like, for an arch and profiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from composelib.archive.format.relation import Relation, RelationError, is_applicable, parse_relations
from composelib.errors import ComposeError


def list_build_depends(
    record: Mapping[str, Any],
    arch: str,
    profiles: tuple[str, ...],
    *,
    everything: bool,
    is_available: Callable[[str], bool] = bool,
) -> list[Relation]:
    """Return the relations that must hold: of alternatives the first that is available, else the first that applies.

    Debian's build daemons take the first that applies. `record` is that of a source package. Raise RelationError.
    """
    return choose_relations(record, "build_depends", arch, profiles, everything=everything, is_available=is_available)


def list_build_conflicts(
    record: Mapping[str, Any], arch: str, profiles: tuple[str, ...], *, everything: bool
) -> list[Relation]:
    """Return the relations that must not hold. Raise RelationError."""
    return choose_relations(record, "build_conflicts", arch, profiles, everything=everything)


def choose_relations(
    record: Mapping[str, Any],
    field: str,
    arch: str,
    profiles: tuple[str, ...],
    *,
    everything: bool,
    is_available: Callable[[str], bool] = bool,
) -> list[Relation]:
    """Return a relation of each clause of a field, of its variant for arches and, if `everything`, for `all`."""
    names = [field, f"{field}_arch", *([f"{field}_indep"] if everything else [])]
    clauses = [clause for name in names for clause in parse_relations(record.get(name, ""))]
    applicable = ([relation for relation in clause if is_applicable(relation, arch, profiles)] for clause in clauses)
    return [
        next((relation for relation in relations if is_available(relation.name)), relations[0])
        for relations in applicable
        if relations
    ]


def describe_malformed(label: str, error: RelationError) -> ComposeError:
    """Return the error of a source package whose Build-Depends or the like cannot be read."""
    return ComposeError(
        f"{label}: what it needs to be built is malformed: {error}", "mend its debian/control by a patch"
    )
