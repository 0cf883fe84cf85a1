from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from composelib.errors import ConfigError, TrustError
from composelib.fetch import deb_folder
from tests.kit.tiny_archive import DATE, deb

CONTROL = "Package: a\nVersion: 1\nArchitecture: all\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with one .deb."""
    (tmp_path / "debs/sub").mkdir(parents=True)
    (tmp_path / "debs/sub/a.deb").write_bytes(deb(CONTROL, {}))
    return tmp_path / "debs"


def test_a_stanza_is_the_control_file_with_path_size_and_hash(folder: Path) -> None:
    (stanza,) = deb_folder.read_stanzas(folder)
    lines = stanza.decode().splitlines()
    assert lines[:3] == CONTROL.splitlines()
    assert [line.partition(":")[0] for line in lines[3:]] == ["Filename", "Size", "SHA256"]
    assert lines[3] == "Filename: sub/a.deb"


def test_debs_udebs_and_ddebs_are_listed_in_order(folder: Path) -> None:
    for name in ("b.udeb", "c.ddeb", "d.txt"):
        (folder / name).write_bytes(b"")
    assert [path.name for path in deb_folder.list_debs(folder)] == ["b.udeb", "c.ddeb", "a.deb"]


def test_a_folder_that_does_not_exist_is_a_config_error_but_has_a_state(tmp_path: Path) -> None:
    assert deb_folder.describe_state(tmp_path / "absent") == "no such folder"
    with pytest.raises(ConfigError, match=r"no such folder of \.debs"):
        deb_folder.list_debs(tmp_path / "absent")


def test_a_deb_that_is_added_or_changed_changes_the_state(folder: Path) -> None:
    states = [deb_folder.describe_state(folder), deb_folder.describe_state(folder)]
    (folder / "b.deb").write_bytes(b"x")
    states.append(deb_folder.describe_state(folder))
    (folder / "b.deb").write_bytes(b"y" * 2)
    states.append(deb_folder.describe_state(folder))
    assert states[0] == states[1]
    assert len(set(states)) == 3


@pytest.mark.parametrize("field", ["Filename", "size", "SHA256"])
def test_a_control_file_with_a_field_of_an_index_is_refused(folder: Path, field: str) -> None:
    (folder / "sub/a.deb").write_bytes(deb(f"{CONTROL}{field}: x\n", {}))
    with pytest.raises(TrustError, match=r"a\.deb: its control file has a field that only an index may have"):
        list(deb_folder.read_stanzas(folder))


def test_a_file_that_is_not_a_deb_is_named(folder: Path) -> None:
    (folder / "sub/a.deb").write_bytes(b"not a deb")
    with pytest.raises(TrustError, match=r"sub/a\.deb: "):
        list(deb_folder.read_stanzas(folder))


def put_fifo(path: Path) -> None:
    os.mkfifo(path)


def put_link_to_nothing(path: Path) -> None:
    path.symlink_to("nothing")


@pytest.mark.parametrize("put", [put_fifo, put_link_to_nothing, Path.mkdir])
def test_what_is_no_file_is_named_and_not_opened(folder: Path, put: Callable[[Path], None]) -> None:
    put(folder / "b.deb")
    for read in (deb_folder.describe_state, deb_folder.list_debs):
        with pytest.raises(TrustError, match=r"debs/b\.deb: is not a file, nor a link to one"):
            read(folder)


@pytest.mark.parametrize(
    ("name", "shown"), [(b"b\nDepends: evil.deb", "b\\nDepends: evil"), (b"b\xff.deb", "b\\udcff")]
)
def test_a_name_that_no_index_can_have_is_refused(folder: Path, name: bytes, shown: str) -> None:
    Path(os.fsdecode(bytes(folder) + b"/" + name)).write_bytes(deb(CONTROL, {}))
    with pytest.raises(TrustError, match=re.escape(f"{shown}.deb: its name has control characters or is not UTF-8")):
        deb_folder.list_debs(folder)


def test_the_newest_member_dates_a_folder(folder: Path) -> None:
    assert deb_folder.find_newest(folder) == DATE
