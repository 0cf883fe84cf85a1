"""`doit why`: from a package back to the line of YAML that asked for it, or why it is not there; and the reverse."""

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
from composelib.archive.explain.manifest_reader import Row
from composelib.archive.explain.seed_share import SeedShare, compute_seed_share
from composelib.archive.explain.why import PackageDemand, find_demand, find_source_demand
from composelib.archive.explain.why_not import MissingContext, explain_absence, join_names
from composelib.archive.format import relation
from composelib.archive.patterns.matcher import is_pattern
from composelib.commands import current_compose
from composelib.commands.shared import gathered_archives
from composelib.commands.shared.question import Question
from composelib.commands.shared.variant_arch import Where, lists_of, rules_of, seeds, world_in
from composelib.engine.doit_commands import Options
from composelib.errors import ConfigError
from composelib.model.arch import SOURCE
from composelib.model.compose import Compose
from composelib.model.origin import Seed
from composelib.model.variant import Variant
from composelib.text.size import shown as size

Json = dict[str, Any]
SHOWN = 10  # names of packages in a line


class Why(Question):
    """Explains packages."""

    name = "why"
    doc_purpose = "explain why a package is in the compose, or why it is not"
    doc_usage = (
        "[--all] PACKAGE[:ARCH] [VARIANT[:ARCH]] | --not PACKAGE [VARIANT[:ARCH]] | --seed=SEED [VARIANT[:ARCH]]"
    )
    doc_description = (
        "Reads what the last `doit gather` chose; nothing is run. A package that is nowhere is explained as with --not."
    )
    cmd_options = (
        {"name": "every", "long": "all", "type": bool, "default": False, "help": "every reason, not only the first"},
        {"name": "absent", "long": "not", "type": bool, "default": False, "help": "explain where it is missing"},
        {"name": "seed", "long": "seed", "type": str, "default": "", "help": "what this entry of the config brings"},
        {"name": "as_json", "long": "json", "type": bool, "default": False, "help": "print JSON"},
    )

    def answer(self, options: Options, words: list[str]) -> int:
        """Print the explanation; gives the exit status."""
        return explain(options, words)


def explain(options: Options, words: list[str]) -> int:
    """Answer the question that the command line asks. Raise ConfigError for one that cannot be asked."""
    wanted = 0 if options["seed"] else 1
    if not wanted <= len(words) <= wanted + 1:
        raise ConfigError("doit why: a PACKAGE is wanted, then maybe VARIANT or VARIANT:ARCH", "doit help why")
    if options["every"] and (options["absent"] or options["seed"]):
        raise ConfigError("doit why: --all is about a package that is there", "leave out --not and --seed")
    compose = current_compose()
    places = selected(compose, words[wanted] if len(words) > wanted else "")
    if options["seed"]:
        answers = list(brought(compose, options["seed"], places))
    else:
        answers = list(answered(compose, words[0], places, absent=options["absent"], every=options["every"]))
    if options["as_json"]:
        print(json.dumps({"version": 1, "answers": [answer for answer, _ in answers]}, indent=1, sort_keys=True))
    else:
        print("\n\n".join("\n".join(lines) for _, lines in answers))
    return 0


Answer = tuple[Json, list[str]]
"""For a program, and for a person."""


def selected(compose: Compose, text: str) -> list[Where]:
    """Return the variants and arches that `VARIANT[:ARCH]` means; all without. Raise ConfigError."""
    places = [Where(variant, arch) for variant in compose.variants for arch in lists_of(variant)]
    found = [place for place in places if text in {"", place.variant.name, str(place)}]
    if not found:
        close = difflib.get_close_matches(text, [*map(str, places), *(v.name for v in compose.variants)], 1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(map(str, places))}"
        raise ConfigError(f"{text}: no such variant or arch in {compose.config}", hint)
    return found


