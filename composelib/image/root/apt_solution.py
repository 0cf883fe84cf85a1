"""Questions for apt's solver about an image's packages, and its answers as values."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from composelib.archive.format import relation
from composelib.archive.format.relation import RelationError
from composelib.archive.format.stanza import find_stanzas, parse_fields
from composelib.archive.patterns import matcher
from composelib.model.origin import Seed

INSTALLED = re.compile(
    r"^Inst (?P<name>[^ :]+)\S* (?:\[\S+\] )?\((?P<version>\S+) .*\[(?P<arch>[a-z0-9-]+)\]\)", re.MULTILINE
)
UNMET = re.compile(r"^ (?P<package>\S+) : (?P<cause>.*(?:\n {3,}.*)*)", re.MULTILINE)
FAULT = re.compile(r"^E: (?!Unable to correct problems|Broken packages)(.*)", re.MULTILINE)
STAND_IN = "compose-seed-"
NO_SHA256 = "0" * 64

PackageKey = tuple[str, str, str]
"""Name, version and architecture of a package."""


def is_relation(seed: Seed) -> bool:
    """Return whether a seed is a relation, not an apt-pattern, a glob or a task."""
    return not matcher.is_pattern(seed.text)


def make_stand_ins(seeds: Sequence[Seed], arch: str) -> dict[str, tuple[Seed, str]]:
    """Return a stand-in for each seed that is a relation and applies to an arch: the seed and its Depends, by package name.

    A stand-in is a package that depends on the relation: apt's command line does not take relations itself.
    """
    stand_ins = {}
    for number, seed in enumerate(seeds):
        depends = restrict_relation(seed.text, arch) if is_relation(seed) else ""
        if depends:
            stand_ins[f"{STAND_IN}{number:04}"] = (seed, depends)
    return stand_ins


def restrict_relation(text: str, arch: str) -> str:
    """Return a relation as it applies to an arch, without restrictions; empty if it does not apply.

    Raise RelationError if the text is not a relation.
    """
    clauses = []
    for clause in relation.parse_relations(text):
        alternatives = [alternative for alternative in clause if relation.is_applicable(alternative, arch)]
        clauses += [" | ".join(map(format_relation, alternatives))] if alternatives else []
    return ", ".join(clauses)


def format_relation(alternative: relation.Relation) -> str:
    """Return a relation's text without restrictions."""
    name = f"{alternative.name}:{alternative.qualifier}" if alternative.qualifier else alternative.name
    return f"{name} ({alternative.operator} {alternative.version})" if alternative.operator else name


def render_stand_in_index(stand_ins: Mapping[str, tuple[Seed, str]]) -> str:
    """Return the Packages index of the stand-ins."""
    return "\n".join(
        f"Package: {name}\nVersion: 1\nArchitecture: all\nDepends: {depends}\n"
        f"Filename: {name}.deb\nSize: 1\nSHA256: {NO_SHA256}\n"
        for name, (_, depends) in stand_ins.items()
    )


def render_stand_in_release(index: bytes) -> str:
    """Return the Release file of stand-ins, without which apt would look for their index in every compression."""
    return f"Date: Thu, 01 Jan 1970 00:00:00 UTC\nSHA256:\n {hashlib.sha256(index).hexdigest()} {len(index)} Packages\n"


def list_terms(seeds: Iterable[Seed], arch: str, foreign: Sequence[str]) -> list[str]:
    """Return the seeds that are patterns, globs and tasks, as apt's command line takes them."""
    words = [
        as_term(text) for seed in seeds if not is_relation(seed) and (text := matcher.restrict_to_arch(seed.text, arch))
    ]
    if foreign:
        return [word if word.endswith("^") else f"?narrow(?architecture({arch}), {word})" for word in words]
    return words


def as_term(text: str) -> str:
    """Return a glob as the term that apt's solver takes for it; any other pattern as it is."""
    return f"?x-name-fnmatch({text})" if text[:1] not in set("?~!(") and not text.endswith("^") else text


