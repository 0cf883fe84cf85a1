from __future__ import annotations

import tarfile

import pytest

from composelib.image.oci.bootc import in_var, place


@pytest.mark.parametrize(
    ("name", "placed"),
    [("./usr/etc/passwd", "etc/passwd"), ("./usr/etc", "etc"), ("./usr/bin/sh", "usr/bin/sh"), ("./", "")],
)
def test_etc_is_in_its_place(name: str, placed: str) -> None:
    assert place(tarfile.TarInfo(name)) == placed


def test_folders_and_links_of_var_are_made_but_no_files() -> None:
    lines = (
        'd /var/mail 2775 0 8 - -\nL /var/run - - - - /run\nC /var/x - - - - /usr/x\nd "/var/a b" 0755 root root - -\n'
    )
    made = [(one.name, one.isdir(), oct(one.mode), one.uid, one.gid, one.linkname) for one in in_var(lines)]
    assert made == [
        ("var/mail", True, "0o2775", 0, 8, ""),
        ("var/run", False, "0o777", 0, 0, "/run"),
        ("var/a b", True, "0o755", 0, 0, ""),
    ]
