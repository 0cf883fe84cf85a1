"""Find what must be built before a source package, by the names of the packages that the others build, and what these provide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from composelib.archive.choose.packages.universe import Universe
from composelib.archive.format.relation import RelationError
from composelib.building.build_relations import describe_malformed, list_build_depends
from composelib.errors import ComposeError
from composelib.fetch.package_listing import open_listing
from composelib.files import write_file
from composelib.text.json_file import read_json

if TYPE_CHECKING:
    from composelib.stages.buildorder import BuiltSource, OrderJob

Needs = Mapping[str, Mapping[str, str]]
"""By source: the sources that it needs, each with the package that it needs of it."""


def find_order(job: OrderJob) -> None:
    """Write the list of the stanzas that the builds before this one leave."""
    sources = [source for source in job.sources if source.record.is_file()]  # a failable one may be absent
    records = {source.name: read_json(source.record) for source in sources}
    needs = find_needs(job, records)
    chain = find_cycle(needs, job.source)
    if chain:
        raise ComposeError(
            f"{job.label}: it cannot be built before itself: {'; '.join(chain)}",
            "leave one of them to the archives, or build it with a profile that needs less",
        )
    earlier = list_before(needs, job.source)
    stanzas = [path for source in sources if source.name in earlier for path in source.stanzas]
    write_file(job.output, "".join(f"{path}\n" for path in stanzas))


def find_needs(job: OrderJob, records: Mapping[str, Any]) -> Needs:
    """Return what each source needs of the others, by their records."""
    archives = Universe([open_listing(archive) for archive in job.archives], job.arch)
    built, provided = name_builders(records), name_providers(records)
    virtual = {package: builder for package, builder in provided.items() if not archives.has_name(package)}

    def is_available(package: str) -> bool:
        return package in built or package in virtual or archives.has_name(package)

    needs = {}
    for source in (source for source in job.sources if source.name in records):
        name = source.name
        archive = f"{name.partition(':')[0]}:"
        siblings = {package: builder for package, builder in built.items() if builder.startswith(archive)}
        packages = list_needed_packages(job, source, records[name], is_available)
        needed = {(virtual | built | siblings).get(package, name): package for package in packages}
        needs[name] = {builder: package for builder, package in needed.items() if builder != name}
    return needs


def name_builders(records: Mapping[str, Any]) -> dict[str, str]:
    """Return by which source each package is built."""
    return {row["package"]: name for name, record in records.items() for row in record["binaries"]}


def name_providers(records: Mapping[str, Any]) -> dict[str, str]:
    """Return which source builds a package that provides a name."""
    return {
        provided: name
        for name, record in records.items()
        for row in record["binaries"]
        for provided in row["provides"].split()
    }


def list_needed_packages(
    job: OrderJob, source: BuiltSource, record: Mapping[str, Any], is_available: Callable[[str], bool]
) -> list[str]:
    """Return the names of the packages that a source is built with; none if another's than the job's says it wrongly.

    Raise ComposeError if the job's own does: each one fails by itself.
    """
    try:
        relations = list_build_depends(
            record, job.arch, source.profiles, everything=job.everything, is_available=is_available
        )
    except RelationError as error:
        if source.name == job.source:
            raise describe_malformed(job.label, error) from None
        return []
    return [relation.name for relation in relations]


def list_before(needs: Needs, source: str) -> set[str]:
    """Return all sources that a source needs, directly or through others."""
    earlier: set[str] = set()
    waiting = [source]
    while waiting:
        further = needs[waiting.pop()].keys() - earlier
        earlier |= further
        waiting += further
    return earlier


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
