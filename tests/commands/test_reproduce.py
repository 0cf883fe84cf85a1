from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from composelib.archive.choose.debian_installer import UDEBS
from tests.kit.demo_compose import CHECKOUT, Demo, make_demo
from tests.kit.stub_installer import INSTALLER, PACKAGES, add_images
from tests.kit.tiny_archive import DATE, TinyArchive

TRANSLATION = "main/i18n/Translation-en"
DVD = "Server/amd64/iso/tiny-1.10-Server-dvd-amd64.iso"


def look(folder: Path) -> dict[str, tuple[int, ...]]:
    """Return inode, size and times of all files of a compose's folder but its lock."""
    statuses = {str(path): path.lstat() for path in folder.rglob("*") if path.name != "lock" and not path.is_dir()}
    return {name: (s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for name, s in statuses.items()}


def damage(path: Path, old: bytes, new: bytes) -> None:
    """Replace bytes of an artifact, as if it had been made otherwise."""
    content = path.read_bytes()
    assert old in content
    path.unlink()
    path.write_bytes(content.replace(old, new, 1))


def test_all_that_is_released_is_the_same_when_built_elsewhere_and_the_compose_is_untouched(
    demo: Demo, tmp_path: Path
) -> None:
    before = look(demo.root)
    ran = demo.doit("reproduce", TMPDIR=str(tmp_path))
    assert ran.status == 0, ran.out + ran.err
    assert "files are the same, to the bit" in ran.out
    assert "varied      path, umask, locale, time zone, -n 3" in ran.out
    assert "made    createiso:Server:amd64:dvd" in ran.out
    assert look(demo.root) == before
    assert not list(tmp_path.glob("reproduce-*"))


def test_the_file_inside_an_image_that_differs_is_named(demo: Demo) -> None:
    damage(demo.tree / DVD, b"Origin: Tiny", b"Origin: Thny")
    ran = demo.doit("reproduce", "dvd")
    assert ran.status == 1
    assert f"different   {demo.tree / DVD}: differs from byte " in ran.out
    assert "\n  dists/tinysuite/InRelease: line 4: 'Origin: Thny' and 'Origin: Tiny'\n" in ran.out
    assert "4 of 5 files are the same, to the bit" in ran.out


def test_an_artifact_that_an_earlier_date_made_is_made_with_that_date(demo: Demo) -> None:
    demo.archive.publish(date=DATE + 86_400)
    assert demo.doit().status == 0
    assert "createiso:Server:amd64:dvd" not in demo.ran()
    ran = demo.doit("reproduce", "dvd", "metadata")
    assert ran.status == 0, ran.out + ran.err


def test_a_compose_is_the_same_with_the_indices_that_it_keeps_of_its_former_state(demo: Demo) -> None:
    demo.archive.add("shell", "2.0", Depends="libbase")
    demo.archive.publish()
    assert demo.doit().status == 0
    ran = demo.doit("reproduce", "checksum")
    assert ran.status == 0, ran.out + ran.err


def test_it_needs_no_archive(demo: Demo) -> None:
    translation = demo.archive.root / "dists" / demo.archive.suite / TRANSLATION
    translation.parent.mkdir(parents=True)
    translation.write_text(f"Package: shell\nDescription-md5: {'0' * 32}\nDescription-en: a shell\n It is one.\n")
    demo.archive.listed.append(TRANSLATION)
    demo.archive.publish(date=DATE + 1)
    assert demo.doit().status == 0
    demo.archive.root.rename(demo.archive.root.with_name("moved"))
    assert demo.doit("reproduce", "release").status == 0


def test_a_word_that_is_no_task_and_no_image_is_named(demo: Demo) -> None:
    ran = demo.doit("reproduce", "dvdx")
    assert ran.status == 2
    assert ran.err.startswith("error: dvdx: no task or image that can be made again")


def test_what_the_config_has_changed_is_to_be_made_first(demo: Demo) -> None:
    demo.edit("dvd: {kind: iso}", "dvd: {kind: iso, volume-id: OTHER}")
    ran = demo.doit("reproduce", "dvd")
    assert ran.status == 2
    assert "createiso:Server:amd64:dvd: not made from the config as it is now" in ran.err


def test_a_task_that_cannot_be_made_again_is_named_and_nothing_is_left(demo: Demo, tmp_path: Path) -> None:
    listing = demo.root / "work/pkgset/tiny/parts"
    for path in listing.rglob("*"):
        path.unlink()
    ran = demo.doit("reproduce", "dvd", TMPDIR=str(tmp_path))
    assert ran.status == 1
    assert "not made    createiso:Server:amd64:dvd: " in ran.out
    assert not list(tmp_path.glob("reproduce-*"))


def test_it_ends_when_its_time_is_over(demo: Demo, tmp_path: Path) -> None:
    ran = demo.doit("reproduce", "--limit=0", TMPDIR=str(tmp_path))
    assert ran.status == 3
    assert "not done after 0 seconds" in ran.err
    assert not list(tmp_path.glob("reproduce-*"))


def test_installing_media_are_the_same_and_no_archive_is_asked_for_the_installer(
    tmp_path: Path, archive: TinyArchive
) -> None:
    archive.components = ("main", INSTALLER)
    demo = make_demo(tmp_path, archive)
    for name in {*PACKAGES} - {"init"}:
        archive.add(name)
    for name in UDEBS:
        archive.add(name, component=INSTALLER)
    add_images(archive)
    archive.listed = ["main/installer-amd64/current/images/SHA256SUMS"]
    archive.publish()
    demo.edit("    lookaside: [Base]\n    sources: true\n", "")
    demo.edit("dvd: {kind: iso}", "dvd: {kind: iso, installer: true}\n      mini: {kind: netboot}")
    ran = demo.doit()
    assert ran.status == 0, ran.out + ran.err
    archive.root.rename(tmp_path / "moved")
    ran = demo.doit("reproduce", "dvd", "mini", "buildinstall")
    assert ran.status == 0, ran.out + ran.err
    assert "made    netboot:Server:amd64:mini" in ran.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_nothing_is_left(demo: Demo, tmp_path: Path, number: signal.Signals) -> None:
    default = ("env", "--default-signal")  # whoever starts the tests in the background ignores SIGINT
    command = [*default, sys.executable, "-m", "doit", "reproduce", *demo.call.split()[1:]]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        while not process.stdout.readline().startswith("made    "):
            pass
        process.send_signal(number)
        _, errors = process.communicate()
    assert (process.returncode, errors) == (128 + number, "")
    assert not list(tmp_path.glob("reproduce-*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="another user, another host name")
def test_as_root_the_host_name_and_the_user_are_varied_and_the_machines_name_stays(demo: Demo) -> None:
    name = os.uname().nodename
    ran = demo.doit("reproduce", "release:Base")
    assert ran.status == 0, ran.out + ran.err
    assert "host name, user" in ran.out
    assert os.uname().nodename == name
