"""Write the patches that lead from published indices to the present ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.archive.format.pdiff import (
    INDEX,
    MOST_PATCHES,
    SUFFIX,
    IndexPatch,
    PatchIndex,
    format_patch_index,
    name_patch,
    parse_patch_index,
    sum_up,
)
from composelib.errors import TrustError
from composelib.files import write_file
from composelib.text.packed_file import compress_as
from composelib.tools import diff
from composelib.tools.run import run
from composelib.tree_list import write_tree_list
from composelib.verify.published_suite import PublishedSuite, open_published_suite

if TYPE_CHECKING:
    from composelib.stages.diffs import DiffsJob

Patches = dict[str, bytes]
"""Packed patches by their names."""


def write_diffs(job: DiffsJob, published: str) -> None:
    """Write the patches from the indices of a published compose, by its name; lists of none if nothing is published."""
    former = open_former_suite(job, job.latest.with_name(published)) if published else None
    histories = {target: continue_history(job, former, index) for index, target in job.indices}
    files = dict(list_patch_files({target: patches for target, (_, patches) in histories.items()}))
    write_tree_list(job.root, job.patches, files)
    for path, content in files.items():
        write_file(path, content)
    for target, (history, _) in histories.items():
        write_file(target, format_patch_index(history))


def list_patch_files(patches: dict[Path, Patches]) -> Iterator[tuple[Path, bytes]]:
    """Yield the path and content of each patch."""
    for target, contents in patches.items():
        yield from ((target.with_name(f"{name}{SUFFIX}"), content) for name, content in contents.items())


def open_former_suite(job: DiffsJob, tree: Path) -> PublishedSuite | None:
    """Return the same suite of a published compose; None if that has none."""
    folder = tree / job.suite.relative_to(job.tree)
    return open_published_suite(tree, folder) if folder.is_dir() else None


def continue_history(job: DiffsJob, former: PublishedSuite | None, index: Path) -> tuple[PatchIndex, Patches]:
    """Return the patches that a published index had, the last ones, and after them the one from that index to this."""
    name = str(index.relative_to(job.suite))
    current = sum_up(index.read_bytes())
    if former is None or name not in former.listed:
        return PatchIndex(current), {}
    history, patches = read_history(former, name)
    if history.current != current:
        script = run(diff.print_script(former.folder / name, index), capture=True, ok=(diff.DIFFERENT,)).stdout
        packed, plain = compress_as(script, SUFFIX), sum_up(script)
        patch = IndexPatch(name_patch(history.patches, plain), history.current, plain, sum_up(packed))
        history = PatchIndex(current, (*history.patches, patch)[-MOST_PATCHES:])
        patches[patch.name] = packed
    return history, {patch.name: patches[patch.name] for patch in history.patches}


def read_history(former: PublishedSuite, name: str) -> tuple[PatchIndex, Patches]:
    """Return the state of a published index and the patches that lead to it. Raise TrustError if they are damaged."""
    current = sum_up(former.read(name))
    if f"{name}{INDEX}" not in former.listed:
        return PatchIndex(current), {}
    try:
        history = parse_patch_index(former.read(f"{name}{INDEX}").decode())
    except (ValueError, LookupError) as error:
        raise TrustError(f"{former.folder / name}{INDEX}: {error}", "leave `diffs` out of `indices` once") from None
    patches = {
        patch.name: former.read_as(f"{name}.diff/{patch.name}{SUFFIX}", patch.packed.sha256)
        for patch in history.patches
    }
    return history, patches
