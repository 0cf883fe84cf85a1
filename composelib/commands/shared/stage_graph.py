"""A picture of a compose as Graphviz DOT: its stages, the files they leave, and which stage reads them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from composelib.model.compose import Compose
from composelib.stages import stages
from composelib.task import Stage

SUBJECTS = {
    "Archives": ("inrelease", "pkgset", "descriptions"),
    "Building": ("source", "buildorder", "builddeps", "chroot", "build", "lint", "testdeps", "autopkgtest"),
    "Choosing": ("gather", "installable", "compose_id", "sbom"),
    "Repository": (
        "fetch",
        "createrepo",
        "contents",
        "translations",
        "appstream",
        "commands",
        "diffs",
        "zstd",
        "extra_files",
        "validity",
        "release",
        "repoclosure",
        "gate",
    ),
    "Root file systems": ("solve", "rootfs"),
    "Images of a root file system": ("image_build", "image_format", "live_media", "container"),
    "Images of a commit": ("ostree", "ostree_disk", "ostree_container", "ostree_installer"),
    "Media of packages": ("buildinstall", "netboot", "createiso", "jigdo"),
    "Release": (
        "image_checksum",
        "test",
        "metadata",
        "provenance",
        "materials",
        "report",
        "keyring",
        "ostree_refs",
        "checksum",
        "container_push",
    ),
    "Read by many stages": ("epoch", "key"),
}
"""The frames of the picture."""
WAY = (
    *("inrelease", "pkgset", "gather", "fetch", "createrepo", "release", "solve", "rootfs", "image_build"),
    *("image_format", "test"),
)
"""How a .deb travels to a booted disk: drawn in bold."""
WAY_EDGES = set(pairwise(WAY))
HUBS = SUBJECTS["Read by many stages"]
"""Their edges would hide all others."""
BACK = frozenset({("source", "pkgset"), ("build", "pkgset"), ("testdeps", "fetch")})
"""The edges that lead back: what the compose builds is read like any other archive, and its tests need packages, too."""
FILES_IN_BOX = 2
"""How many files a stage's box names."""

Edges = dict[tuple[str, str], bool]
"""By producer and reader, whether a change of the files makes the reader run again."""

HEAD = """\
digraph stages {
  graph [rankdir=TB, nodesep=0.25, ranksep=0.4, fontname="Helvetica", fontsize=13, newrank=true]
  node [shape=box, style="rounded,filled", fillcolor=white, color="#888888", fontname="Helvetica", fontsize=12]
  edge [color="#888888", arrowsize=0.6]
"""


def draw_picture(compose: Compose) -> str:
    """Return the DOT text for a compose's stages."""
    graph = list(stages(compose))
    names = [stage.name for stage in graph if stage.tasks]
    edges = reduce_edges(find_edges(graph))
    leaves = {stage.name: choose_files(stage, graph, compose) for stage in graph}
    lines = [*draw_frames(names, leaves), *(draw_arrow(edge, solid) for edge, solid in sorted(edges.items()))]
    return HEAD + "".join(f"  {line}\n" for line in lines) + "}\n"


def find_edges(graph: list[Stage]) -> Edges:
    """Return which stage reads which stage's files, those of the hubs aside."""
    producers = {path: stage.name for stage in graph for task in stage.tasks for path in task.outputs}
    edges: Edges = {}
    for stage in graph:
        for task in stage.tasks:
            for solid, paths in ((False, task.order_only), (True, (*task.inputs, *task.optional))):
                for producer in {producers[path] for path in paths if path in producers} - {stage.name, *HUBS}:
                    edges[producer, stage.name] = edges.get((producer, stage.name), False) or solid
    return edges


def reduce_edges(edges: Edges) -> Edges:
    """Return the edges that no longer way between the same stages implies."""
    readers: dict[str, set[str]] = {}
    for producer, reader in edges.keys() - BACK:
        readers.setdefault(producer, set()).add(reader)
    return {
        (producer, reader): solid
        for (producer, reader), solid in edges.items()
        if (producer, reader) in {*WAY_EDGES, *BACK}
        or not any(reader in find_readers(step, readers) for step in readers[producer] - {reader})
    }


