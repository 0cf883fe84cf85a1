from __future__ import annotations

import subprocess
from pathlib import Path

from composelib.stages import contents, createrepo, key, release, zstd
from tests.kit.client_apt import make_apt, serve
from tests.kit.gathered_variant import choose, compose, list_tasks, run_stages, variant
from tests.kit.tiny_archive import TinyArchive


def test_apt_takes_the_indices_by_zstd_if_it_is_told_to(archive: TinyArchive, tmp_path: Path) -> None:
    archive.add("base")
    demo = compose(tmp_path / "build", variant(indices=("contents",), compress=("zstd",)))
    choose(demo, "Server", "amd64", archive, ["base"])
    run_stages(demo, key, createrepo, contents, zstd, release)
    index = demo.paths.packages_index("Server", "amd64")
    unpacked = subprocess.run(["zstd", "-dc", index.with_suffix(".zst")], check=True, capture_output=True).stdout
    assert unpacked == index.read_bytes()
    with serve(demo.paths.repository("Server")) as (url, requested):
        source = f"deb [signed-by={demo.paths.archive_key.absolute()}] {url} bookworm main\n"
        client = make_apt(tmp_path / "apt", source, options='Acquire::CompressionTypes::Order "zst";\n')
        assert client.run("apt-get", "update").stderr == ""
        assert "base" in client.run("apt-cache", "show", "base").stdout
    sha256 = subprocess.run(["sha256sum", index.with_suffix(".zst")], check=True, capture_output=True, text=True).stdout
    assert f"/dists/bookworm/main/binary-amd64/by-hash/SHA256/{sha256.split()[0]}" in requested


def test_nothing_is_made_unasked(tmp_path: Path) -> None:
    assert not list_tasks(compose(tmp_path / "build", variant(indices=("contents",))), zstd)
