"""Stanzas filtered verbatim, and the Release files over them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composelib.archive.format import repository
from composelib.archive.format.repository import ChosenPackage, Suite
from composelib.errors import TrustError

DEB = (
    b"Package: libfoo1\nSource: foo (2)\nVersion: 1:3\nArchitecture: amd64\nFilename: pool/x/y.deb\n"
    b"Size: 7\nSHA256: " + b"a" * 64 + b"\nDescription: short\n long\n .\n Filename: in the text\n"
)
LINE = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), min_size=1, max_size=20)
NAME = st.from_regex(r"[A-Z][a-z]{0,8}(-[A-Z][a-z]{1,4})?", fullmatch=True)


def test_values_are_found_whatever_the_case_of_the_field() -> None:
    assert repository.read_field(DEB.replace(b"SHA256:", b"sha256:"), "SHA256") == "a" * 64
    assert repository.read_field(DEB, "PACKAGE") == "libfoo1"


def test_a_field_that_is_not_there_is_empty() -> None:
    assert repository.read_field(DEB, "Depends") == ""
    assert repository.read_field(DEB, "ackage") == ""


def test_text_within_another_field_is_not_taken_for_a_field() -> None:
    moved = repository.replace_field(DEB, "Filename", "pool/new.deb")
    assert moved == DEB.replace(b"Filename: pool/x/y.deb", b"Filename: pool/new.deb")


def test_continuation_lines_belong_to_the_value() -> None:
    assert repository.read_field(DEB, "Description") == "short\n long\n .\n Filename: in the text"


@given(st.dictionaries(NAME, st.lists(LINE, min_size=1, max_size=3), min_size=1, max_size=6))
def test_every_field_of_any_stanza_is_found_and_replaced(fields: dict[str, list[str]]) -> None:
    if len({name.lower() for name in fields}) < len(fields):
        return
    texts = {name: "\n ".join(lines) for name, lines in fields.items()}
    stanza = "".join(f"{name}: {text}\n" for name, text in texts.items()).encode()
    for name, text in texts.items():
        assert repository.read_field(stanza, name) == text.strip()
        replaced = repository.replace_field(stanza, name, "X")
        assert repository.read_field(replaced, name) == "X"
        assert all(repository.read_field(replaced, rest) == texts[rest].strip() for rest in texts if rest != name)


def test_chosen_packages_are_read_with_the_fields_before_them() -> None:
    text = b"Compose-Archive: a\nPackage: x\n\nCompose-Archive: b\nCompose-Component: HA\nPackage: y\nVersion: 1\n"
    assert list(repository.read_chosen(text)) == [
        ChosenPackage("a", "main", b"Package: x\n"),
        ChosenPackage("b", "HA", b"Package: y\nVersion: 1\n"),
    ]
    assert list(repository.read_chosen(b"")) == []


def test_a_binarys_pool_path_follows_its_source() -> None:
    stanza, (file,) = repository.move_to_pool(ChosenPackage("a", "main", DEB))
    assert file == ("pool/main/f/foo/libfoo1_3_amd64.deb", "a" * 64, 7)
    assert repository.read_field(stanza, "Filename") == file.path


@pytest.mark.parametrize(
    ("filename", "suffix"), [("Foo App (x64).deb", "deb"), ("a/latest.udeb", "udeb"), ("x.ddeb", "ddeb"), ("x", "deb")]
)
def test_files_have_names_as_debians_whatever_their_archive_calls_them(filename: str, suffix: str) -> None:
    entry = ChosenPackage("a", "main", repository.replace_field(DEB, "Filename", filename))
    assert repository.move_to_pool(entry)[1][0].path == f"pool/main/f/foo/libfoo1_3_amd64.{suffix}"


@pytest.mark.parametrize(
    ("source", "folder"), [("foo", "pool/main/f/foo"), ("libz", "pool/main/libz/libz"), ("lib", "pool/main/lib/lib")]
)
def test_pool_folders_are_debians(source: str, folder: str) -> None:
    assert repository.format_pool_folder("main", source) == folder


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a b", "-x", "a\nb", "a\0"])
def test_names_that_could_leave_the_pool_are_refused(name: str) -> None:
    with pytest.raises(TrustError):
        repository.format_pool_folder("main", name)
    with pytest.raises(TrustError):
        repository.make_pool_file("pool/main/f/foo", name, "a" * 64, "1")


def test_an_index_is_read_back_to_its_pool() -> None:
    dsc = f"Package: foo\nDirectory: old\nChecksums-Sha256:\n {'b' * 64} 5 foo.dsc\n {'c' * 64} 6 foo.tar.gz\n".encode()
    stanzas, files = zip(
        *(repository.move_to_pool(ChosenPackage("a", "main", stanza)) for stanza in (DEB, dsc)), strict=True
    )
    assert list(repository.read_pool_files(repository.join_stanzas(stanzas))) == [
        file for pool_files in files for file in pool_files
    ]


def test_a_release_files_list_is_read_back() -> None:
    files = {"main/Packages": ("a" * 64, 1), "main/Packages.gz": ("b" * 64, 1_234_567_890)}
    suite = Suite("Demo", "Demo Server", "x", "12", "text", 1_700_000_000, ("amd64",), ("main",))
    text = repository.format_release(suite, files)
    assert repository.read_listed_files(text) == files
    assert "Date: Tue, 14 Nov 2023 22:13:20 UTC\n" in text


def test_by_hash_lies_beside_the_index() -> None:
    assert repository.format_by_hash_path("main/source/Sources.xz", "ff") == "main/source/by-hash/SHA256/ff"