def find_readers(stage: str, readers: Mapping[str, set[str]]) -> set[str]:
    """Return every stage that reads a stage's files, directly or through others."""
    direct = readers.get(stage, set())
    return direct.union(*(find_readers(step, readers) for step in direct))


def choose_files(stage: Stage, graph: list[Stage], compose: Compose) -> list[str]:
    """Return the files of a stage that most others read, or its outputs if none does, as patterns of paths."""
    outputs = {path for task in stage.tasks for path in task.outputs if path.suffix not in {".gz", ".xz"}}
    readers = {
        (make_pattern(path, compose), reader.name)
        for reader in graph
        for task in reader.tasks
        for path in (*task.inputs, *task.optional, *task.order_only)
        if reader.name != stage.name and path in outputs
    }
    patterns = Counter(text for text, _ in readers) or Counter(make_pattern(path, compose) for path in sorted(outputs))
    return [text for text, _ in sorted(patterns.items(), key=lambda item: (-item[1], item[0]))[:FILES_IN_BOX]]


def make_pattern(path: Path, compose: Compose) -> str:
    """Return a work file's path, or the end of a released file's, with variables for variants, archives, arches and images."""
    text = str(path.relative_to(compose.paths.root)) if path.is_relative_to(compose.paths.root) else path.name
    for name in sorted((image.name for variant in compose.variants for image in variant.images), key=len, reverse=True):
        text = re.sub(rf"-{re.escape(name)}\b", "-IMAGE", text)
    variables = {archive.name: "ARCHIVE" for archive in compose.archives}
    for variant in compose.variants:
        variables[variant.name] = "VARIANT"
        text = text.replace(compose.paths.image_name(variant.name, "", "", "")[:-1], "…-")
    stage, *words = text.removeprefix("work/").split("/") if text.startswith("work/") else ("", *text.split("/")[1:])
    arches = rf"\b(({'|'.join(compose.arches)})(-udeb)?|source)\b"
    words = [re.sub(arches, "ARCH", variables.get(word, word)) for word in words]
    return "/".join(["work", stage, *words] if stage else words[-2:])


def draw_frames(names: list[str], leaves: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the boxes of the stages, framed by subject; a stage of no subject stands alone."""
    for number, (subject, members) in enumerate(SUBJECTS.items()):
        boxes = [draw_box(name, leaves[name]) for name in members if name in names]
        if not boxes:
            continue
        yield f'subgraph cluster_{number} {{ label="{subject}"; labeljust=l; style="rounded,filled"; color="#f0f0f0"'
        yield from (f"  {text}" for text in boxes)
        yield "}"
    grouped = {name for members in SUBJECTS.values() for name in members}
    yield from (draw_box(name, leaves[name]) for name in names if name not in grouped)


def draw_box(name: str, files: list[str]) -> str:
    """Return the box of a stage."""
    small = "".join(f'<br/><font point-size="9" color="#555555">{file}</font>' for file in files)
    bold = ', color="#a80030", penwidth=2' if name in WAY else ""
    return f"{name} [label=<<b>{name}</b>{small}>{bold}]"


def draw_arrow(edge: tuple[str, str], solid: bool) -> str:
    """Return an edge: dashed if a change alone does not make the reader run again, short within a frame."""
    in_frame = any(set(edge) <= set(members) for members in SUBJECTS.values())
    bold = ['color="#a80030"', "penwidth=2", "weight=50"] if edge in WAY_EDGES else []
    short = ["weight=5"] if in_frame and not bold else []
    attributes = [*bold, *short, *([] if solid else ["style=dashed"])]
    attributes += ["constraint=false"] if edge in BACK else []
    return f"{edge[0]} -> {edge[1]}" + (f" [{', '.join(attributes)}]" if attributes else "")