def list_excluded(text: str) -> list[str]:
    """Return the packages that an exclusion names (`NAME`, `NAME:ARCH`); none if it is no relation."""
    try:
        return [format_relation(alternative) for clause in relation.parse_relations(text) for alternative in clause]
    except RelationError:
        return []


def parse_list(answer: str) -> list[str]:
    """Return the names in the answer of `apt list`."""
    return sorted({line.partition("/")[0] for line in answer.splitlines() if "/" in line})


def parse_installation(answer: str) -> set[PackageKey]:
    """Return the packages that a simulated installation brings, without the stand-ins."""
    return {
        (match["name"], match["version"], match["arch"])
        for match in INSTALLED.finditer(answer)
        if not match["name"].startswith(STAND_IN)
    }


def select_rows(index: bytes, chosen: set[PackageKey]) -> Iterator[dict[str, Any]]:
    """Yield a row of the list of an image's packages for each chosen package that an index has."""
    names = {f"Package: {name}\n".encode() for name, _, _ in chosen}
    for start, end in find_stanzas(index):
        if index[start : index.find(b"\n", start) + 1] not in names:
            continue
        values = {name: value.decode("utf-8", "replace") for name, value in parse_fields(index[start:end]).items()}
        if (values["package"], values["version"], values["architecture"]) in chosen:
            yield make_row(values)


def drop_packages(index: bytes, names: set[str]) -> bytes:
    """Return a Packages index without the packages of these names, `NAME` or `NAME:ARCH`."""
    stanzas = []
    for start, end in find_stanzas(index):
        values = parse_fields(index[start:end])
        name, arch = (values[field].decode("utf-8", "replace") for field in ("package", "architecture"))
        if not names & {name, f"{name}:{arch}"}:
            stanzas.append(index[start:end].rstrip(b"\n") + b"\n")
    return b"\n".join(stanzas)


def make_row(values: Mapping[str, str]) -> dict[str, Any]:
    """Return a package's row; the keys are those of a variant's manifest."""
    source, _, version = values.get("source", values["package"]).partition(" ")
    return {
        "package": values["package"],
        "version": values["version"],
        "architecture": values["architecture"],
        "source": source,
        "source_version": version.strip("()") or values["version"],
        "sha256": values["sha256"],
        "size": int(values["size"]),
    }


def explain_refusal(answer: str, stand_ins: Mapping[str, tuple[Seed, str]], seeds: Sequence[Seed]) -> list[str]:
    """Return the lines of apt's refusal, each after the origin of the seed that it is about, if there is one."""
    lines = []
    for match in UNMET.finditer(answer):
        cause = explain_cause(" ".join(match["cause"].split()))
        if match["package"] in stand_ins:
            seed, _ = stand_ins[match["package"]]
            lines.append(f"{seed.origin}: {seed.text}: {cause}")
        else:
            lines.append(f"{find_origin(match['package'], stand_ins)}{match['package']}: {cause}")
    for fault in FAULT.findall(answer):
        culprit = next((seed for seed in seeds if not is_relation(seed) and seed.text.rstrip("^") in fault), None)
        lines.append(f"{culprit.origin}: {culprit.text}: {fault}" if culprit else fault)
    return list(dict.fromkeys(lines))


def explain_cause(cause: str) -> str:
    """Return apt's sentence about a dependency in plainer words."""
    return re.sub(r" (Pre-?)?Depends: ", "; ", cause.removeprefix("Depends: ")).replace(
        "it is not installable", "the repository does not have it"
    )


def find_origin(name: str, stand_ins: Mapping[str, tuple[Seed, str]]) -> str:
    """Return the origin of the seed that names a package, `: ` after it; empty if none does."""
    for seed, depends in stand_ins.values():
        if name in re.split(r"[\s|,]+", depends):
            return f"{seed.origin}: "
    return ""
