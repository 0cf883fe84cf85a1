from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composelib.archive.format import release
from composelib.archive.format.release import ListedFile, ReleaseFile
from composelib.errors import TrustError

HASH = "0123456789abcdef" * 4
MINIMAL = "Date: Sat, 10 Jun 2023 08:53:33 UTC\nSHA256:\n"


def parse_text(text: str) -> ReleaseFile:
    return release.parse_release(text.encode(), "URL")


def test_every_field_that_matters_is_read() -> None:
    parsed = parse_text(
        "Origin: Debian\nLabel: Debian\nSuite: stable\nCodename: bookworm\nDate: Sat, 10 Jun 2023 08:53:33 UTC\n"
        "Valid-Until: Sat, 17 Jun 2023 08:53:33 UTC\nAcquire-By-Hash: yes\nArchitectures: all amd64\n"
        "No-Support-for-Architecture-all: Packages\nComponents: main contrib\nSnapshots: https://s/@SNAPSHOTID@/\n"
        f"MD5Sum:\n 00 1 main/x\nSHA256:\n {HASH}     12 main/binary-amd64/Packages\n"
    )
    assert parsed == ReleaseFile(
        date=1686387213,
        valid_until=1686992013,
        origin="Debian",
        label="Debian",
        suite="stable",
        codename="bookworm",
        components=("main", "contrib"),
        architectures=("all", "amd64"),
        acquire_by_hash=True,
        no_support_for_architecture_all=True,
        snapshots="https://s/@SNAPSHOTID@/",
        files={"main/binary-amd64/Packages": ListedFile(12, HASH)},
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1 is not a field"),
        ("SHA256:\n", "no Date"),
        ("Date: yesterday\nSHA256:\n", "Date: not a date in UTC: 'yesterday'"),
        ("Date: Sat, 10 Jun 2023 08:53:33 +0200\nSHA256:\n", "not a date in UTC"),
        ("Date: Sat, 10 Jun 2023 08:53:33 UTC\nMD5Sum:\n 00 1 x\n", "weaker ones are not trusted"),
        (MINIMAL + "Valid-Until: never\n", "Valid-Until: not a date"),
        (MINIMAL + f" {HASH} -1 x\n", "a line of SHA256 is not a hash"),
        (MINIMAL + f" {HASH[:40]} 1 x\n", "a line of SHA256 is not a hash"),
        (MINIMAL + f" {HASH} 1 ../x\n", "a line of SHA256 is not a hash"),
        (MINIMAL + f" {HASH} 1 /etc/passwd\n", "a line of SHA256 is not a hash"),
        (MINIMAL + f" {HASH} 1 a//b\n", "a line of SHA256 is not a hash"),
        (MINIMAL + f" {HASH} 1 x\n {HASH} 2 x\n", "lists x twice, differently"),
        (MINIMAL + "Date: Sat, 10 Jun 2023 08:53:33 UTC\n", "line 3 repeats the field Date"),
        (MINIMAL + "no colon\n", "line 3 is not a field"),
        (" begins with space\n", "line 1 is not a field"),
    ],
)
def test_what_is_no_release_file_is_refused(text: str, message: str) -> None:
    with pytest.raises(TrustError, match=f"URL: .*{message}"):
        parse_text(text)


def test_fields_are_read_whatever_their_case_and_others_may_have_any_name() -> None:
    parsed = parse_text(
        MINIMAL.lower().replace("sat, 10 jun", "Sat, 10 Jun").replace(" utc", " UTC") + "X_y: 1\nCODENAME: a\n"
    )
    assert (parsed.date, parsed.codename) == (1686387213, "a")


def test_bytes_that_are_not_utf_8_are_kept() -> None:
    assert release.parse_release(MINIMAL.encode() + b"Origin: M\xfcller\n", "URL").origin == "M\udcfcller"


