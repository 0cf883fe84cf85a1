"""The packages of an image as apt's solver finds them: how it is asked, what it answers, and what its refusal means."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from composelib.archive.format import relation
from composelib.archive.format.relation import RelationError
from composelib.archive.format.stanza import fields, spans
from composelib.archive.patterns import matcher
from composelib.model.origin import Seed

INSTALLED = re.compile(
    r"^Inst (?P<name>[^ :]+)\S* (?:\[\S+\] )?\((?P<version>\S+) .*\[(?P<arch>[a-z0-9-]+)\]\)", re.MULTILINE
)
UNMET = re.compile(r"^ (?P<package>\S+) : (?P<why>.*(?:\n {3,}.*)*)", re.MULTILINE)
FAULT = re.compile(r"^E: (?!Unable to correct problems|Broken packages)(.*)", re.MULTILINE)
STAND_IN = "compose-seed-"
NO_SHA256 = "0" * 64

Key = tuple[str, str, str]
"""Name, version and architecture of a package."""


def is_relation(seed: Seed) -> bool:
    """Tell a relation from an apt-pattern, a glob and a task."""
    return not matcher.is_pattern(seed.text)


def stand_ins(seeds: Sequence[Seed], arch: str) -> dict[str, tuple[Seed, str]]:
    """Give, by the name of a package that stands for it, each seed that is a relation and counts on an arch.

    With the seed comes the stand-in's Depends. So apt's solver reads relations, which its command line does not take.
    """
    found = {}
    for number, seed in enumerate(seeds):
        depends = on_arch(seed.text, arch) if is_relation(seed) else ""
        if depends:
            found[f"{STAND_IN}{number:04}"] = (seed, depends)
    return found


def on_arch(text: str, arch: str) -> str:
    """Give a relation without its architecture restrictions; empty when it says nothing about this one.

    Raises RelationError.
    """
    clauses = []
    for clause in relation.parse(text):
        left = [alternative for alternative in clause if relation.applies(alternative, arch)]
        clauses += [" | ".join(bare(alternative) for alternative in left)] if left else []
    return ", ".join(clauses)


def bare(alternative: relation.Relation) -> str:
    """Give a relation's text without restrictions."""
    name = f"{alternative.name}:{alternative.qualifier}" if alternative.qualifier else alternative.name
    return f"{name} ({alternative.operator} {alternative.version})" if alternative.operator else name


def stand_in_index(packages: Mapping[str, tuple[Seed, str]]) -> str:
    """Give the Packages index of the stand-ins."""
    return "\n".join(
        f"Package: {name}\nVersion: 1\nArchitecture: all\nDepends: {depends}\n"
        f"Filename: {name}.deb\nSize: 1\nSHA256: {NO_SHA256}\n"
        for name, (_, depends) in packages.items()
    )


def stand_in_release(index: str) -> str:
    """Give the Release file of the stand-ins, without which apt would look for their index in every compression."""
    data = index.encode()
    return f"Date: Thu, 01 Jan 1970 00:00:00 UTC\nSHA256:\n {hashlib.sha256(data).hexdigest()} {len(data)} Packages\n"


def others(seeds: Iterable[Seed], arch: str, foreign: Sequence[str]) -> list[str]:
    """Give the seeds that are patterns and tasks, as apt's command line takes them."""
    words = [as_term(text) for seed in seeds if not is_relation(seed) and (text := matcher.on_arch(seed.text, arch))]
    if foreign:
        return [word if word.endswith("^") else f"?narrow(?architecture({arch}), {word})" for word in words]
    return words


def as_term(text: str) -> str:
    """Give a glob as the term that apt's solver takes for it; any other pattern as it is."""
    return f"?x-name-fnmatch({text})" if text[:1] not in set("?~!(") and not text.endswith("^") else text


def excluded_names(text: str) -> list[str]:
    """Give the packages an exclusion names (`NAME`, `NAME:ARCH`); nothing for what names none."""
    try:
        return [bare(one) for clause in relation.parse(text) for one in clause]
    except RelationError:
        return []


def listed(answer: str) -> list[str]:
    """Give the names in the answer of `apt list`."""
    return sorted({line.partition("/")[0] for line in answer.splitlines() if "/" in line})


def installed(answer: str) -> set[Key]:
    """Give the packages that a simulated installation brings, the stand-ins left out."""
    return {
        (match["name"], match["version"], match["arch"])
        for match in INSTALLED.finditer(answer)
        if not match["name"].startswith(STAND_IN)
    }


def rows(index: bytes, wanted: set[Key]) -> Iterator[dict[str, Any]]:
    """Give a row of the list of an image's packages for each wanted package that an index has."""
    names = {f"Package: {name}\n".encode() for name, _, _ in wanted}
    for start, end in spans(index):
        if index[start : index.find(b"\n", start) + 1] not in names:
            continue
        values = {name: value.decode("utf-8", "replace") for name, value in fields(index[start:end]).items()}
        if (values["package"], values["version"], values["architecture"]) in wanted:
            yield row(values)


def row(values: Mapping[str, str]) -> dict[str, Any]:
    """Give a package's row; the keys are those of a variant's manifest."""
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


def refusal(answer: str, packages: Mapping[str, tuple[Seed, str]], seeds: Sequence[Seed]) -> list[str]:
    """Put apt's refusal into lines, each with the place of the config that it is about, where there is one."""
    lines = []
    for match in UNMET.finditer(answer):
        why = " ".join(match["why"].split())
        if match["package"] in packages:
            seed, _ = packages[match["package"]]
            lines.append(f"{seed.origin}: {seed.text}: {cause(why)}")
        else:
            lines.append(f"{asked_for(match['package'], packages)}{match['package']}: {cause(why)}")
    for fault in FAULT.findall(answer):
        culprit = next((seed for seed in seeds if not is_relation(seed) and seed.text.rstrip("^") in fault), None)
        lines.append(f"{culprit.origin}: {culprit.text}: {fault}" if culprit else fault)
    return list(dict.fromkeys(lines))


def cause(why: str) -> str:
    """Put what apt says of a dependency in plainer words."""
    return re.sub(r" (Pre-?)?Depends: ", "; ", why.removeprefix("Depends: ")).replace(
        "it is not installable", "the repository does not have it"
    )


def asked_for(name: str, packages: Mapping[str, tuple[Seed, str]]) -> str:
    """Give the place of the seed that names a package, `: ` after it; empty when none does."""
    for seed, depends in packages.values():
        if name in re.split(r"[\s|,]+", depends):
            return f"{seed.origin}: "
    return ""