def answered(compose: Compose, text: str, places: list[Where], *, absent: bool, every: bool) -> Iterator[Answer]:
    """Return the chain of each package of a name in each place; where it is missing, why, if asked or if it is nowhere."""
    name, _, arch = text.partition(":")
    lists = {place: gathered_archives.rows(compose, place.variant.name, place.arch) for place in places}
    if not any(rows is not None for rows in lists.values()):
        raise ConfigError(f"{compose.name}: nothing was gathered yet", f"doit compose={compose.name} gather")
    missing = []
    present = False
    for place, rows in lists.items():
        found = [row for row in rows or () if row.package == name and arch in {"", row.architecture}]
        present = present or bool(found)
        if not found and place.arch != SOURCE and rows is not None:
            missing.append(place)
        if not absent:
            for row in found:
                known = [*(rows or ()), *other_rows(compose, place)]
                more = every_reason(compose, place, row) if every else ({}, [])
                yield joined(chained(place, row, known), more)
    if absent or not present:
        yield from missed(compose, missing, name)
    if absent and not missing:
        yield {"package": name, "places": [], "missing": []}, [f"{name} is in all of {', '.join(map(str, places))}"]


def other_rows(compose: Compose, place: Where) -> Iterator[Row]:
    """Return the packages that a chain may lead through: sources are there for binaries, and may need others."""
    others = place.variant.arches if place.arch == SOURCE else [SOURCE] * place.variant.sources
    return (row for arch in others for row in gathered_archives.rows(compose, place.variant.name, arch) or ())


def chained(place: Where, row: Row, rows: list[Row]) -> Answer:
    """Return how a package comes to be there, from the config's line down to it."""
    links = list(manifest_reader.find_chain(row, rows))[::-1]
    lines = [
        f"{row.package} {row.version} {row.architecture} is in {place}{of_component(row)}: {size(row.size)}, archive {row.archive}"
    ]
    top = links[0]
    if top.why.seed:
        lines.append(f"    {origin(place.variant, top)}: {top.why.seed}")
    for depth, link in enumerate(links, 2):
        reason = f"{link.why.relation} " if link.why.relation and link is not top else ""
        through = f", as {link.why.provides}" if link.why.provides else ""
        lines.append(f"{'  ' * (depth + 1)}{reason}{link.package} {link.version}{through}")
    keys = ("package", "version", "architecture")
    described = [{key: getattr(link, key) for key in keys} | {"relation": link.why.relation} for link in links]
    answer = {"variant": place.variant.name, "arch": place.arch, "seed": top.why.seed, "chain": described}
    return {**answer, "package": row.package, "origin": origin(place.variant, top) if top.why.seed else ""}, lines


def joined(answer: Answer, more: Answer) -> Answer:
    """Return one answer with another put after it."""
    return {**answer[0], **more[0]}, [*answer[1], *more[1]]


def every_reason(compose: Compose, place: Where, row: Row) -> Answer:
    """Return all that asks for a package of a place."""
    if place.arch == SOURCE:
        machines = [Where(place.variant, arch) for arch in place.variant.arches]
        found = find_source_demand(
            row.package, row.version, (world_in(each, chosen_of(compose, each)) for each in machines)
        )
    else:
        found = demanded(place, row, chosen_of(compose, place))
    lines = [f"    {seed.origin}: {seed.text}, asks for it" for seed in found.seeds]
    for each in found.relations:
        others = "" if each.alone else ", or something else that is there"
        lines.append(f"    {each.relation} of {join_names(each.packages, SHOWN)}{others}")
    seeds_told = [{"seed": seed.text, "origin": str(seed.origin)} for seed in found.seeds]
    return {"asking": seeds_told, "needing": [asdict(each) for each in found.relations]}, lines


def chosen_of(compose: Compose, place: Where) -> bytes:
    """Return the stanzas of what was chosen for a place."""
    return compose.paths.chosen(place.variant.name, place.arch).read_bytes()


def demanded(place: Where, row: Row, chosen: bytes) -> PackageDemand:
    """Find all that asks for a package among what was chosen."""
    world = world_in(place, chosen)
    own = world.universe(row.architecture) or world.native
    package = next((each for each in own.versions(row.package) if each.version == row.version), None)
    if package is None:  # the installer's own are in no relation with others
        return PackageDemand((), ())
    asking = place.variant.entries(foreign=own is not world.native)
    return find_demand(package, asking, world, rules_of(place.variant))


def of_component(row: Row) -> str:
    """Describe in which component a package is, unless it is the usual one."""
    return "" if row.component == "main" else f", component {row.component}"


def origin(variant: Variant, row: Row) -> str:
    """Return FILE:LINE:COLUMN of the seed that asks for a package."""
    for seed in seeds(variant):
        if seed.text == row.why.seed and row.why.line in {0, seed.origin.line}:
            return str(seed.origin)
    return f"{row.why.file}:{row.why.line}" if row.why.file else f"line {row.why.line}"


