"""The signed list of what no other signed list names.

Also covers: composelib.actions.checksum.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from composelib.files import write_file
from composelib.model.compose import Compose
from composelib.model.image import DiskImage, OstreeImage
from composelib.stages import checksum, image_checksum, key
from composelib.task import Task
from tests.kit.demo_compose import Demo
from tests.kit.gathered_variant import compose, image, run_stages, variant
from tests.kit.tiny_archive import DATE


@pytest.fixture
def small(tmp_path: Path) -> Compose:
    images = (
        image("dvd"),
        image("cloud", kind=DiskImage, formats=("qcow2", "raw.xz"), failable=("amd64",)),
        image("edge", kind=OstreeImage),
    )
    small = compose(tmp_path / "build", variant(images=images))
    for path in list_images(small):
        write_file(path, path.name)
    release = small.paths.release_file("Server")
    for path in (release, release.with_name("InRelease"), release.with_name("Release.gpg")):
        write_file(path, f"{path.name}\n")
    write_file(small.paths.by_hash_list("Server"), "")
    write_file(small.paths.epoch, f"{DATE}\n")
    return small


def list_images(small: Compose) -> list[Path]:
    (server,) = small.variants
    return [path for member in server.images for path in small.paths.image_files("Server", "amd64", member)]


def plan(small: Compose, *others: Task) -> Task:
    (task,) = checksum.tasks_from(small, (*key.tasks(small), *image_checksum.tasks(small), *others))
    return task


def run_possible(small: Compose) -> None:
    """Run the tasks whose inputs exist, as the engine does after a failable image failed."""
    run_stages(small, key)
    for task in (*image_checksum.tasks(small), plan(small)):
        if all(path.exists() for path in task.inputs):
            task.run()


def list_checked(folder: Path, algorithm: str = "sha256") -> list[str]:
    """Return the files that sha256sum(1), or sha512sum(1), has checked."""
    command = [f"{algorithm}sum", "-c", f"{algorithm.upper()}SUMS"]
    checked = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return [line.removesuffix(": OK") for line in checked.stdout.splitlines()]


def list_unsigned(demo: Demo, listed: Iterable[str]) -> set[str]:
    """Return the files of a demo's tree that neither SHA256SUMS nor, as package or index, a repository lists."""
    files = {str(path.relative_to(demo.tree)) for path in demo.tree.rglob("*") if path.is_file()} - set(listed)
    return {name for name in files if "/repo/pool/" not in name and "/main/" not in name}


def test_sha512sums_has_the_same_files_and_is_signed(demo: Demo, tmp_path: Path) -> None:
    own = {"SHA512SUMS", "SHA512SUMS.sign"}
    assert set(list_checked(demo.tree)) - own == set(list_checked(demo.tree, "sha512"))
    keyring, sums = tmp_path / "key.gpg", demo.tree / "SHA512SUMS"
    subprocess.run(["gpg", "--dearmor", "-o", keyring, demo.tree / "archive-key.asc"], check=True)
    subprocess.run(["gpgv", "--keyring", keyring, f"{sums}.sign", sums], check=True, capture_output=True)


def test_every_file_that_no_repository_lists_is_listed(demo: Demo) -> None:
    listed = list_checked(demo.tree)
    assert {
        "COMPOSE_ID",
        "report.html",
        "archive-key.asc",
        "metadata/debs.json",
        "Server/amd64/iso/tiny-1.10-Server-dvd-amd64.iso",
    } <= set(listed)
    assert {"Base/repo/dists/tinysuite/InRelease", "Base/repo/dists/tinysuite/Release.gpg"} <= set(listed)
    assert list_unsigned(demo, listed) == {"STATUS", "SHA256SUMS", "SHA256SUMS.sign"}
    assert not [name for name in listed if "/pool/" in name or "Packages" in name]


def test_the_list_is_signed_with_the_composes_key(demo: Demo, tmp_path: Path) -> None:
    keyring, signature = tmp_path / "key.gpg", demo.tree / "SHA256SUMS.sign"
    subprocess.run(["gpg", "--dearmor", "-o", keyring, demo.tree / "archive-key.asc"], check=True)
    assert signature.read_text().startswith("-----BEGIN PGP SIGNATURE-----")
    subprocess.run(["gpgv", "--keyring", keyring, signature, demo.tree / "SHA256SUMS"], check=True, capture_output=True)


def test_a_failable_image_that_failed_is_left_out(small: Compose) -> None:
    for path in list_images(small):
        if "cloud" in path.name:
            path.unlink()
    run_possible(small)
    listed = list_checked(small.paths.tree)
    assert not [name for name in listed if "cloud" in name]
    assert [name for name in listed if "dvd" in name]


def test_failable_images_are_optional_inputs_and_others_are_needed(small: Compose) -> None:
    task = plan(small)
    assert {path.name for path in task.optional} == {
        f"demo-12-Server-cloud-amd64.{suffix}.{algorithm}"
        for suffix in ("qcow2", "raw.xz")
        for algorithm in ("sha256", "sha512")
    }
    assert small.paths.sum_file(small.paths.iso("Server", "amd64", "dvd")) in task.inputs


def test_the_indices_of_the_generation_before_are_listed_under_their_hashes(small: Compose) -> None:
    run_stages(small, key)
    former = small.paths.suite("Server") / "main/binary-amd64/by-hash/SHA256/0123"
    write_file(former, "former")
    write_file(small.paths.by_hash_list("Server"), f"{former.relative_to(small.paths.root)}\n")
    (task,) = checksum.tasks_from(small, key.tasks(small))
    task.run()
    assert str(former.relative_to(small.paths.tree)) in list_checked(small.paths.tree)
