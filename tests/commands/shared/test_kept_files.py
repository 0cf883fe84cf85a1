"""Clients of what was published before keep finding their files.

Also covers: composelib.verify.kept.
"""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from composelib.verify.tree import verify_tree
from tests.kit.client_apt import make_apt, serve
from tests.kit.demo_compose import Demo
from tests.kit.resealed_tree import flip_bit, replace_file
from tests.kit.schemas import list_faults
from tests.kit.tiny_archive import DATE

FORMER = "Server/repo/pool/main/m/mailer/mailer_1.0_amd64.deb"


def upgrade(demo: Demo, version: str) -> None:
    """Publish a compose, and make the next with another version of a package."""
    assert demo.doit("publish").status == 0
    demo.archive.add("mailer", version, Depends="libbase")
    demo.archive.add_source("mailer", version)
    demo.archive.publish(date=DATE + 3600)
    assert demo.doit().status == 0


def test_apt_with_the_lists_of_the_former_compose_gets_its_packages(demo: Demo, tmp_path: Path) -> None:
    published = demo.root / "published"
    assert demo.doit("publish").status == 0
    with serve(published) as (url, requested):
        source = f"deb [signed-by={demo.tree / 'archive-key.asc'}] {url}/latest/Server/repo tinysuite main\n"
        client = make_apt(tmp_path / "apt", source)
        client.run("apt-get", "update")
        upgrade(demo, "2.0")
        ran = demo.doit("publish")
        assert (ran.status, ran.err) == (0, "")
        client.run("apt-get", "download", "mailer")
        assert requested[-1] == f"/latest/{FORMER}"
    assert (tmp_path / "apt/mailer_1.0_amd64.deb").is_file()


def test_what_is_kept_is_listed_signed_and_only_of_one_compose_before(demo: Demo) -> None:
    upgrade(demo, "2.0")
    assert not (demo.root / "published/latest/metadata/kept.json").exists()
    demo.doit("publish")
    latest = demo.root / "published/latest"
    kept = json.loads((latest / "metadata/kept.json").read_text())
    paths = [row["path"] for row in kept["files"]]
    assert (kept["version"], kept["published"]) == (1, "tiny-1.10-20231114.n.0")
    assert list_faults(demo.root) == []
    assert FORMER in paths
    assert all("/repo/pool/" in path or "/by-hash/SHA256/" in path for path in paths)
    assert not [path for path in paths if (demo.tree / path).exists()]
    assert verify_tree(latest) == []
    assert b"kept" not in (latest / "SHA256SUMS").read_bytes()
    assert demo.doit("publish").out.endswith("it is already published\n")
    assert demo.doit().out.count("done") == 0
    upgrade(demo, "3.0")
    demo.doit("publish")
    paths = [
        row["path"] for row in json.loads((demo.root / "published/latest/metadata/kept.json").read_text())["files"]
    ]
    assert FORMER not in paths
    assert FORMER.replace("1.0", "2.0") in paths


def test_a_kept_file_that_differs_is_missing_or_foreign_is_named(demo: Demo) -> None:
    upgrade(demo, "2.0")
    demo.doit("publish")
    latest = demo.root / "published/latest"
    before = {name: (latest / name).read_bytes() for name in (FORMER, "metadata/kept.json", "metadata/kept.json.sign")}
    for name, content in before.items():
        flip_bit(latest / name, 100)
        assert name in "\n".join(verify_tree(latest))
        (latest / name).unlink()
        assert name.removesuffix(".sign") in "\n".join(verify_tree(latest))
        replace_file(latest / name, content)
    assert verify_tree(latest) == []


def test_what_is_damaged_in_the_former_tree_is_not_kept_and_the_user_told(demo: Demo) -> None:
    upgrade(demo, "2.0")
    former = demo.root / "published/tiny-1.10-20231114.n.0" / FORMER
    flip_bit(former, 100)
    for stored in (demo.folder / "build/store/sha256").glob("*/*"):
        stored.unlink()
    ran = demo.doit("publish")
    assert (ran.status, ran.err) == (0, f"warning: {former}: is damaged, so it is not kept for clients\n")
    assert FORMER not in (demo.root / "published/latest/metadata/kept.json").read_text()


@pytest.mark.slow
def test_a_client_that_reads_while_composes_are_published_and_pruned_sees_no_error(demo: Demo, tmp_path: Path) -> None:
    refused: list[str] = []
    ended = threading.Event()

    def release_again_and_again() -> None:
        for number in range(2, 6):
            demo.archive.add("mailer", f"{number}.0", Depends="libbase")
            demo.archive.add_source("mailer", f"{number}.0")
            demo.archive.publish(date=DATE + 3600 * number)
            ran = [demo.doit(), demo.doit("publish"), demo.doit("prune", "--keep=1", "--yes")]
            refused.extend(call.err for call in ran if call.status)
        ended.set()

    assert demo.doit("publish").status == 0
    faults, rounds = [], 0
    with serve(demo.root / "published") as (url, _), ThreadPoolExecutor() as pool:
        source = f"deb [signed-by={demo.tree / 'archive-key.asc'}] {url}/latest/Server/repo tinysuite main\n"
        client = make_apt(tmp_path / "apt", source, options='Acquire::Retries "0";\n')
        pool.submit(release_again_and_again)
        while not ended.is_set():
            for words in (("update",), ("download", "mailer")):
                ran = client.run("apt-get", *words, check=False)
                faults += [ran.stderr] if ran.returncode or "W:" in ran.stderr else []
            rounds += 1
    assert (refused, faults) == ([], [])
    assert rounds > 5, "the client read all the time"
