"""`doit why`: from a package back to the line of YAML that asks for it, or why it is missing; and from a seed to its packages."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from composelib.archive.choose.exclusion import Exclusion
from composelib.archive.choose.need import Wish
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.packages.world import World
from composelib.archive.explain import manifest_reader
from composelib.archive.explain.manifest_reader import GatheredPackage
from composelib.archive.explain.seed_share import SeedShare, compute_seed_share
from composelib.archive.explain.why import PackageDemand, find_demand, find_source_demand
from composelib.archive.explain.why_not import MissingContext, explain_absence, is_unknown, join_names
from composelib.archive.format import relation
from composelib.archive.patterns.matcher import is_pattern
from composelib.commands.shared import gathered_archives
from composelib.commands.shared.built_origin import explain_build
from composelib.commands.shared.command_line import format_call, load_current_compose
from composelib.commands.shared.question import Question
from composelib.commands.shared.target import Target, list_seeds, make_rules, make_world
from composelib.engine.doit_commands import Options
from composelib.errors import ConfigError
from composelib.model.arch import SOURCE
from composelib.model.compose import Compose
from composelib.model.origin import Seed
from composelib.model.variant import Variant
from composelib.program import PROGRAM
from composelib.text.size import format_size as size

Json = dict[str, Any]
MAX_NAMES = 10  # names of packages in a line


class WhyCommand(Question):
    """Explains packages."""

    name = "why"
    doc_purpose = "explain why a package is in the compose, or why it is not"
    doc_usage = (
        "[--all] PACKAGE[:ARCH] [VARIANT[:ARCH]] | --not PACKAGE [VARIANT[:ARCH]] | --seed=SEED [VARIANT[:ARCH]]"
    )
    doc_description = (
        f"Reads what the last `{PROGRAM} gather` chose; nothing is run. "
        "A package that no variant has is explained as with --not; exit status 1 if no archive has or provides it."
    )
    cmd_options = (
        {"name": "every", "long": "all", "type": bool, "default": False, "help": "every reason, not only the first"},
        {"name": "absent", "long": "not", "type": bool, "default": False, "help": "explain where it is missing"},
        {"name": "seed", "long": "seed", "type": str, "default": "", "help": "what this entry of the config brings"},
        {"name": "as_json", "long": "json", "type": bool, "default": False, "help": "print JSON"},
    )

    def answer(self, options: Options, words: list[str]) -> int:
        """Print the explanation; return the exit status."""
        return explain(options, words)


def explain(options: Options, words: list[str]) -> int:
    """Print the answer to a command line. Raise ConfigError if it is not valid."""
    position = 0 if options["seed"] else 1
    if not position <= len(words) <= position + 1:
        raise ConfigError(
            f"{PROGRAM} why: it takes a PACKAGE or --seed=SEED, then maybe VARIANT or VARIANT:ARCH",
            f"see `{PROGRAM} help why`",
        )
    if options["every"] and (options["absent"] or options["seed"]):
        raise ConfigError(f"{PROGRAM} why: --all is for a package that is in the compose", "leave out --not and --seed")
    compose = load_current_compose()
    targets = select_targets(compose, words[position] if len(words) > position else "")
    if options["seed"]:
        answers = list(explain_seed(compose, options["seed"], targets))
    else:
        answers = list(explain_package(compose, words[0], targets, absent=options["absent"], every=options["every"]))
    if options["as_json"]:
        print(json.dumps({"version": 1, "answers": [answer for answer, _ in answers]}, indent=1, sort_keys=True))
    else:
        print("\n\n".join("\n".join(lines) for _, lines in answers))
    return int(any(answer.get("unknown") for answer, _ in answers))


Answer = tuple[Json, list[str]]
"""An answer as JSON for a program, and in lines for a person."""


def select_targets(compose: Compose, text: str) -> list[Target]:
    """Return the targets that `VARIANT[:ARCH]` selects, '' standing for all. Raise ConfigError if there are none."""
    targets = [Target(variant, arch) for variant in compose.variants for arch in variant.gathered_arches]
    selected = [target for target in targets if text in {"", target.variant.name, str(target)}]
    if not selected:
        names = [*map(str, targets), *(variant.name for variant in compose.variants)]
        similar = difflib.get_close_matches(text, names, 1)
        hint = f"did you mean {similar[0]}?" if similar else f"there are {', '.join(map(str, targets))}"
        raise ConfigError(f"{text}: no such variant or arch in {compose.config}", hint)
    return selected


def explain_package(
    compose: Compose, text: str, targets: list[Target], *, absent: bool, every: bool
) -> Iterator[Answer]:
    """Yield the chain of each package of a name in each target, unless `absent`.

    Yield why it is missing from targets if `absent`, or if no target has it.
    """
    name, _, arch = text.partition(":")
    lists = {target: gathered_archives.read_rows(compose, target.variant.name, target.arch) for target in targets}
    if not any(rows is not None for rows in lists.values()):
        raise ConfigError(f"{compose.name}: nothing was gathered yet", format_call(compose, "gather"))
    missing = []
    present = False
    for target, rows in lists.items():
        matching = [row for row in rows or () if row.package == name and arch in {"", row.architecture}]
        present = present or bool(matching)
        if not matching and target.arch != SOURCE and rows is not None:
            missing.append(target)
        if not absent:
            for row in matching:
                chain_rows = [*(rows or ()), *read_related_rows(compose, target)]
                reasons = explain_every_reason(compose, target, row) if every else ({}, [])
                chain = join_answers(explain_chain(target, row, chain_rows), explain_build(compose, row))
                yield join_answers(chain, reasons)
    if absent or not present:
        yield from explain_missing(compose, missing, name)
    if absent and not missing:
        yield {"package": name, "places": [], "missing": []}, [f"{name} is in all of {', '.join(map(str, targets))}"]


def read_related_rows(compose: Compose, target: Target) -> Iterator[GatheredPackage]:
    """Yield the rows that chains may lead through besides the target's: of sources for a binary target, and vice versa."""
    arches = target.variant.arches if target.arch == SOURCE else [SOURCE] * target.variant.sources
    return (row for arch in arches for row in gathered_archives.read_rows(compose, target.variant.name, arch) or ())


