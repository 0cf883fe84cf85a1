from __future__ import annotations

import tarfile

import pytest

from composelib.image.oci.bootc import list_var, map_path


@pytest.mark.parametrize(
    ("name", "path"),
    [("./usr/etc/passwd", "etc/passwd"), ("./usr/etc", "etc"), ("./usr/bin/sh", "usr/bin/sh"), ("./", "")],
)
def test_etc_is_at_its_path(name: str, path: str) -> None:
    assert map_path(tarfile.TarInfo(name)) == path


def test_folders_and_links_of_var_are_made_but_no_files() -> None:
    lines = (
        'd /var/mail 2775 0 8 - -\nL /var/run - - - - /run\nC /var/x - - - - /usr/x\nd "/var/a b" 0755 root root - -\n'
    )
    members = [
        (member.name, member.isdir(), oct(member.mode), member.uid, member.gid, member.linkname)
        for member in list_var(lines)
    ]
    assert members == [
        ("var/mail", True, "0o2775", 0, 8, ""),
        ("var/run", False, "0o777", 0, 0, "/run"),
        ("var/a b", True, "0o755", 0, 0, ""),
    ]
