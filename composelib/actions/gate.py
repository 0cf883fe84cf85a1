"""Compare what can be installed from a variant with what could be installed from it in the last published compose."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.archive.choose.exclusion import Exclusion
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.world import World
from composelib.archive.explain.seed_share import make_chosen_world
from composelib.archive.explain.why import selects_package
from composelib.archive.format import repository
from composelib.errors import ComposeError
from composelib.files import write_file
from composelib.model.origin import Seed
from composelib.tools import dose
from composelib.verify.published_suite import open_published_suite

if TYPE_CHECKING:
    from composelib.stages.gate import GateJob, InstallSources, VariantSeeds


def compare_with_published(job: GateJob, published: str) -> None:
    """Write a report of the comparison with a published compose, by its name; empty if nothing is published.

    Raise ComposeError naming each package that is worse.
    """
    worse = find_worse(job, job.latest.with_name(published)) if published else {}
    print(f"compared with {published}: {len(worse)} packages are worse" if published else "nothing is published yet")
    if worse:
        lines = "".join(f"\n  {package}: {reason}" for package, reason in sorted(worse.items()))
        packages = f"{len(worse)} package{'s' * (len(worse) != 1)} of {job.variant}"
        raise ComposeError(
            f"{packages} could be installed in {published} and now cannot be:{lines}\n",
            "fix them, or let this compose through with `gate: off`",
        )
    write_file(job.report, json.dumps({"version": 1, "compared": published}, sort_keys=True) + "\n")


def find_worse(job: GateJob, tree: Path) -> dict[str, str]:
    """Return the packages that could be installed from a published compose and now cannot be, each with the reason."""
    former = find_former_sources(job, tree)
    if not former.indices:
        return {}
    installable = read_names(former.indices) - find_broken(former).keys()
    return dict(list_lost(installable, former, job))


def find_former_sources(job: GateJob, tree: Path) -> InstallSources:
    """Return the Packages files of a published compose for the same machine."""
    lookasides = [path for lookaside in job.lookasides for path in find_indices(tree, lookaside, job.sources)]
    return replace(
        job.sources,
        indices=find_indices(tree, job.variant, job.sources),
        background=(*lookasides, *job.lookaside_pkgsets),
    )


def find_indices(tree: Path, variant: str, sources: InstallSources) -> tuple[Path, ...]:
    """Return a variant's Packages files in a published compose, whatever its suite and components are called."""
    arches = (sources.arch, *sources.foreign)
    dists = tree / variant / "repo" / "dists"
    indices = tuple(path for arch in arches for path in sorted(dists.glob(f"*/*/binary-{arch}/Packages")))
    for folder in dict.fromkeys(path.parents[2] for path in indices):
        suite = open_published_suite(tree, folder)
        for path in (path for path in indices if path.is_relative_to(folder)):
            suite.read(str(path.relative_to(folder)))
    return indices


def list_lost(installable: set[str], former: InstallSources, job: GateJob) -> Iterator[tuple[str, str]]:
    """Yield the packages that are broken, or gone though a seed asks for them, each with the reason."""
    broken = find_broken(job.sources)
    for name in installable & broken.keys():
        yield name, broken[name]
    gone = installable - read_names(job.sources.indices) - read_names(job.sources.background)
    if not gone:
        return
    texts = b"\n".join(path.read_bytes() for path in former.indices)
    world = make_chosen_world(texts, former.arch, former.foreign)
    excluded = Exclusion(job.seeds.exclude, world)
    for name in gone:
        for universe in world.universes(former.arch):
            for package in universe.versions(name)[:1]:
                seed = find_seed(package, job.seeds, excluded, world)
                if seed:
                    yield name, f"it is not in the compose any more; {seed.text!r} ({seed.origin}) asks for it"


def find_seed(package: Package, seeds: VariantSeeds, excluded: Exclusion, world: World) -> Seed | None:
    """Return the first seed that asks for a package of the published compose, if any does."""
    native = world.arch_of(package) == world.native.arch
    candidates = seeds.pinned if excluded(package) else seeds.entries if native else seeds.foreign
    return next((seed for seed in candidates if selects_package(seed, package, world)), None)


def read_names(paths: Iterable[Path]) -> set[str]:
    """Return the names of the packages in Packages files, whatever their arches."""
    return {
        repository.read_field(stanza, "Package")
        for path in paths
        for stanza in path.read_bytes().split(b"\n\n")
        if stanza.strip()
    }


def find_broken(sources: InstallSources) -> dict[str, str]:
    """Return the packages that cannot be installed, each with the reason."""
    argv = dose.debcheck(sources.arch, sources.foreign, sources.indices, sources.background)
    return {package.package: package.reason for package in dose.check(argv)[1]}
