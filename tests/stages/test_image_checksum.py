"""The sums of images.

Also covers: composelib.actions.image_checksum.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from composelib.files import write_file
from composelib.model.image import ContainerImage, DiskImage, OstreeImage
from composelib.stages import image_checksum
from tests.kit.gathered_variant import compose, image, run_stages, variant


def test_each_file_of_an_image_has_its_sum_beside_it(tmp_path: Path) -> None:
    images = (image("dvd"), image("cloud", kind=DiskImage, formats=("qcow2", "raw.xz")), image("app", ContainerImage))
    demo = compose(tmp_path / "build", variant(images=images))
    files = [path for member in images for path in demo.paths.image_files("Server", "amd64", member)]
    for path in files:
        write_file(path, path.name)
    run_stages(demo, image_checksum)
    for path in files:
        for algorithm in ("sha256", "sha512"):
            command = [f"{algorithm}sum", "-c", f"{path.name}.{algorithm}"]
            subprocess.run(command, cwd=path.parent, check=True, capture_output=True)


def test_all_discs_of_a_set_are_summed_up(tmp_path: Path) -> None:
    demo = compose(tmp_path / "build", variant(images=(image("set", split=True),)))
    first = demo.paths.iso("Server", "amd64", "set")
    second = demo.paths.iso("Server", "amd64", "set", "-2.iso")
    write_file(first, b"1")
    write_file(second, b"2")
    write_file(demo.paths.further_discs("Server", "amd64", "set"), f"{second.relative_to(demo.paths.root)}\n")
    run_stages(demo, image_checksum)
    checked = subprocess.run(
        ["sha256sum", "-c", f"{first.name}.sha256"], cwd=first.parent, capture_output=True, text=True, check=True
    )
    assert checked.stdout.splitlines() == [f"{first.name}: OK", f"{second.name}: OK"]


def test_a_failable_image_has_a_failable_sum(tmp_path: Path) -> None:
    demo = compose(tmp_path / "build", variant(images=(image("dvd"), image("extra", failable=("amd64",)))))
    assert {task.name: task.failable for task in image_checksum.tasks(demo)} == {
        "Server:amd64:dvd": False,
        "Server:amd64:extra": True,
    }


def test_what_has_no_files_has_no_sums(tmp_path: Path) -> None:
    assert image_checksum.tasks(compose(tmp_path, variant(images=(image("edge", OstreeImage),)))) == ()
