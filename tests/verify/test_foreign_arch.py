"""A tree of another arch than this machine's, with debug symbols: all is found in order, and any damaged file is named."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from composelib.verify.tree import verify_tree
from tests.kit.demo_compose import Demo
from tests.kit.resealed_tree import flip_bit, replace_file, reseal
from tests.kit.tiny_archive import Key, TinyArchive

CONFIG = """\
release: {{name: Tiny, short: tiny, version: "1", codename: tinysuite}}
arches: [arm64, riscv64]
archives:
  tiny:
    uri: {main.uri}
    suites: [stable]
    components: [main]
    signed-by: {main.key.public}
    debug: {{uri: {debug.uri}, suites: [stable-debug], components: [main]}}
variants:
  Server:
    packages: [tool]
    sources: true
    debug: true
    images:
      dvd: {{kind: iso}}
"""
ARCHES = ("arm64", "riscv64")
KIND = re.compile(r"[0-9a-f]{64}|arm64|riscv64|(?<=pool/).*(?=/)|(?<=/)[^/]*_")
"""What does not tell one kind of file from another in its path."""
DEBUG = "Server/repo/pool/debug/t/tool/tool-dbgsym_1.0_arm64.deb"


def fill(folder: Path, key: Key) -> tuple[TinyArchive, TinyArchive]:
    """Publish a program for two arches, and its debug symbols."""
    main = TinyArchive(folder / "main", key, arches=ARCHES)
    debug = TinyArchive(folder / "debug", key, suite="stable-debug", arches=ARCHES)
    for arch in ARCHES:
        main.add("tool", arch=arch, Depends="tool-data")
        debug.add("tool-dbgsym", arch=arch, Source="tool", Section="debug")
    main.add("tool-data", arch="all", Source="tool")
    main.add_source("tool")
    main.publish()
    debug.publish()
    return main, debug


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory, key: Key) -> Demo:
    """Return a finished compose that tests leave as it is."""
    folder = tmp_path_factory.mktemp("foreign")
    main, debug = fill(folder, key)
    demo = Demo(folder, main)
    demo.config.write_text(CONFIG.format(main=main, debug=debug))
    ran = demo.doit()
    assert ran.status == 0, ran.out + ran.err
    return demo


@pytest.fixture
def tree(foreign: Demo, tmp_path: Path) -> Path:
    """Return a copy of its tree, by hard links."""
    return Path(shutil.copytree(foreign.tree, tmp_path / "tree", copy_function=os.link))


def list_kinds(tree: Path) -> list[str]:
    """Return a file of each kind that has any bytes."""
    paths = [str(path.relative_to(tree)) for path in sorted(tree.rglob("*")) if path.is_file() and path.stat().st_size]
    return list({KIND.sub("-", path): path for path in paths}.values())


def test_a_damaged_file_of_any_kind_is_named(tree: Path) -> None:
    assert verify_tree(tree) == []
    kinds = list_kinds(tree)
    assert any("binary-riscv64/Packages" in path for path in kinds)
    assert any(path.endswith(".iso") for path in kinds)
    for path in kinds:
        content = (tree / path).read_bytes()
        flip_bit(tree / path, len(content) // 2)
        assert path in "\n".join(verify_tree(tree)), path
        replace_file(tree / path, content)


@pytest.mark.parametrize("path", [DEBUG, "Server/repo/dists/tinysuite/debug/binary-arm64/Packages"])
def test_debug_symbols_that_are_signed_for_again_are_named(foreign: Demo, tree: Path, path: str) -> None:
    flip_bit(tree / path, 100)
    reseal(tree, foreign.folder / "keys")
    assert [line for line in verify_tree(tree) if line.startswith(f"{path}: ")]
