"""An installer small enough for tests: the kernel and initramfs are Debian's, what they load is ours."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from tests.tiny import TinyArchive, deb, paragraph

INSTALLER = "main/debian-installer"
LOADED = "the tiny component is set up"
DETECT = """\
#!/bin/sh
# find the medium: the first disc or stick that has a .disk/info of a repository
mkdir -p /cdrom
modprobe -q isofs
for try in 1 2 3 4 5 6 7 8 9 10; do
    for device in /dev/sr0 /dev/vda /dev/sda /dev/sdb; do
        if [ -b $device ] && mount -t iso9660 -o ro $device /cdrom 2>/dev/null; then
            [ -e /cdrom/.disk/info ] && exit 0
            umount /cdrom
        fi
    done
    sleep 2
done
exit 1
"""
RETRIEVER = """\
#!/bin/sh
# anna(8)'s way to ask for components: commands `config`, `packages FILE`, `retrieve NAME FILE`, `error`, `cleanup`
case "$1" in
    packages) cat /cdrom/dists/*/main/debian-installer/binary-*/Packages > "$2" ;;
    retrieve) cp "/cdrom/$2" "$3" ;;
esac
exit 0
"""
LOAD = """\
#!/bin/sh
set -e
anna tiny-retriever default
"""
TINY = f"""\
#!/bin/sh
echo '{LOADED}' > /dev/ttyS0
"""


PRESEED = """\
d-i debian-installer/locale string en_US.UTF-8
d-i keyboard-configuration/xkb-keymap select us
"""


def udeb(name: str, files: dict[str, bytes], postinst: str = "", **fields: str) -> tuple[str, bytes]:
    """Give a udeb's control stanza and its bytes."""
    control = {
        "Package": name,
        "Version": "1.0",
        "Architecture": "amd64",
        "Maintainer": "Tiny <tiny@example.org>",
        "Section": "debian-installer",
        "Priority": "standard",
        **{key.replace("_", "-"): value for key, value in fields.items()},
        "Description": f"{name} of the tiny installer",
    }
    scripts = {"postinst": postinst.encode()} if postinst else {}
    return paragraph(control), deb(paragraph(control), files, scripts)


def udebs() -> list[tuple[str, bytes]]:
    """Give stand-ins of the parts that read a medium, and a component for them to load from it."""
    return [
        udeb("cdrom-detect", {}, DETECT, Installer_Menu_Item="1300"),
        udeb(
            "cdrom-retriever",
            {"usr/lib/debian-installer/retriever/tiny-retriever": RETRIEVER.encode()},
            "#!/bin/sh\nchmod +x /usr/lib/debian-installer/retriever/tiny-retriever\n",
            Provides="retriever",
            Depends="cdrom-detect",
        ),
        udeb("load-cdrom", {}, LOAD, Depends="cdrom-retriever, anna", Installer_Menu_Item="1600"),
        udeb("tiny-component", {"usr/share/tiny": b"tiny"}, TINY, Installer_Menu_Item="1400"),
    ]


def add(archive: TinyArchive, control: str, content: bytes, suffix: str) -> None:
    """Add a ready package to an archive; arch `amd64` whatever it says."""
    name = control.partition("\n")[0].removeprefix("Package: ")
    filename = f"pool/main/{name[0]}/{name}/{name}_1.0_amd64.{suffix}"
    place = archive.root / filename
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    sums = {"Filename": filename, "Size": str(len(content)), "SHA256": hashlib.sha256(content).hexdigest()}
    archive.stanzas.setdefault(("main", "amd64"), []).append(control + paragraph(sums))


def add_udebs(archive: TinyArchive) -> dict[str, str]:
    """Add the stand-ins, and give the component of each."""
    for control, content in udebs():
        add(archive, control, content, "udeb")
    return dict.fromkeys(("cdrom-detect", "cdrom-retriever", "load-cdrom", "tiny-component"), INSTALLER)


def add_images(archive: TinyArchive) -> None:
    """Add the installer's images of no content, with their SHA256SUMS, beside the indices; publish afterwards."""
    folder = archive.root / "dists" / archive.suite / "main/installer-amd64/current/images"
    lines = []
    for name in ("cdrom/vmlinuz", "cdrom/initrd.gz", "netboot/netboot.tar.gz"):
        content = netboot_tar(folder.parent) if name.endswith("tar.gz") else name.encode()
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        lines.append(f"{hashlib.sha256(content).hexdigest()}  ./{name}\n")
    (folder / "SHA256SUMS").write_text("".join(lines))


def netboot_tar(folder: Path) -> bytes:
    """Give a netboot tree of three files and a link, packed."""
    tree = folder / "tree"
    (tree / "debian-installer/amd64").mkdir(parents=True)
    for name in ("linux", "initrd.gz", "pxelinux.0"):
        (tree / "debian-installer/amd64" / name).write_text(f"{name} of the network\n")
    (tree / "pxelinux.0").symlink_to("debian-installer/amd64/pxelinux.0")
    packed = subprocess.run(["tar", "--create", "--gzip", "-C", tree, "."], capture_output=True, check=True).stdout
    subprocess.run(["rm", "-r", tree], check=True)
    return packed
