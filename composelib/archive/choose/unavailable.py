"""Why packages that are there do not satisfy a relation: their version, their arch, or a Provides without a version."""

from __future__ import annotations

from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.packages.world import World, is_provided
from composelib.archive.format.relation import Relation
from composelib.archive.format.version import satisfies


def describe_unavailable(item: Relation, arch: str, world: World) -> str:
    """Describe why no package satisfies a relation of a package of `arch` by its name; '' if no archive has the name."""
    universes = world.universes(arch)
    packages = [package for universe in universes for package in list_named(item.name, universe)]
    providers = [provider for universe in universes for provider in universe.providers(item.name)]
    if (
        (packages or providers)
        and item.qualifier not in {"", "any", "native"}
        and world.universe(item.qualifier) is None
    ):
        return (
            f"packages of {item.qualifier} are not chosen here: 'multiarch: {{foreign: [{item.qualifier}]}}' adds them"
        )
    if packages and not any(satisfies(package.version, item.operator, item.version) for package in packages):
        versions = dict.fromkeys(map(describe_version, packages))
        return f"no archive has a version that fits (arch {arch}); available: {', '.join(versions)}"
    if packages:
        return describe_arch(item, arch, packages)
    if providers and not any(is_provided(version, item) for _, version in providers):
        provided = dict.fromkeys(f"{package.name} {version or 'without a version'}" for package, version in providers)
        return f"no archive has a version that fits (arch {arch}); provided: {', '.join(provided)}"
    if providers:
        names = ", ".join(dict.fromkeys(package.name for package, _ in providers))
        return f"provided by {names} alone, which cannot satisfy a relation of a package of {arch}"
    return ""


def list_named(name: str, universe: Universe) -> list[Package]:
    """Return the packages of a name, the best first, then those that a pin below 0 leaves out."""
    return [*universe.versions(name), *(package for package in universe.find_barred(name) if package.name == name)]


def describe_version(package: Package) -> str:
    """Return a package's version, with the lookaside that has it."""
    return f"{package.version} (lookaside {package.archive})" if package.lookaside else package.version


def describe_arch(item: Relation, arch: str, packages: list[Package]) -> str:
    """Describe why no package of the right name and version serves a package of `arch`."""
    if item.qualifier == "any":
        return f"{item.name} is not 'Multi-Arch: allowed', which ':any' asks for"
    arches = ", ".join(dict.fromkeys(package.architecture for package in packages))
    if item.qualifier:
        return f"{item.name} is there for {arches} alone"
    cause = f"it is there for {arches} alone, and not 'Multi-Arch: foreign'"
    return f"no package of this name can satisfy a relation of a package of {arch}: {cause}"
