from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composelib.archive.choose.need import Wish
from composelib.archive.choose.packages.world import World
from composelib.archive.choose.seeds import resolve_wish
from composelib.config.keys.package_entry import find_fault
from composelib.config.package_lists.germinate import read_seed
from composelib.config.package_lists.package_list import ListEntry, ListFault
from composelib.model.origin import Origin, Seed
from tests.kit.stanzas import make_stanza, make_universe

WORDS = [
    "foo",
    "!foo",
    "(foo)",
    "%foo",
    "/^foo/",
    "foo*",
    "${v}",
    "snap:foo",
    "v: a b",
    "#",
    "[amd64]",
    "[!i386]",
    "[]",
    " ",
    "foo-1.0+x",
]


def texts(text: str) -> list[str]:
    return [entry.text for entry in read_seed(text) if isinstance(entry, ListEntry)]


def roles(text: str) -> list[tuple[str, str]]:
    return [(entry.role, entry.text) for entry in read_seed(text) if isinstance(entry, ListEntry)]


def test_lines_without_the_bullet_are_prose() -> None:
    assert texts("= Title =\n\nfoo\n* bar\n  * baz\nTask-Seeds: minimal\n * qux\n") == ["qux"]


def test_an_entry_knows_its_line_and_column() -> None:
    assert list(read_seed("\n *   foo # bar")) == [ListEntry(2, 6, "foo")]


def test_comments_and_further_words_are_dropped() -> None:
    assert texts(" * foo # why\n * bar is a bar\n * # nothing\n *\n") == ["foo", "bar"]


def test_a_restriction_becomes_a_policy_one() -> None:
    lines = " * a [amd64 arm64]\n * b [!i386 !amd64+mac]\n * c [amd64 amd64+mac i386 !i386]\n * d []\n * e [i386 !i386]\n * f [mac]\n"
    assert texts(lines) == ["a [amd64 arm64]", "b [!i386]", "c [amd64]", "d"]


def test_parentheses_recommend_and_an_exclamation_mark_leaves_out() -> None:
    assert roles(" * (foo) [amd64]\n * !bar\n * !(nice)\n * !%baz\n") == [
        ("recommended", "foo [amd64]"),
        ("excluded", "bar"),
        ("excluded", "nice"),
        ("excluded", '?source-package("^baz$")'),
    ]


def test_a_source_package_is_a_pattern_of_exactly_its_name() -> None:
    assert texts(" * %gtk+3.0\n") == ['?source-package("^gtk[+]3[.]0$")']


def test_a_regular_expression_is_a_pattern_and_a_glob_stays() -> None:
    assert texts(" * /^lib.*-dev$/\n * linux-image-*\n") == ['?name("^lib.*-dev$")', "linux-image-*"]


def test_an_end_that_is_not_wanted_becomes_a_pattern_of_its_own() -> None:
    (text,) = texts(" * /^linux-image.*(?<!-rt)$/\n")
    assert text == '?and(?name("^linux-image.*$"), ?not(?name("-rt$")))'
    assert find_fault(text, excluding=False) is None


def test_headers_fill_in_variables_whatever_their_case() -> None:
    text = " * Kernel-Version: 6.1 6.2\n * flavour: a b\n * linux-${kernel-version}-${Flavour}\n"
    assert texts(text) == ["linux-6.1-a", "linux-6.1-b", "linux-6.2-a", "linux-6.2-b"]


def test_an_unknown_variable_is_a_fault_with_its_place() -> None:
    (fault,) = read_seed(" * linux-${abi}\n")
    assert isinstance(fault, ListFault)
    assert (fault.line, fault.column, fault.message) == (1, 4, "${abi} is not defined")


def test_snaps_are_passed_over() -> None:
    assert texts(" * snap:core20\n * snap:gnome/classic\n * foo\n") == ["foo"]


def test_a_seed_of_prose_alone_is_empty() -> None:
    assert list(read_seed("Task: web\nKey:\n apache2\n")) == []


