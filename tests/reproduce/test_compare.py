from __future__ import annotations

from pathlib import Path

import pytest

from composelib.reproduce.compare import Pair, find_difference, find_differing, list_repository_pairs


def put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_the_first_byte_that_differs_is_found_wherever_it_is(tmp_path: Path) -> None:
    content = bytes(3 << 20)
    first = put(tmp_path / "a", content)
    for position in (0, 1, (1 << 20) - 1, 1 << 20, (3 << 20) - 1):
        other = put(tmp_path / "b", content[:position] + b"x" + content[position + 1 :])
        assert find_difference(first, other) == position
    assert find_difference(first, put(tmp_path / "b", content)) == -1
    assert find_difference(first, put(tmp_path / "b", content[:-1])) == len(content) - 1


def test_a_file_that_one_build_alone_has_differs(tmp_path: Path) -> None:
    here, gone = put(tmp_path / "here", b""), tmp_path / "gone"
    lines = [line for _, line in find_differing([Pair(here, gone), Pair(gone, here), Pair(here, here)])]
    assert lines == ["the second build does not have it", "only the second build has it"]


@pytest.mark.parametrize(
    ("whole", "names"),
    [(True, ["objects/aa/x.filez", "objects/bb/y.filez", "refs/heads/x"]), (False, ["objects/bb/y.filez"])],
)
def test_all_that_a_repository_serves_is_compared_or_what_the_second_has(
    tmp_path: Path, names: list[str], *, whole: bool
) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    put(first / "objects/aa/x.filez", b"")
    put(first / "tmp/x", b"")
    put(second / "objects/bb/y.filez", b"")
    put(second / "refs/heads/x", b"")
    assert [str(pair.first.relative_to(first)) for pair in list_repository_pairs(first, second, whole=whole)] == names
