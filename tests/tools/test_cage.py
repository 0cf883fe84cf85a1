from __future__ import annotations

from pathlib import Path

import pytest

from composelib.tools import cage
from composelib.tools.run import ToolError, run


def confined(folder: Path, script: str) -> str:
    """Return what a shell program prints in a cage."""
    (folder / "root").mkdir()
    (folder / "work").mkdir()
    (folder / "enter").write_text(cage.ENTER)
    argv = cage.confine(folder / "enter", folder / "root", folder / "work", ["sh", "-c", script])
    return run(argv, capture=True, timeout=60).stdout.decode()


def test_a_cage_has_programs_and_its_folder_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    script = "echo /*; ls /sys /proc 2>/dev/null; ls /etc; echo out > out"
    printed = confined(tmp_path, script).split()
    assert {"/usr", "/work", "/tmp"} <= set(printed)
    assert not {"/home", "/root", "/proc", "/sys", "/var", "/run", "passwd", "shadow"} & set(printed)
    assert (tmp_path / "work/out").read_text() == "out\n"


@pytest.mark.parametrize(
    "script", ["test -w /usr", "mkdir m && mount -t tmpfs none m", "chroot / true", "mknod null c 1 3"]
)
def test_what_is_in_a_cage_can_change_nothing_outside_of_its_folder(script: str, tmp_path: Path) -> None:
    # Each of these is harmless on the machine itself, where it would succeed if the cage did not hold.
    with pytest.raises(ToolError):
        confined(tmp_path, script)


def test_a_cage_has_no_network(tmp_path: Path) -> None:
    script = "perl -MSocket -e 'socket(my $s, PF_INET, SOCK_STREAM, 0); print connect($s, sockaddr_in(9, inet_aton(q(127.0.0.1)))) ? 1 : $!'"
    assert "unreachable" in confined(tmp_path, script)
