"""Find the files inside two artifacts that differ: in tars, ISO images, disks, compressed files, file systems."""

from __future__ import annotations

import os
import stat
import tarfile
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from composelib.contents.unpack import CONVERTERS, UNPACKERS, extract_piece, find_kind, list_partitions
from composelib.errors import ComposeError
from composelib.files import scratch_folder
from composelib.image.media.image_check import read_at
from composelib.reproduce.compare import find_difference

SHOWN = 20
"""How many files inside an artifact are named."""
DEPTH = 6
"""How deep artifacts are opened that lie in artifacts."""
Differences = Iterator[str]


def name_differences(first: Path, second: Path, folder: Path, depth: int = 0) -> list[str]:
    """Return the paths inside two files where they differ, each with the difference; `folder` is for what is unpacked."""
    kind = find_kind(first)
    lines: list[str] = []
    if depth < DEPTH and kind and kind == find_kind(second):
        with scratch_folder(folder) as inner:
            try:
                lines += islice(open_kind(kind, first, second, inner, depth), SHOWN)
            except (ComposeError, OSError, EOFError, ValueError, tarfile.TarError) as error:
                lines.append(f"cannot be opened as {kind}: {error}")
    return lines or [describe_bytes(first, second)]


def open_kind(kind: str, first: Path, second: Path, folder: Path, depth: int) -> Differences:
    """Yield the differences inside two artifacts of a kind."""
    unpack = UNPACKERS.get(kind)
    if unpack is not None:
        yield from compare_unpacked(unpack, first, second, folder, depth)
    elif kind == "raw":
        yield from compare_partitions(first, second, folder, depth)
    elif kind == "tar":
        yield from compare_tars(first, second, folder, depth)
    else:
        convert = CONVERTERS[kind]
        left_side, right_side = convert(first, folder / "first"), convert(second, folder / "second")
        if find_difference(left_side, right_side) >= 0:
            yield from name_differences(left_side, right_side, folder / "inside", depth + 1)


def compare_unpacked(
    unpack: Callable[[Path, Path], None], first: Path, second: Path, folder: Path, depth: int
) -> Differences:
    """Yield the differences between the trees that two artifacts are unpacked to."""
    trees = folder / "first", folder / "second"
    for source, tree in zip((first, second), trees, strict=True):
        tree.mkdir()
        unpack(source, tree)
    yield from compare_trees(*trees, folder / "inside", depth)


def compare_trees(first: Path, second: Path, folder: Path, depth: int) -> Differences:
    """Yield the differences between two trees."""
    names = sorted({str(path.relative_to(tree)) for tree in (first, second) for path in tree.rglob("*")})
    for name in names:
        states = [describe_state(tree / name) for tree in (first, second)]
        if states[0] != states[1]:
            yield f"{name}: {describe_states(*states)}"
        elif stat.S_ISREG((first / name).lstat().st_mode) and find_difference(first / name, second / name) >= 0:
            yield from (f"{name}: {line}" for line in name_differences(first / name, second / name, folder, depth + 1))


def describe_state(path: Path) -> Mapping[str, object]:
    """Return what a tree says of a file besides its content."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return {}
    return {
        "kind": stat.S_IFMT(status.st_mode),
        "mode": f"{stat.S_IMODE(status.st_mode):04o}",
        "owner": (status.st_uid, status.st_gid),
        "size": status.st_size if stat.S_ISREG(status.st_mode) else 0,
        "time": int(status.st_mtime),
        "target": os.readlink(path) if stat.S_ISLNK(status.st_mode) else "",  # noqa: PTH115 - as the text it is
    }


def describe_states(first: Mapping[str, object], second: Mapping[str, object]) -> str:
    """Return how two states differ, in words."""
    if not (first and second):
        return f"only in the {'first' if first else 'second'} build"
    return ", ".join(f"{key} {value} and {second[key]}" for key, value in first.items() if value != second[key])


def compare_tars(first: Path, second: Path, folder: Path, depth: int) -> Differences:
    """Yield the differences between the members of two tars; those that only one has are compared in their order."""
    with tarfile.open(first) as one_tar, tarfile.open(second) as other_tar:
        left_members, right_members = ({member.name: member for member in tar} for tar in (one_tar, other_tar))
        single = [
            [name for name in names if name not in rest]
            for names, rest in ((left_members, right_members), (right_members, left_members))
        ]
        yield from (f"{name}: only in the first build" for name in single[0])
        yield from (f"{name}: only in the second build" for name in single[1])
        pairs = [*zip(*single, strict=False), *((name, name) for name in left_members if name in right_members)]
        for name, twin in pairs:
            yield from compare_members((one_tar, left_members[name]), (other_tar, right_members[twin]), folder, depth)
        if list(left_members) != list(right_members) and sorted(left_members) == sorted(right_members):
            yield "its members are in another order"


Member = tuple[tarfile.TarFile, tarfile.TarInfo]


def compare_members(first: Member, second: Member, folder: Path, depth: int) -> Differences:
    """Yield the differences between two members of tars."""
    name = first[1].name
    states = [
        {key: value for key, value in member.get_info().items() if key not in {"name", "chksum"}}
        | dict(member.pax_headers)
        for _, member in (first, second)
    ]
    if states[0] != states[1]:
        keys = sorted(states[0].keys() | states[1].keys())
        differing = [key for key in keys if states[0].get(key) != states[1].get(key)]
        yield f"{name}: {', '.join(f'{key} {states[0].get(key)!r} and {states[1].get(key)!r}' for key in differing)}"
    if first[1].isreg() and second[1].isreg():
        folder.mkdir(exist_ok=True)
        left_side, right_side = extract_member(*first, folder / "first"), extract_member(*second, folder / "second")
        if find_difference(left_side, right_side) >= 0:
            yield from (
                f"{name}: {line}" for line in name_differences(left_side, right_side, folder / "inside", depth + 1)
            )


def extract_member(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> Path:
    """Write a member of a tar to a file; return its path."""
    content = tar.extractfile(member)
    path.write_bytes(content.read() if content else b"")
    return path


def compare_partitions(first: Path, second: Path, folder: Path, depth: int) -> Differences:
    """Yield the differences between the partitions of two disks."""
    lists = [list(list_partitions(path)) for path in (first, second)]
    if lists[0] != lists[1]:
        yield "the partition tables differ"
        return
    for number, (start, size) in enumerate(lists[0], 1):
        left_side, right_side = (
            extract_piece(first, start, size, folder / "first"),
            extract_piece(second, start, size, folder / "second"),
        )
        if find_difference(left_side, right_side) >= 0:
            lines = name_differences(left_side, right_side, folder / "inside", depth + 1)
            yield from (f"partition {number}: {line}" for line in lines)


def describe_bytes(first: Path, second: Path) -> str:
    """Return where two files differ: the line of a text, the byte of anything else."""
    offset = find_difference(first, second)
    with first.open("rb") as stream:
        head = stream.read(min(offset + 200, 1 << 20))
    if b"\0" in head or len(head) < offset:
        return f"differs from byte {offset} on"
    line = head.count(b"\n", 0, offset) + 1
    text = [read_line(path, head.rfind(b"\n", 0, offset) + 1) for path in (first, second)]
    return f"line {line}: {text[0]!r} and {text[1]!r}"


def read_line(path: Path, start: int) -> str:
    """Return the line of a file that begins at a byte, cut to what a person reads."""
    with path.open("rb") as stream:
        return read_at(stream, start, 120).partition(b"\n")[0].decode(errors="replace")