def explain_chain(target: Target, row: GatheredPackage, rows: list[GatheredPackage]) -> Answer:
    """Return the chain from the config's line down to a package."""
    links = list(manifest_reader.find_chain(row, rows))[::-1]
    head = f"{row.package} {row.version} {row.architecture} is in {target}{format_component(row)}"
    lines = [f"{head}: {size(row.size)}, archive {row.archive}"]
    if row.why.pin:
        lines.append(f"    {row.why.pin}: pins it to {row.why.priority}")
    top = links[0]
    if top.why.seed:
        lines.append(f"    {find_seed_origin(target.variant, top)}: {top.why.seed}")
    for depth, link in enumerate(links, 2):
        reason = f"{link.why.relation} " if link.why.relation and link is not top else ""
        through = f", as {link.why.provides}" if link.why.provides else ""
        lines.append(f"{'  ' * (depth + 1)}{reason}{link.package} {link.version}{through}")
    keys = ("package", "version", "architecture")
    chain = [{key: getattr(link, key) for key in keys} | {"relation": link.why.relation} for link in links]
    answer = {"variant": target.variant.name, "arch": target.arch, "seed": top.why.seed, "chain": chain}
    origin = find_seed_origin(target.variant, top) if top.why.seed else ""
    pin = {"pin": row.why.pin, "priority": row.why.priority} if row.why.pin else {}
    return {**answer, **pin, "package": row.package, "origin": origin}, lines


def join_answers(first: Answer, second: Answer) -> Answer:
    """Join two answers about the same package."""
    return {**first[0], **second[0]}, [*first[1], *second[1]]


def explain_every_reason(compose: Compose, target: Target, row: GatheredPackage) -> Answer:
    """Return everything that asks for a package of a target."""
    if target.arch == SOURCE:
        binary_targets = [Target(target.variant, arch) for arch in target.variant.arches]
        worlds = (make_world(binary, read_chosen(compose, binary)) for binary in binary_targets)
        demand = find_source_demand(row.package, row.version, worlds)
    else:
        demand = find_package_demand(target, row, read_chosen(compose, target))
    lines = [f"    {seed.origin}: {seed.text}, asks for it" for seed in demand.seeds]
    for item in demand.relations:
        alternative = "" if item.alone else ", or another chosen package"
        lines.append(f"    {item.relation} of {join_names(item.packages, MAX_NAMES)}{alternative}")
    asking = [{"seed": seed.text, "origin": str(seed.origin)} for seed in demand.seeds]
    return {"asking": asking, "needing": [asdict(item) for item in demand.relations]}, lines


def read_chosen(compose: Compose, target: Target) -> bytes:
    """Read the stanzas of what was chosen for a target."""
    return compose.paths.gathered_stanzas(target.variant.name, target.arch).read_bytes()


def find_package_demand(target: Target, row: GatheredPackage, chosen: bytes) -> PackageDemand:
    """Find everything that asks for a package among what was chosen."""
    world = make_world(target, chosen)
    universe = world.universe(row.architecture) or world.native
    versions = universe.versions(row.package)
    package = next((package for package in versions if package.version == row.version), None)
    if package is None:  # installer packages are not followed by their relations
        return PackageDemand((), ())
    entries = target.variant.entries(foreign=universe is not world.native)
    return find_demand(package, entries, world, make_rules(target.variant))


def format_component(row: GatheredPackage) -> str:
    """Return a package's component in words; '' for `main`."""
    return "" if row.component == "main" else f", component {row.component}"


