"""Archives of a disk for clouds and for programs that run virtual machines: GCE, OVA, Vagrant."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from composelib.files import sha256_of
from composelib.image.media import gpt
from composelib.image.media.gpt import round_up
from composelib.image.media.sparse import copy_sparse

GIB = 1 << 30
RECORD = 10240
"""Tars are padded to a multiple of these bytes."""
OVF = """\
<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
  xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
  xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData">
  <References>
    <File ovf:id="file1" ovf:href="{name}-disk1.vmdk" ovf:size="{length}"/>
  </References>
  <DiskSection>
    <Info>Virtual disks</Info>
    <Disk ovf:diskId="disk1" ovf:fileRef="file1" ovf:capacity="{size}"
      ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
  </DiskSection>
  <NetworkSection>
    <Info>Networks</Info>
    <Network ovf:name="network">
      <Description>The network of the virtual machine</Description>
    </Network>
  </NetworkSection>
  <VirtualSystem ovf:id="{name}">
    <Info>A virtual machine</Info>
    <Name>{name}</Name>
    <OperatingSystemSection ovf:id="96">
      <Info>Debian, 64 bits</Info>
    </OperatingSystemSection>
    <VirtualHardwareSection>
      <Info>1 processor, 1 GiB of memory</Info>
      <System>
        <vssd:ElementName>Virtual hardware</vssd:ElementName>
        <vssd:InstanceID>0</vssd:InstanceID>
        <vssd:VirtualSystemIdentifier>{name}</vssd:VirtualSystemIdentifier>
        <vssd:VirtualSystemType>vmx-10 virtualbox-2.2</vssd:VirtualSystemType>
      </System>
      <Item>
        <rasd:ElementName>1 processor</rasd:ElementName>
        <rasd:InstanceID>1</rasd:InstanceID>
        <rasd:ResourceType>3</rasd:ResourceType>
        <rasd:VirtualQuantity>1</rasd:VirtualQuantity>
      </Item>
      <Item>
        <rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits>
        <rasd:ElementName>1024 MiB of memory</rasd:ElementName>
        <rasd:InstanceID>2</rasd:InstanceID>
        <rasd:ResourceType>4</rasd:ResourceType>
        <rasd:VirtualQuantity>1024</rasd:VirtualQuantity>
      </Item>
      <Item>
        <rasd:Address>0</rasd:Address>
        <rasd:ElementName>SCSI controller</rasd:ElementName>
        <rasd:InstanceID>3</rasd:InstanceID>
        <rasd:ResourceSubType>lsilogic</rasd:ResourceSubType>
        <rasd:ResourceType>6</rasd:ResourceType>
      </Item>
      <Item>
        <rasd:AddressOnParent>0</rasd:AddressOnParent>
        <rasd:ElementName>Disk</rasd:ElementName>
        <rasd:HostResource>ovf:/disk/disk1</rasd:HostResource>
        <rasd:InstanceID>4</rasd:InstanceID>
        <rasd:Parent>3</rasd:Parent>
        <rasd:ResourceType>17</rasd:ResourceType>
      </Item>
      <Item>
        <rasd:AutomaticAllocation>true</rasd:AutomaticAllocation>
        <rasd:Connection>network</rasd:Connection>
        <rasd:ElementName>Network adapter</rasd:ElementName>
        <rasd:InstanceID>5</rasd:InstanceID>
        <rasd:ResourceSubType>E1000</rasd:ResourceSubType>
        <rasd:ResourceType>10</rasd:ResourceType>
      </Item>
    </VirtualHardwareSection>
  </VirtualSystem>
</Envelope>
"""
"""A virtual machine with one disk (DMTF DSP0243, OVF 1.1). The elements of an Item are in the order of their names."""
VAGRANTFILE = """\
Vagrant.configure("2") do |config|
  config.vm.provider :libvirt do |libvirt|
    libvirt.disk_bus = "virtio"
  end
end
"""


def write_gce(raw: Path, output: Path, epoch: int) -> None:
    """Write the tar that Compute Engine imports: `disk.raw` in GNU's old format, of whole GiB, its GPT enlarged to that."""
    member = tarfile.TarInfo("disk.raw")
    member.size, member.mtime = round_up(raw.stat().st_size, GIB), epoch
    head = member.tobuf(tarfile.GNU_FORMAT)
    with raw.open("rb") as stream:
        start, end = gpt.enlarge_tables(stream.read(gpt.SECTOR * (1 + gpt.TABLE_SECTORS)), member.size)
    with output.open("wb") as tar:
        old_end = raw.stat().st_size - len(end)
        copy_sparse(raw, tar.fileno(), len(head))
        os.pwrite(tar.fileno(), bytes(len(end)), len(head) + old_end)
        os.pwrite(tar.fileno(), head + start, 0)
        os.pwrite(tar.fileno(), end, len(head) + member.size - len(end))
        tar.truncate(round_up(len(head) + member.size + 2 * len(head), RECORD))


def write_ova(disk: Path, size: int, name: str, output: Path, epoch: int) -> None:
    """Write an appliance with a VMDK, of a disk of `size` bytes: its description, the sums of both, the disk."""
    ovf = OVF.format(name=escape(name), length=disk.stat().st_size, size=size)
    description = output.with_suffix(".ovf")
    description.write_text(ovf)
    sums = {f"{name}.ovf": sha256_of(description), f"{name}-disk1.vmdk": sha256_of(disk)}
    manifest = "".join(f"SHA256({file})= {digest}\n" for file, digest in sums.items())
    texts = {f"{name}.ovf": ovf, f"{name}.mf": manifest}
    write_appliance(output, texts, f"{name}-disk1.vmdk", disk, epoch)


def write_vagrant(disk: Path, size: int, output: Path, epoch: int) -> None:
    """Write a box for Vagrant's provider libvirt, with a disk of format qcow2 and `size` bytes."""
    description = {"format": "qcow2", "provider": "libvirt", "virtual_size": round_up(size, GIB) // GIB}
    texts = {"metadata.json": f"{json.dumps(description)}\n", "Vagrantfile": VAGRANTFILE}
    write_appliance(output, texts, "box.img", disk, epoch)


def write_appliance(output: Path, texts: Mapping[str, str], name: str, disk: Path, epoch: int) -> None:
    """Write a tar of texts and, after them, a disk; in the form of POSIX unless the disk is too large for that."""
    with tarfile.open(
        output, "w", format=tarfile.GNU_FORMAT if disk.stat().st_size >> 33 else tarfile.USTAR_FORMAT
    ) as tar:
        for file, text in texts.items():
            tar.addfile(describe_member(file, len(text.encode()), epoch), io.BytesIO(text.encode()))
        with disk.open("rb") as stream:
            tar.addfile(describe_member(name, disk.stat().st_size, epoch), stream)


def describe_member(name: str, size: int, epoch: int) -> tarfile.TarInfo:
    """Return the member of a file that root owns and all may read."""
    member = tarfile.TarInfo(name)
    member.size, member.mtime = size, epoch
    return member