@pytest.mark.parametrize(
    ("field", "is_listed"), [("", True), ("Architectures: amd64\n", False), ("Architectures: all\n", True)]
)
def test_an_index_of_all_counts_unless_the_architectures_leave_it_out(field: str, is_listed: bool) -> None:
    assert release.has_index_of_all(parse_text(MINIMAL + field)) is is_listed


@given(st.binary())
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(TrustError):
        release.parse_release(content, "URL")


@pytest.mark.parametrize(
    ("component", "arch", "name"),
    [
        ("main", "amd64", "main/binary-amd64/Packages"),
        ("main", "source", "main/source/Sources"),
        ("main", "amd64-udeb", "main/debian-installer/binary-amd64/Packages"),
        ("", "amd64", "Packages"),
        ("", "source", "Sources"),
    ],
)
def test_indices_have_their_paths(component: str, arch: str, name: str) -> None:
    assert release.format_index_name(component, arch) == name


def make_release(*names: str, **fields: str) -> ReleaseFile:
    header = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return parse_text(header + MINIMAL + "".join(f" {HASH} 1 {name}\n" for name in names))


def test_an_indexs_forms_come_smallest_first() -> None:
    listed = make_release("Packages", "Packages.gz", "Packages.xz", "Packages.diff/Index")
    assert [name for name, _ in release.list_index_files(listed, "Packages")] == [
        "Packages.xz",
        "Packages.gz",
        "Packages",
    ]


def test_names_may_begin_with_a_dot_and_slash() -> None:
    assert [name for name, _ in release.list_index_files(make_release("./Packages.gz"), "Packages")] == [
        "./Packages.gz"
    ]


def test_a_component_may_have_its_suites_part_before_it() -> None:
    parsed = make_release(Components="updates/main updates/contrib")
    assert release.find_component(parsed, "main") == "updates/main"
    assert release.find_component(parsed, "non-free") is None


def test_components_are_known_by_their_indices_where_no_field_names_them() -> None:
    parsed = make_release("main/binary-amd64/Packages", "main/debian-installer/binary-amd64/Packages")
    assert release.list_indexed_components(parsed) == ("main",)
    assert release.find_component(parsed, "main") == "main"


def test_the_arches_that_a_component_has_are_known() -> None:
    parsed = make_release("main/binary-amd64/Packages.xz", "main/binary-i386/Packages", "main/source/Sources.xz")
    assert release.list_indexed_arches(parsed, "main") == ("amd64", "i386", "source")


@pytest.mark.parametrize(
    ("suite", "answers"), [("stable", True), ("bookworm", True), ("bookworm/updates", True), ("sid", False)]
)
def test_a_suite_answers_to_its_names(suite: str, answers: bool) -> None:
    assert release.is_of_suite(make_release(Suite="stable", Codename="bookworm"), suite) is answers


def test_what_apt_passes_over_is_passed_over() -> None:
    text = f"# made by hand\n\n{MINIMAL} {HASH} 1 x\n"
    text = text.replace("Date:", "Valid-Until:\nDate:") + "\nOrigin: of another stanza\n"
    parsed = release.parse_release(text.encode(), "URL")
    assert (parsed.origin, parsed.valid_until, list(parsed.files)) == ("", None, ["x"])


def test_a_suite_without_a_name_answers_to_any() -> None:
    assert release.is_of_suite(make_release(), "whatever")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("MD5Sum", "but MD5Sum: weaker ones are not trusted"),
        ("SHA1", "but SHA1: weaker ones are not trusted"),
        ("X", "but none: weaker ones are not trusted"),
    ],
)
def test_row_35_sums_that_are_weak_are_refused_by_name(name: str, reason: str) -> None:
    content = f"Date: Tue, 14 Nov 2023 22:13:20 UTC\n{name}:\n {'0' * 32} 1 main/binary-amd64/Packages\n".encode()
    with pytest.raises(TrustError, match=f"http://x/Release: it lists neither SHA256 nor SHA512 sums, {reason}"):
        release.parse_release(content, "http://x/Release")
