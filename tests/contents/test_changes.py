"""Two artifacts are compared, and what lies in them.

Also covers: composelib.contents.owners
"""

from __future__ import annotations

import stat
from pathlib import Path

from composelib.contents.changes import FileChange, compare_image_files
from composelib.image.media.cpio import CpioEntry, write_cpio
from tests.kit.root_tars import write_tiny_root

INFO = "var/lib/dpkg/info/tool"
LISTS = {f"{INFO}:amd64.list": b"/bin/tool\n/usr/share/tool\n", "var/lib/dpkg/info/base.list": b"/usr\n/etc\n/bin\n"}


def compare(folder: Path, old: dict[str, bytes], new: dict[str, bytes]) -> dict[str, FileChange]:
    first, second = write_tiny_root(folder / "a.tar", old, {}), write_tiny_root(folder / "b.tar", new, {})
    changes = list(compare_image_files(first, second, folder / "inside"))
    assert not (folder / "inside").exists() or not list((folder / "inside").iterdir())
    return {": ".join((*change.within, change.path)): change for change in changes}


def test_what_is_the_same_does_not_appear(tmp_path: Path) -> None:
    assert not compare(tmp_path, LISTS, LISTS)


def test_a_file_is_the_package_s_that_has_it_by_its_old_name(tmp_path: Path) -> None:
    changes = compare(tmp_path, LISTS | {"usr/bin/tool": b"1"}, LISTS | {"usr/bin/tool": b"2"})
    assert (changes["usr/bin/tool"].owners, changes["usr/bin/tool"].owned) == (("tool",), True)


def test_a_file_that_none_has_is_beside_those_of_the_folder_s_owner(tmp_path: Path) -> None:
    changes = compare(tmp_path, LISTS, LISTS | {"usr/share/tool/cache": b"2", f"{INFO}.postinst": b"x"})
    change = changes["usr/share/tool/cache"]
    assert (change.how, change.owners, change.owned) == ("added", ("tool",), False)
    assert changes[f"{INFO}.postinst"].owners == ("tool",)


def test_a_removed_file_is_the_package_s_that_had_it(tmp_path: Path) -> None:
    changes = compare(tmp_path, LISTS | {"usr/bin/tool": b"1"}, {"var/lib/dpkg/info/base.list": b""})
    assert (changes["usr/bin/tool"].how, changes["usr/bin/tool"].owners) == ("removed", ("tool",))


def test_an_initrd_in_a_root_is_opened_and_one_of_no_kind_is_not(tmp_path: Path) -> None:
    first, second = (write_cpio([CpioEntry("usr/bin/x", stat.S_IFREG | 0o755, content)], 0) for content in (b"1", b"2"))
    changes = compare(
        tmp_path, {"boot/initrd.img-6": first, "boot/initrd": b"1"}, {"boot/initrd.img-6": second, "boot/initrd": b"2"}
    )
    assert list(changes) == ["boot/initrd", "boot/initrd.img-6", "boot/initrd.img-6: usr/bin/x"]


def test_another_commit_alone_renames_no_file_and_its_objects_are_left_out(tmp_path: Path) -> None:
    old, new = (
        {
            f"ostree/deploy/d/deploy/{letter * 64}.0/usr/bin/x": letter.encode(),
            f"ostree/repo/objects/{letter}/x.file": b"",
        }
        for letter in "ab"
    )
    changes = compare(tmp_path, old, new)
    assert [path for path, change in changes.items() if change.new and change.new.kind == "file"] == [
        "ostree/deploy/d/deploy/COMMIT.0/usr/bin/x"
    ]
