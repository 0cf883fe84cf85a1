"""The sums of all images.

Also covers: composelib.actions.image_checksum.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from composelib.files import write_file
from composelib.model.compose import Compose
from composelib.model.image import ContainerImage, DiskImage, OstreeImage
from composelib.stages import image_checksum, key
from tests.kit.gathered_variant import compose, image, run_stages, variant
from tests.kit.tiny_archive import DATE


@pytest.fixture
def demo(tmp_path: Path) -> Compose:
    images = (
        image("dvd"),
        image("cloud", kind=DiskImage, formats=("qcow2", "raw.xz"), failable=("amd64",)),
        image("edge", kind=OstreeImage),
        image("app", kind=ContainerImage),
    )
    demo = compose(tmp_path / "build", variant(images=images))
    for path in list_files(demo):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(path.name.encode())
    demo.paths.epoch.parent.mkdir(parents=True)
    demo.paths.epoch.write_text(f"{DATE}\n")
    return demo


def list_files(demo: Compose) -> list[Path]:
    (server,) = demo.variants
    return [path for image in server.images for path in demo.paths.image_files("Server", "amd64", image)]


def run_possible(demo: Compose) -> None:
    """Run the tasks whose inputs are there, as the engine does after a failable image failed."""
    run_stages(demo, key)
    for task in image_checksum.tasks(demo):
        if all(path.exists() for path in task.inputs):
            task.run()


def test_sha256sum_agrees(demo: Compose) -> None:
    run_stages(demo, key, image_checksum)
    checked = subprocess.run(
        ["sha256sum", "-c", "SHA256SUMS"], cwd=demo.paths.tree, capture_output=True, text=True, check=True
    )
    assert checked.stdout.splitlines() == [
        "Server/amd64/images/demo-12-Server-app-amd64.oci.tar: OK",
        "Server/amd64/images/demo-12-Server-cloud-amd64.qcow2: OK",
        "Server/amd64/images/demo-12-Server-cloud-amd64.raw.xz: OK",
        "Server/amd64/iso/demo-12-Server-dvd-amd64.iso: OK",
    ]


def test_each_image_has_its_sum_beside_it(demo: Compose) -> None:
    run_stages(demo, key, image_checksum)
    iso = demo.paths.iso("Server", "amd64", "dvd")
    subprocess.run(["sha256sum", "-c", f"{iso.name}.sha256"], cwd=iso.parent, check=True, capture_output=True)


def test_the_list_is_signed_with_the_composes_key(demo: Compose, tmp_path: Path) -> None:
    run_stages(demo, key, image_checksum)
    keyring = tmp_path / "key.gpg"
    subprocess.run(["gpg", "--dearmor", "-o", keyring, demo.paths.archive_key], check=True)
    signature = demo.paths.tree / "SHA256SUMS.sign"
    assert signature.read_text().startswith("-----BEGIN PGP SIGNATURE-----")
    subprocess.run(["gpgv", "--keyring", keyring, signature, demo.paths.checksums], check=True, capture_output=True)


def test_a_failable_image_that_failed_is_left_out(demo: Compose) -> None:
    for path in list_files(demo):
        if "cloud" in path.name:
            path.unlink()
    run_possible(demo)
    assert "cloud" not in demo.paths.checksums.read_text()
    assert "dvd" in demo.paths.checksums.read_text()


def test_failable_images_are_optional_inputs_and_others_are_needed(demo: Compose) -> None:
    tasks = {task.name: task for task in image_checksum.tasks(demo)}
    assert [path.name for path in tasks["SHA256SUMS"].optional] == [
        "demo-12-Server-cloud-amd64.qcow2.sha256",
        "demo-12-Server-cloud-amd64.raw.xz.sha256",
    ]
    assert demo.paths.sum_file(demo.paths.iso("Server", "amd64", "dvd")) in tasks["SHA256SUMS"].inputs
    assert tasks["Server:amd64:cloud"].failable
    assert not tasks["Server:amd64:dvd"].failable


def test_all_discs_of_a_set_are_summed_up(tmp_path: Path) -> None:
    demo = compose(tmp_path / "build", variant(images=(image("set", split=True),)))
    first = demo.paths.iso("Server", "amd64", "set")
    second = demo.paths.iso("Server", "amd64", "set", "-2.iso")
    first.parent.mkdir(parents=True)
    first.write_bytes(b"1")
    second.write_bytes(b"2")
    write_file(demo.paths.further_discs("Server", "amd64", "set"), f"{second.relative_to(demo.paths.root)}\n")
    write_file(demo.paths.epoch, f"{DATE}\n")
    run_stages(demo, key, image_checksum)
    checked = subprocess.run(
        ["sha256sum", "-c", "SHA256SUMS"], cwd=demo.paths.tree, capture_output=True, text=True, check=True
    )
    assert [line.rpartition("/")[2] for line in checked.stdout.splitlines()] == [
        f"{second.name}: OK",
        f"{first.name}: OK",
    ]


def test_without_images_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert image_checksum.tasks(compose(tmp_path)) == ()