def find_seed_origin(variant: Variant, row: GatheredPackage) -> str:
    """Return FILE:LINE:COLUMN of the seed that asks for a package."""
    for seed in list_seeds(variant):
        if seed.text == row.why.seed and row.why.line in {0, seed.origin.line}:
            return str(seed.origin)
    return f"{row.why.file}:{row.why.line}" if row.why.file else f"line {row.why.line}"


def explain_missing(compose: Compose, targets: list[Target], name: str) -> Iterator[Answer]:
    """Yield why targets do not have a package; those with the same reasons together."""
    targets_by_reasons: dict[tuple[str, ...], list[str]] = {}
    stocks = dict.fromkeys((target.arch, target.variant.pin) for target in targets)
    universes = {(arch, pins): gathered_archives.read_universe(compose, arch, pins) for arch, pins in stocks}
    for target in targets:
        universe = universes[target.arch, target.variant.pin]
        reasons = tuple(explain_absence(name, make_context(compose, target, universe)))
        targets_by_reasons.setdefault(reasons, []).append(str(target))
    having = [str(target) for target in select_targets(compose, "") if name in read_names_of(compose, target)]
    present = f", but in {', '.join(having)}" if having else ""
    for reasons, lacking in targets_by_reasons.items():
        lines = [f"{name} is not in {', '.join(lacking)}{present}", *(f"    {reason}" for reason in reasons)]
        unknown = not having and all(is_unknown(name, universe) for universe in universes.values())
        yield {"package": name, "places": lacking, "missing": list(reasons), "unknown": unknown}, lines


def read_names_of(compose: Compose, target: Target) -> set[str]:
    """Return the names of the packages of a target."""
    return {row.package for row in gathered_archives.read_rows(compose, target.variant.name, target.arch) or ()}


def make_context(compose: Compose, target: Target, universe: Universe) -> MissingContext:
    """Return what a target's packages were chosen from, and which were chosen."""
    variant = target.variant
    lookasides = (lookaside.name for lookaside in compose.lookasides(variant))
    aside = tuple((name, gathered_archives.read_rows(compose, name, target.arch) or ()) for name in lookasides)
    rows = gathered_archives.read_rows(compose, variant.name, target.arch) or ()
    return MissingContext(universe, Exclusion(variant.exclude, World(universe)), list_seeds(variant), rows, aside)


def explain_seed(compose: Compose, text: str, targets: list[Target]) -> Iterator[Answer]:
    """Yield what a seed brings to each target that has it. Raise ConfigError if none has."""
    seeds = [(target, seed) for target in targets if target.arch != SOURCE for seed in list_seeds(target.variant)]
    matching = [(target, seed) for target, seed in seeds if matches_seed(text, seed)]
    if not matching:
        similar = difflib.get_close_matches(text, sorted({seed.text for _, seed in seeds}), 1)
        hint = f"did you mean {similar[0]!r}?" if similar else "write it as in the config"
        raise ConfigError(f"{text!r}: no variant asks for this", hint)
    for target, seed in matching:
        path = compose.paths.gathered_stanzas(target.variant.name, target.arch)
        if not path.is_file():
            raise ConfigError(f"{target}: nothing was gathered yet", format_call(compose, f"gather:{target}"))
        yield format_share(target, seed, follow_seed(target, seed, path.read_bytes()))


def matches_seed(text: str, seed: Seed) -> bool:
    """Return whether a text stands for a seed: it is all of its text, or a name in it."""
    if text == seed.text or is_pattern(seed.text):
        return text == seed.text
    return any(item.name == text for clause in relation.parse_relations(seed.text) for item in clause)


def follow_seed(target: Target, seed: Seed, chosen: bytes) -> SeedShare:
    """Follow a seed, and then all other seeds, through what was chosen."""
    variant = target.variant
    wishes = [Wish(item, "packages") for item in list_seeds(variant) if item.text != seed.text]
    return compute_seed_share(Wish(seed, "packages"), wishes, make_world(target, chosen), make_rules(variant))


def format_share(target: Target, seed: Seed, share: SeedShare) -> Answer:
    """Return what a seed brings to a target."""
    count, exclusive = len(share.packages), len(share.exclusive)
    head = f"{seed.origin}: {seed.text}, in {target}: {count} package{'s' * (count != 1)}, {size(share.size)}"
    lines = [f"{head}; {exclusive} of them, {size(share.exclusive_size)}, by it alone (*)"]
    packages = []
    for package, shared in share.packages:
        mark = " " if shared else "*"
        lines.append(f"  {mark} {package.name} {package.version} {package.architecture}, {size(package.size)}")
        fields = {"package": package.name, "version": package.version, "architecture": package.architecture}
        packages.append({**fields, "size": package.size, "shared": shared})
    answer = {"seed": seed.text, "origin": str(seed.origin), "variant": target.variant.name, "arch": target.arch}
    return {**answer, "packages": packages, "size": share.size, "own_size": share.exclusive_size}, lines
