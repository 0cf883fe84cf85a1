"""Find what must be built before a source package, by the names of the packages that the others build."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from composelib.building.build_relations import list_build_depends
from composelib.errors import ComposeError
from composelib.files import write_file
from composelib.text.json_file import read_json

if TYPE_CHECKING:
    from composelib.stages.buildorder import OrderJob

Needs = Mapping[str, Mapping[str, str]]
"""By source: the sources that it needs, each with the package that it needs of it."""


def find_order(job: OrderJob) -> None:
    """Write the list of the stanzas that the builds before this one leave."""
    sources = [source for source in job.sources if source.record.is_file()]  # a failable one may be absent
    records = {source.name: read_json(source.record) for source in sources}
    needs = find_needs(records, job.arch, everything=job.everything)
    chain = find_cycle(needs, job.source)
    if chain:
        raise ComposeError(
            f"{job.label}: it cannot be built before itself: {'; '.join(chain)}",
            "leave one of them to the archives, or build it with a profile that needs less",
        )
    before = list_before(needs, job.source)
    stanzas = [path for source in sources if source.name in before for path in source.stanzas]
    write_file(job.output, "".join(f"{path}\n" for path in stanzas))


def find_needs(records: Mapping[str, Any], arch: str, *, everything: bool) -> Needs:
    """Return what each source needs of the others."""
    builders = {row["package"]: name for name, record in records.items() for row in record["binaries"]}
    needs = {}
    for name, record in records.items():
        archive = name.partition(":")[0]
        siblings = {package: builder for package, builder in builders.items() if builder.startswith(f"{archive}:")}
        relations = list_build_depends(record, arch, everything=everything)
        needed = {(builders | siblings).get(relation.name, name): relation.name for relation in relations}
        needs[name] = {builder: package for builder, package in needed.items() if builder != name}
    return needs


def list_before(needs: Needs, source: str) -> set[str]:
    """Return all sources that a source needs, directly or through others."""
    before: set[str] = set()
    waiting = [source]
    while waiting:
        further = needs[waiting.pop()].keys() - before
        before |= further
        waiting += further
    return before


def find_cycle(needs: Needs, source: str) -> list[str]:
    """Return the shortest chain by which a source needs itself, a sentence a link; none if it does not."""
    ways: dict[str, tuple[str, ...]] = {source: ()}
    waiting = [source]
    for name in waiting:
        for needed, package in needs[name].items():
            way = (*ways[name], f"{name} needs {package} of {needed}")
            if needed == source:
                return list(way)
            if needed not in ways:
                ways[needed] = way
                waiting.append(needed)
    return []