@pytest.mark.parametrize(
    ("features", "follows"),
    [
        ("no-follow-recommends", False),
        ("x follow-recommends", True),
        ("x", None),
        ("follow-recommends no-follow-recommends", True),
    ],
)
def test_a_feature_says_of_all_entries_whether_recommends_are_followed(features: str, follows: bool | None) -> None:
    entries = list(read_seed(f" * a\n * Feature: {features}\n * b\n"))
    assert [entry.recommends for entry in entries if isinstance(entry, ListEntry)] == [follows, follows]


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=4).map(lambda words: " * " + " ".join(words)), max_size=6))
def test_whatever_a_seed_has_an_entry_stands_at_its_place(lines: list[str]) -> None:
    for entry in read_seed("\n".join(lines)):
        if isinstance(entry, ListEntry):
            assert lines[entry.line - 1][entry.column - 1 :].strip() != ""
            assert lines[entry.line - 1][entry.column - 1] != " "


@pytest.mark.parametrize("text", [" * %a+b\n", " * /a|b/\n", " * lib*-dev [amd64]\n", " * (foo) [!i386]\n"])
def test_entries_are_such_as_the_config_takes(text: str) -> None:
    assert [find_fault(entry, excluding=False) for entry in texts(text)] == [None]


PROGRAM = """
import logging, sys
logging.disable(logging.CRITICAL)
from pathlib import Path
from germinate.germinator import Germinator
from germinate.seeds import SeedStructure
from germinate.archive import IndexType

folder, arch = sys.argv[1:]

class Archive:
    def sections(self):
        for name in Path(folder, "packages").read_text().split():
            source = {"one-a": "one", "one-b": "one"}.get(name, name)
            yield IndexType.PACKAGES, {"Package": name, "Version": "1", "Architecture": arch, "Source": source,
                "Maintainer": "x", "Priority": "optional", "Section": "misc", "Size": "1", "Installed-Size": "1"}
            yield IndexType.SOURCES, {"Package": source, "Version": "1", "Maintainer": "x", "Binary": "one-a, one-b"}

structure = SeedStructure("s", [f"file://{folder}/"], vcs=None)
germinator = Germinator(arch)
germinator.parse_archive(Archive())
germinator.plant_seeds(structure)
germinator.grow(structure)
print(*sorted(germinator.get_seed_entries(structure, "x")))
print(*sorted(germinator.get_seed_recommends_entries(structure, "x")))
"""
SEED = """\
 * Version: 1 2
 * plain
 * only-amd64 [amd64]
 * not-amd64 [!amd64]
 * mixed [amd64 i386 !i386]
 * (nice)
 * (nice-amd64) [amd64] # a remark
 * %one
 * number-${version}
 * glob*
 * word and more
"""
PACKAGES = "plain only-amd64 not-amd64 mixed nice nice-amd64 one-a one-b number-1 number-2 globe globus word other"


def germinated(folder: Path) -> list[list[str]]:
    seeds = folder / "s"
    seeds.mkdir()
    (seeds / "STRUCTURE").write_text("x:\nsupported: x\n")
    (seeds / "x").write_text(SEED)
    (seeds / "supported").write_text("")
    (folder / "packages").write_text(PACKAGES)
    command = ["/usr/bin/python3", "-c", PROGRAM, str(folder), "amd64"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("no python3 of the system")
    if "No module named 'germinate'" in done.stderr:
        pytest.skip("germinate is not installed")
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def test_entries_select_what_germinate_itself_selects(tmp_path: Path) -> None:
    world = World(
        make_universe(*(make_stanza(name, Source="one" if name[:4] == "one-" else name) for name in PACKAGES.split()))
    )
    planted: dict[str, list[str]] = {"package": [], "recommended": []}
    for how, text in roles(SEED):
        one = resolve_wish(Wish(Seed(text, Origin("f", 1, 1)), "packages"), world, "amd64")
        planted[how] += [package.name for group in one.groups for package in group]
        planted[how] += [item.name for need in one.needs for item in need.alternatives]
    assert [sorted(names) for names in planted.values()] == germinated(tmp_path)
