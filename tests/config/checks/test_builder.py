"""What a builder cannot do is refused when the config is read, at its place, with the builder that can."""

from __future__ import annotations

from pathlib import Path

import pytest

from composelib.config import load
from composelib.errors import ConfigError
from composelib.image.root.builders import list_builders
from composelib.stages import stages

CONFIG = """\
release: {{name: Demo, short: demo, version: "12", codename: bookworm}}
arches: [amd64, s390x]
archives: {{debian: {{uri: host, suites: [bookworm], trusted: true}}}}
variants:
  Base:
    packages: [bash, 'linux-image-amd64 [amd64]', 'linux-image-s390x [s390x]']
    {more}
    images:
      edge: {{kind: ostree, arches: [amd64]}}
      it: {{kind: disk, {keys}}}
"""
OSBUILD = "installs no Debian packages, and the disk it assembles from a root made elsewhere differs each time"
REFUSED = {
    "builder: osbuild": f"10:24: variants.Base.images.it.builder: 'osbuild' {OSBUILD}; use one of {', '.join(list_builders())}",
    "builder: mkosi, formats: [tar]": "10:24: variants.Base.images.it.builder: 'mkosi' makes nothing for s390x; use 'builder: native'",
    "builder: kiwi, arches: [s390x]": "10:39: variants.Base.images.it: no builder makes a disk that boots on s390x; disks are made for amd64, arm64, riscv64",
    "builder: native": "10:12: variants.Base.images.it: no builder makes a disk that boots on s390x",
    "builder: kiwi, from: edge, arches: [amd64]": "10:24: variants.Base.images.it.builder: 'kiwi' makes no disk of an OSTree commit; use 'builder: native'",
    "builder: mkosi, from: edge, arches: [amd64]": "'mkosi' makes no disk of an OSTree commit; use 'builder: native'",
    "from: edge, arches: [amd64], cloud-init: true": "10:53: variants.Base.images.it.cloud-init: has no effect: the image is made of an OSTree",
    "from: edge, arches: [amd64], formats: [tar]": "10:63: variants.Base.images.it.formats: 'tar' is a root file system alone, and the image is a disk of an OSTree",
    "grow: true, formats: [wsl]": "10:24: variants.Base.images.it.grow: has no effect: none of the formats is a disk; remove it, or add 'raw' to 'formats'",
    "size: 4GB, formats: [tar.xz]": "10:24: variants.Base.images.it.size: has no effect: none of the formats is a disk; remove it, or add 'raw' to 'formats'",
}


def problem(tmp_path: Path, keys: str, more: str = "") -> str:
    """Return the errors of a disk with these keys; empty if there are none."""
    path = tmp_path / "test.yaml"
    path.write_text(CONFIG.format(keys=keys, more=more))
    try:
        load(path)
    except ConfigError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("keys", REFUSED)
def test_what_a_builder_cannot_do_is_told_at_its_place(keys: str, tmp_path: Path) -> None:
    assert REFUSED[keys] in problem(tmp_path, keys)


@pytest.mark.parametrize("builder", ["mkosi", "kiwi"])
def test_packages_of_foreign_arches_are_for_the_native_builder_alone(builder: str, tmp_path: Path) -> None:
    foreign = "multiarch: {foreign: [i386]}"
    packages = "packages: [linux-image-amd64, libc6:i386], arches: [amd64]"
    message = problem(tmp_path, f"{packages}, builder: {builder}", foreign)
    assert (
        f"10:54: variants.Base.images.it.builder: '{builder}' installs no packages of foreign arches, such as 'libc6:i386'"
        in message
    )
    assert problem(tmp_path, f"{packages}, builder: native", foreign) == ""
    assert problem(tmp_path, f"arches: [amd64], builder: {builder}", foreign) == ""


@pytest.mark.parametrize("builder", list_builders())
def test_every_other_key_of_a_disk_is_done_by_each_builder(builder: str, tmp_path: Path) -> None:
    user = "{password: '!', groups: [adm], ssh-keys: [ssh-ed25519 AAAA], shell: /bin/sh}"
    set_up = "locale: C.UTF-8, timezone: Etc/UTC, enable: [a.service], disable: [b.service], kernel-append: x"
    keys = (
        f"arches: [amd64], builder: {builder}, size: 4GB, partitions: [{{mount: /}}], cloud-init: true, recommends: true, exclude: [nano]",
        "formats: [raw, qcow2, vmdk, vdi, vhd, tar, raw.gz, qcow2.xz, tar.zst], packages: [linux-image-amd64]",
        f"customize: {{hostname: it, {set_up}, users: {{a: {user}}}}}",
    )
    assert problem(tmp_path, ", ".join(keys)) == ""
    compose = load(tmp_path / "test.yaml")
    outputs = {output for stage in stages(compose) for task in stage.tasks for output in task.outputs}
    (image,) = (image for image in compose.variants[0].images if image.name == "it")
    assert outputs.issuperset(compose.paths.image_files("Base", "amd64", image))
