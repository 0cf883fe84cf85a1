"""Which of many changes is the first bad one: their order, in which each prefix can be composed, and what to try next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from composelib.archive.format.provides import parse_provided
from composelib.archive.format.relation import Alternatives, Relation, parse_sound_clauses
from composelib.archive.format.stanza import StanzaError, decode_value, find_stanzas, parse_fields
from composelib.archive.format.version import satisfies

UNCHANGED = -1
"""The owner of the packages that both composes have."""
Supplier = tuple[int, bool]
"""The number of a change, and whether its new packages are meant."""


@dataclass(frozen=True)
class PackageFacts:
    """What a package is and needs."""

    name: str
    version: str
    sha256: str
    provided: tuple[tuple[str, str], ...]
    """The names that it stands for, with their versions or ''."""
    clauses: tuple[Alternatives, ...]
    """What it depends on."""


@dataclass(frozen=True)
class PackageSwap:
    """The packages of a source before a change and after it."""

    old: tuple[PackageFacts, ...]
    new: tuple[PackageFacts, ...]


def parse_index(text: bytes) -> Iterator[PackageFacts]:
    """Yield the packages of an index; stanzas that cannot be read are left out."""
    for start, end in find_stanzas(text):
        try:
            yield parse_package(parse_fields(text[start:end]))
        except (StanzaError, KeyError):
            continue


def parse_package(fields: Mapping[str, bytes]) -> PackageFacts:
    """Return what a stanza says of its package. Raise StanzaError, KeyError."""
    values = {name: decode_value(value) for name, value in fields.items()}
    needs = ", ".join(filter(None, (values.get("pre-depends", ""), values.get("depends", ""))))
    return PackageFacts(
        values["package"],
        values["version"],
        values["sha256"],
        tuple(parse_provided(values.get("provides", ""))),
        parse_sound_clauses(needs)[0],
    )


def order_swaps(swaps: Sequence[PackageSwap], unchanged: Iterable[PackageFacts]) -> list[list[int]]:
    """Return the numbers of changes in an order in which each can be made after those before it; those in a list, together."""
    needed = find_needed(swaps, index_suppliers(swaps, unchanged))
    reached = {number: reach(number, needed) for number in range(len(swaps))}
    groups: list[list[int]] = []
    grouped: set[int] = set()
    for number in sorted(reached, key=lambda number: (len(reached[number]), number)):
        if number not in grouped:
            group = sorted(partner for partner in reached[number] if number in reached[partner])
            grouped.update(group)
            groups.append(group)
    return groups


def index_suppliers(
    swaps: Sequence[PackageSwap], unchanged: Iterable[PackageFacts]
) -> dict[str, list[tuple[Supplier, str, bool]]]:
    """Return by name who has or provides it: the supplier, the version or '', and whether it is the package itself."""
    suppliers: dict[str, list[tuple[Supplier, str, bool]]] = defaultdict(list)
    rows = [((UNCHANGED, False), package) for package in unchanged]
    rows += [((number, False), package) for number, swap in enumerate(swaps) for package in swap.old]
    rows += [((number, True), package) for number, swap in enumerate(swaps) for package in swap.new]
    for supplier, package in rows:
        suppliers[package.name].append((supplier, package.version, True))
        for name, version in package.provided:
            suppliers[name].append((supplier, version, False))
    return suppliers


def find_needed(
    swaps: Sequence[PackageSwap], suppliers: Mapping[str, list[tuple[Supplier, str, bool]]]
) -> dict[int, set[int]]:
    """Return for each change those without which it cannot be made: they come before it, or with it."""
    needed: dict[int, set[int]] = {number: set() for number in range(len(swaps))}
    for number, swap in enumerate(swaps):
        for package, is_new in [(package, True) for package in swap.new] + [(package, False) for package in swap.old]:
            for clause in package.clauses:
                olds, news = find_deciding(clause, suppliers, (number, is_new))
                if is_new and news and not olds:
                    needed[number].add(min(news))
                elif not is_new and olds and not news:
                    for former in olds:
                        needed[former].add(number)
    return needed


def find_deciding(
    clause: Alternatives, suppliers: Mapping[str, list[tuple[Supplier, str, bool]]], asking: Supplier
) -> tuple[set[int], set[int]]:
    """Return the changes whose old, and whose new packages alone satisfy a clause; none if it is satisfied in any case."""
    matching = {
        supplier
        for relation in clause
        for supplier, version, is_real in suppliers.get(relation.name, ())
        if is_satisfying(relation, version, is_real=is_real)
    }
    olds = {number for number, is_new in matching if not is_new}
    news = {number for number, is_new in matching if is_new}
    if UNCHANGED in olds or asking in matching or olds & news:
        return set(), set()
    return olds, news


def is_satisfying(relation: Relation, version: str, *, is_real: bool) -> bool:
    """Return whether a version of a name satisfies a relation; a provided name without a version, none with one."""
    return satisfies(version, relation.operator, relation.version) if version or is_real else not relation.operator


def reach(start: int, needed: Mapping[int, Collection[int]]) -> set[int]:
    """Return all that something needs, itself among them."""
    reached, waiting = {start}, [start]
    while waiting:
        fresh = set(needed[waiting.pop()]) - reached
        reached |= fresh
        waiting += fresh
    return reached


def choose_next(good: int, bad: int, untestable: Collection[int]) -> int | None:
    """Return how many changes to make next: the middle between the most that are good and the fewest that are bad.

    One that cannot be tested is passed over for the nearest; None if there is nothing left to try.
    """
    middle = (good + bad) // 2
    candidates = [number for number in range(good + 1, bad) if number not in untestable]
    return min(candidates, key=lambda number: (abs(number - middle), number), default=None)