def missed(compose: Compose, places: list[Where], name: str) -> Iterator[Answer]:
    """Return why a package is not in places; those where it is for the same reasons together."""
    same: dict[tuple[str, ...], list[str]] = {}
    universes = {
        arch: gathered_archives.universe(compose, arch) for arch in dict.fromkeys(place.arch for place in places)
    }
    for place in places:
        found = tuple(explain_absence(name, as_place(compose, place, universes[place.arch])))
        same.setdefault(found, []).append(str(place))
    there = ", ".join(str(place) for place in selected(compose, "") if name in gathered_names(compose, place))
    for found, where in same.items():
        lines = [f"{name} is not in {', '.join(where)}{f', but in {there}' * bool(there)}"]
        lines += [f"    {reason}" for reason in found]
        yield {"package": name, "places": where, "missing": list(found)}, lines


def gathered_names(compose: Compose, place: Where) -> set[str]:
    """Return the names of the packages of a place."""
    return {row.package for row in gathered_archives.rows(compose, place.variant.name, place.arch) or ()}


def as_place(compose: Compose, place: Where, universe: Universe) -> MissingContext:
    """Return all there is to know of a place where something is missing."""
    variant = place.variant
    below = (other.name for other in compose.lookasides(variant))
    aside = tuple((other, gathered_archives.rows(compose, other, place.arch) or ()) for other in below)
    rows = gathered_archives.rows(compose, variant.name, place.arch) or ()
    return MissingContext(universe, Exclusion(variant.exclude, World(universe)), seeds(variant), rows, aside)


def brought(compose: Compose, text: str, places: list[Where]) -> Iterator[Answer]:
    """Return what a seed brings to each variant that has it. Raise ConfigError if none has."""
    places = [place for place in places if place.arch != SOURCE]
    having = [(place, seed) for place in places for seed in seeds(place.variant) if meant(text, seed)]
    if not having:
        known = sorted({seed.text for place in places for seed in seeds(place.variant)})
        close = difflib.get_close_matches(text, known, 1)
        hint = f"did you mean {close[0]!r}?" if close else "write it as the config does"
        raise ConfigError(f"{text!r}: no variant asks for this", hint)
    for place, seed in having:
        path = compose.paths.chosen(place.variant.name, place.arch)
        if not path.is_file():
            raise ConfigError(f"{place}: nothing was gathered yet", f"doit compose={compose.name} gather:{place}")
        yield told_of(place, seed, followed(place, seed, path.read_bytes()))


def meant(text: str, seed: Seed) -> bool:
    """Return whether a text means a seed: it is the whole of it, or a name in it."""
    if text == seed.text or is_pattern(seed.text):
        return text == seed.text
    return any(item.name == text for clause in relation.parse(seed.text) for item in clause)


def followed(place: Where, seed: Seed, chosen: bytes) -> SeedShare:
    """Follow a seed, and then all others, through what was chosen."""
    variant = place.variant
    others = [Wish(other, "packages") for other in seeds(variant) if other.text != seed.text]
    return compute_seed_share(Wish(seed, "packages"), others, world_in(place, chosen), rules_of(variant))


def told_of(place: Where, seed: Seed, found: SeedShare) -> Answer:
    """Return what a seed brings to a place."""
    count, own = len(found.packages), len(found.exclusive)
    head = f"{seed.origin}: {seed.text}, in {place}: {count} package{'s' * (count != 1)}, {size(found.size)}"
    lines = [f"{head}; {own} of them, {size(found.exclusive_size)}, by it alone (*)"]
    for package, shared in found.packages:
        mark = " " if shared else "*"
        lines.append(f"  {mark} {package.name} {package.version} {package.architecture}, {size(package.size)}")
    packages = [
        {
            "package": package.name,
            "version": package.version,
            "architecture": package.architecture,
            "size": package.size,
            "shared": shared,
        }
        for package, shared in found.packages
    ]
    answer = {"seed": seed.text, "origin": str(seed.origin), "variant": place.variant.name, "arch": place.arch}
    return {**answer, "packages": packages, "size": found.size, "own_size": found.exclusive_size}, lines
