"""The mirrors that this machine's apt uses, for whatever suite is asked for: what `uri: host` stands for."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator

from composelib.errors import ConfigError
from composelib.tools.apt import AptIndex

MIRROR_LIST = "mirror+"
LAST_PRIORITY = 1 << 30
"""Of a mirror in a list that gives it none."""
PRIORITY = re.compile(r"priority:([0-9]{1,9})")
OWN_METHODS = {"copy": "file", "mirror": "mirror+http"}
"""apt's methods that do the same as another one."""
FETCHABLE = ("http", "https", "file")
SECURITY = "-security"


def find_mirrors(
    suite: str, components: Iterable[str], indices: Iterable[AptIndex], read: Callable[[str], str]
) -> tuple[str, ...]:
    """Return the URIs to ask for a suite, in apt's order: those of its sources of that suite, or if it has none of all.

    `read` returns the text of a mirror list by its URI. A suite of security is looked for beside such suites first.
    """
    indices = tuple(indices)
    accepted = set(components)
    of_suite = [
        index.uri for index in indices if suite in index.names and (index.component in accepted or not accepted)
    ]
    others = sorted(
        indices, key=lambda index: (suite not in index.names, is_security(index.names[-1]) != is_security(suite))
    )
    uris = of_suite or [index.uri for index in others if not index.names[-1].endswith("/")]
    expanded = (mirror for uri in dict.fromkeys(uris) for mirror in expand(uri, read))
    return tuple(dict.fromkeys(mirror.rstrip("/") + "/" for mirror in expanded))


def split_components(suite: str, components: Iterable[str], indices: Iterable[AptIndex]) -> tuple[tuple[str, ...], ...]:
    """Return the components of a suite in groups: those of which apt has no source in common come from different ones.

    A component that apt does not have belongs to the first group.
    """
    indices = tuple(indices)
    groups: list[tuple[list[str], set[str]]] = []
    for component in components:
        uris = {index.uri for index in indices if suite in index.names and index.component == component}
        group = next((group for group in groups if not uris or not group[1] or uris & group[1]), None)
        if group is None:
            groups.append(([component], uris))
        else:
            group[0].append(component)
            group[1].update(uris)
    return tuple(tuple(names) for names, _ in groups)


def is_security(suite: str) -> bool:
    """Return whether a suite has security updates, by its name."""
    return suite.endswith(SECURITY) or "/" in suite


def expand(uri: str, read: Callable[[str], str]) -> Iterator[str]:
    """Yield the URIs that one of apt's stands for: those in its list of mirrors, or itself; none for a method not to be had.

    A list in a list of mirrors is passed over: it might lead back to itself.
    """
    method, rest = split_method(uri)
    uris = [uri]
    if method.startswith(MIRROR_LIST):
        uris = parse_mirror_list(read(f"{method.removeprefix(MIRROR_LIST)}:{rest}".rstrip("/")))
    for mirror_method, mirror_rest in map(split_method, uris):
        if mirror_method in FETCHABLE:
            yield f"{mirror_method}:{mirror_rest}"


def split_method(uri: str) -> tuple[str, str]:
    """Return apt's method that a URI is fetched by, as we name it, and the rest of the URI."""
    method, _, rest = uri.partition(":")
    return OWN_METHODS.get(method, method), rest


def parse_mirror_list(text: str) -> list[str]:
    """Return the URIs in a mirror list (apt-transport-mirror(1)), the first to ask first; those for .debs alone come last."""
    mirrors = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("#"):
            continue
        uri, *limits = line.split()
        priority = next((int(match[1]) for match in map(PRIORITY.fullmatch, limits) if match), LAST_PRIORITY)
        types = {word.partition(":")[2] for word in limits if word.startswith("type:")}
        mirrors.append((bool(types) and "index" not in types, priority, uri))
    return [uri for _, _, uri in sorted(mirrors, key=lambda mirror: mirror[:2])]


def refuse_suite(suite: str, indices: Iterable[AptIndex], mirrors: Iterable[str]) -> ConfigError:
    """Return the error for a suite that none of apt's mirrors has, with the suites that apt has."""
    names = sorted({name for index in indices for name in index.names})
    close = difflib.get_close_matches(suite, names, 1)
    guess = f"did you mean {close[0]}? " if close else ""
    listed = f"its suites are {', '.join(names)}" if names else "it has no sources"
    mirrors = tuple(mirrors)
    missing = f", nor has {' or '.join(mirrors)}" if mirrors else ""
    return ConfigError(
        f"uri: host: this machine's apt has no suite {suite}{missing}",
        f"{guess}{listed}; for another archive write its own uri",
    )
