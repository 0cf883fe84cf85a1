from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tarfile
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from composelib.image.media import appliance, formats
from composelib.image.media.formats import FormatLabel
from composelib.image.media.image_check import check_image
from tests.kit.raw_disks import write_raw_disk
from tests.kit.root_tars import EPOCH

MIB = 1 << 20
LABEL = FormatLabel("demo-1-Base-<cloud>-amd64", "amd64", EPOCH)
OVF = "{http://schemas.dmtf.org/ovf/envelope/1}"


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Return a disk with tables, and of its file systems only what they are known by."""
    return write_raw_disk(tmp_path / "disk.raw", b"boot code")


def deliver(raw: Path, form: str) -> Path:
    """Write a disk in a format; return its path."""
    output = raw.parent / "out" / f"image.{form}"
    formats.deliver(raw, form, output, LABEL, raw.parent)
    return output


def test_compute_engine_gets_a_disk_of_whole_gib_whose_tables_are_of_that_size(raw: Path, tmp_path: Path) -> None:
    archive = tmp_path / "gce.tar"
    appliance.write_gce(raw, archive, EPOCH)
    assert archive.stat().st_blocks * 512 < 16 * MIB
    assert archive.read_bytes()[257:265] == b"ustar  \0"
    subprocess.run(["tar", "--extract", "--sparse", "-f", archive, "-C", tmp_path, "disk.raw"], check=True)
    assert raw.stat().st_size == 1 << 30
    assert check_image(raw, bootable=True) == ["GPT with bios, esp, root", "ESP", "ext4 root"]
    with raw.open("rb") as stream:
        assert stream.read(9) == b"boot code"
        stream.seek(128 * MIB - 33 * 512)
        assert not any(stream.read(33 * 512))
    assert subprocess.run(["tar", "-tf", archive], capture_output=True, check=True).stdout == b"disk.raw\n"


def test_an_appliance_is_described_and_its_sums_are_right(raw: Path) -> None:
    archive = deliver(raw, "ova")
    with tarfile.open(archive) as tar:
        names = tar.getnames()
        contents = [stream.read() for stream in map(tar.extractfile, names) if stream]
    stem = LABEL.name
    assert names == [f"{stem}.ovf", f"{stem}.mf", f"{stem}-disk1.vmdk"]
    description, manifest, disk = contents
    envelope = ET.fromstring(description)  # noqa: S314 - our own
    (file,) = envelope.iter(f"{OVF}File")
    assert file.attrib == {f"{OVF}id": "file1", f"{OVF}href": names[2], f"{OVF}size": str(len(disk))}
    assert next(envelope.iter(f"{OVF}Disk")).attrib[f"{OVF}capacity"] == str(128 * MIB)
    sums = dict(re.findall(r"SHA256\((.*)\)= (\w+)\n", manifest.decode()))
    assert sums == {names[0]: hashlib.sha256(description).hexdigest(), names[2]: hashlib.sha256(disk).hexdigest()}


def test_an_appliances_disk_is_read_by_qemu(raw: Path, tmp_path: Path) -> None:
    with tarfile.open(deliver(raw, "ova")) as tar:
        tar.extractall(tmp_path / "ova", filter="data")
    disk = tmp_path / "ova" / f"{LABEL.name}-disk1.vmdk"
    listed = subprocess.run(["qemu-img", "info", "--output=json", disk], capture_output=True, check=True).stdout
    assert json.loads(listed)["format-specific"]["data"]["create-type"] == "streamOptimized"
    subprocess.run(["qemu-img", "compare", "-f", "raw", "-F", "vmdk", raw, disk], check=True)


def test_a_vagrant_box_has_a_disk_and_says_how_large_it_is(raw: Path, tmp_path: Path) -> None:
    with tarfile.open(deliver(raw, "vagrant.box")) as tar:
        tar.extractall(tmp_path / "box", filter="data")
    description = json.loads((tmp_path / "box/metadata.json").read_text())
    assert description == {"format": "qcow2", "provider": "libvirt", "virtual_size": 1}
    subprocess.run(["qemu-img", "compare", "-f", "raw", "-F", "qcow2", raw, tmp_path / "box/box.img"], check=True)


def test_azures_disk_is_fixed_and_of_whole_mib(raw: Path) -> None:
    disk = deliver(raw, "azure.vhd")
    assert disk.stat().st_size == 128 * MIB + 512
    assert disk.read_bytes()[-512:-504] == b"conectix"
    assert check_image(disk, bootable=True) == ["vhd magic"]


@pytest.mark.parametrize(
    ("form", "words"), [("ova", "tar magic"), ("vagrant.box", "tar magic"), ("vhdx", "vhdx magic")]
)
def test_other_formats_are_known_by_their_magic_bytes(raw: Path, form: str, words: str) -> None:
    assert check_image(deliver(raw, form), bootable=True) == [words]


@pytest.mark.parametrize("form", ["azure.vhd", "gce.tar", "ova", "vagrant.box", "vhdx"])
def test_a_disk_in_each_format_is_the_same_twice(raw: Path, tmp_path: Path, form: str) -> None:
    outputs = [tmp_path / "one" / "disk", tmp_path / "two" / "disk"]
    for output in outputs:
        output.parent.mkdir()
        formats.convert_source(raw, form, output, LABEL)
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
