"""Patterns select what apt lists for them.

Also covers: composelib.archive.patterns.logic, composelib.archive.patterns.terms.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from composelib.archive.choose.packages.universe import Universe
from composelib.archive.patterns.matcher import PatternError, is_pattern, matches, parse_pattern, select_packages
from tests.kit.apt_oracle import Apt
from tests.kit.stanzas import make_listing, make_stanza, make_universe

STANZAS = (
    make_stanza("libc6", "2.36-9", Priority="required", Section="libs", Source="glibc", Provides="libc (= 2)"),
    make_stanza(
        "bash", "5.2-2", Essential="yes", Priority="required", Section="shells", Depends="libc6 (>= 2)", Task="min"
    ),
    make_stanza(
        "nano", "7.2-1", Priority="important", Section="editors", Depends="libc6", Suggests="hunspell | aspell"
    ),
    make_stanza("nano", "7.1-1", Priority="optional", Section="text", Pre_Depends="libc6"),
    make_stanza("vim", "2:9.0", Section="editors", Recommends="nano", Provides="editor, vi", Task="min, desktop"),
    make_stanza("emacs", "1:28.2", "all", Section="editors", Depends="emacs-gtk | nano", Provides="editor"),
    make_stanza(
        "chess", "6.2", Section="games", Conflicts="nano", Breaks="vim (<< 1)", Enhances="emacs", Tag="game::board"
    ),
    make_stanza("libreoffice", "1.0", "all", Section="non-free/editors", Replaces="vim", Source="lo (2.0)"),
)
PATTERNS = """\
?true; ?false; ?not(?true); ?essential; ~E; !~E; ?and(); ?or()
?name(an); ~nA; ?name("^(nano|vim)$"); ?name(^lib); ?exact-name(nan); ?exact-name(nano)
?x-name-fnmatch(*a*); ?x-name-fnmatch(l*); *a*; lib*; i*; ?x-name-fnmatch(s?); e*; *s
?priority(required); ~poptional; ?section(editors); ?section(^editors$); ~slibs; ?section(^non-free/)
?source-package(glibc); ~e^lo$; ?source-version(^2); ?version(^7\\.1); ~V:
?and(?version(7.1),?version(7.2)); ?narrow(?version(7.1),?version(7.2)); ?any-version(?version(7.1)?section(text))
?all-versions(?section(editors)); ?not(?all-versions(?version(^7))); !~V7.1; ?narrow(?not(?version(7.1)))
?architecture(amd64); ?architecture(linux-any); ?architecture(any); ?architecture(arm64); ?architecture(any-i386)
?depends(?name(libc6)); ~D~nnano; ~D(~nlibc6 | ~nnano); ?depends(?virtual); ~DSuggests:~naspell
?recommends(?section(editors)); ?conflicts(~nnano); ?breaks(~nvim); ?replaces(~nvim); ?enhances(?name(emacs))
?depends(?narrow(?section(text),?version(7.1))); ?depends(?version(7.2)?version(7.1)); ?predepends(~nlibc)
?reverse-depends(?name(nano)); ~R~nemacs; ~RRecommends:~nvim; ?reverse-breaks(?true); ?reverse-depends(?version(7.1))
?reverse-conflicts(?section(games)); ?reverse-depends(?narrow(?version(^5),~E)); ?reverse-predepends(?true)
~nnano ~seditors; ~nnano|~nvim ~seditors; (~nnano|~nvim) !~seditors; ?and(~T,~nvim,); ~D~nnano ~sgames
(~D~nnano) ~seditors; ~D~nlibc6 ~E; ~D(~nnano) ~seditors"""


def list_patterns() -> list[str]:
    """Return the patterns of the list."""
    return [text.strip() for line in PATTERNS.split("\n") for text in line.split(";")]


@pytest.fixture(scope="module")
def apt(tmp_path_factory: pytest.TempPathFactory) -> Apt:
    root = tmp_path_factory.mktemp("apt")
    (root / "flat").mkdir()
    (root / "flat" / "Packages").write_text("\n".join(STANZAS))
    return Apt.of(root, f"deb [trusted=yes] file:{root}/flat ./\n")


def test_every_pattern_selects_what_apt_lists(apt: Apt) -> None:
    packages = make_universe(*STANZAS)
    ours = {
        text: sorted(f"{package.name} {package.version}" for package in select_packages(parse_pattern(text), packages))
        for text in list_patterns()
    }
    assert ours == {text: apt.list_packages(text) for text in list_patterns()}


def select_names(text: str, packages: Universe | None = None) -> list[str]:
    return [package.name for package in select_packages(parse_pattern(text), packages or make_universe(*STANZAS))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("?provides(?exact-name(editor))", ["emacs", "vim"]),
        ("~P~n^vi$", ["vim"]),
        ("?task(min)", ["bash", "vim"]),
        ("desktop^", ["vim"]),
        ("?tag(game::)", ["chess"]),
        ("?maintainer(.)", []),
        ("?archive(^main$)?priority(required)", ["bash", "libc6"]),
        ("?architecture(all)", ["emacs", "libreoffice"]),
        ("?architecture(foreign)", []),
        ("?architecture(native) ?section(libs)", ["libc6"]),
        ("nano", ["nano"]),
        ("nano:amd64", ["nano"]),
        ("n*:arm64", []),
        ("[bn]a*", ["bash", "nano"]),
        ("none", []),
    ],
)
def test_what_apt_has_no_pattern_for(text: str, names: list[str]) -> None:
    assert select_names(text) == names


def test_a_version_matches_by_itself_and_a_name_by_any_version() -> None:
    packages = make_universe(*STANZAS)
    new, old = packages.versions("nano")
    assert [matches(parse_pattern("?section(text)"), package, packages) for package in (new, old)] == [False, True]
    assert [matches(parse_pattern("?depends(~nlibc6)"), package, packages) for package in (new, old)] == [True, False]
    assert [matches(parse_pattern("?name(nano)"), package, packages) for package in (new, old)] == [True, True]
    assert [matches(parse_pattern("?priority(important)"), package, packages) for package in (new, old)] == [
        True,
        False,
    ]
    assert select_packages(parse_pattern("?section(text)"), packages) == [new]


def test_a_foreign_universe_has_no_native_packages() -> None:
    packages = Universe([make_listing(make_stanza("a"))], "amd64", native=False)
    assert select_names("?architecture(foreign)", packages) == ["a"]
    assert select_names("?architecture(native)", packages) == []


def test_priority_and_section_are_found_without_reading_stanzas(monkeypatch: pytest.MonkeyPatch) -> None:
    packages = make_universe(*STANZAS)
    monkeypatch.setattr(
        "composelib.archive.choose.packages.package.Package.stanza",
        property(lambda _: pytest.fail("a stanza was read")),
    )
    assert select_names("?priority(required) !?essential", packages) == ["libc6"]
    assert select_names("?section(^games$) | ?source-package(^glibc$) | ~tmin | ?reverse-depends(?false)", packages)


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("?sectoin(games)", 0, r"\?sectoin is not a pattern.*did you mean \?section\?"),
        ("~T ?installed", 3, r"\?installed is not supported.*installed system"),
        ("~U", 0, r"\?upgradable is not supported"),
        ("?origin(Debian)", 0, r"use \?archive"),
        ("?essential()", 0, "takes no argument"),
        ("?and", 0, "takes patterns"),
        ("?name", 0, "takes one argument, a word"),
        ("?name(a, b)", 0, "takes one argument, a word"),
        ("?name((a|b))", 7, "an expression with brackets .* quotes"),
        ("?name(~na)", 6, "takes a word, not a pattern"),
        ('?name("a(b")', 8, "not a regular expression: '\\(' is not closed"),
        ("?name(a[)", 7, "'\\[' is not closed"),
        ("?depends(libc6)", 9, r"'libc6' is not a pattern.*\?exact-name\(libc6\)"),
        ("~prequired ~pimportnat", 13, r"did you mean important\?"),
        ("openssh server", 0, "not a name, a glob"),
        ("?depends(~nlibc, ~nc)", 0, "takes one argument, a pattern"),
    ],
)
def test_an_error_has_a_message_a_position_and_a_cure(text: str, position: int, message: str) -> None:
    with pytest.raises(PatternError, match=message) as caught:
        parse_pattern(text)
    assert caught.value.start == position


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("?essential", True), ("(~E)", True), ("standard^", True), ("lib*", True), ("a [amd64] | b", False), ("a", False)],
)
def test_patterns_are_distinguished_from_relations(text: str, is_one: bool) -> None:
    assert is_pattern(text) == is_one


# apt counts itself as essential, which its manual does not say and its stanza neither
REAL = """\
?priority(required); ?priority(important); ~pstandard !~slibs; ?essential !~n^apt$; ?section(^games$) ~nchess; ~n^openssh-
?source-package(^glibc$); ?version("~deb12u1$")~sx11; ?depends(?exact-name(libssl3)) ~s^net$; ?reverse-depends(?exact-name(mutt)) ~slibs
~DRecommends:?exact-name(vim); ?conflicts(?virtual) ~sadmin; linux-image-*; ?architecture(any) ~sdevel ~n^gcc"""


@pytest.mark.slow
def test_patterns_select_what_apt_lists_of_this_machines_archive(tmp_path: Path) -> None:
    host = Apt(Path("/etc/apt"))
    filters = ("Created-By: Packages", "Codename: bookworm", "Component: main")
    target = host.run("apt-get", "indextargets", "--format", "$(REPO_URI) $(FILENAME)", *filters)
    uri, filename = target.split("\n")[0].split()
    text = host.run("/usr/lib/apt/apt-helper", "cat-file", filename)
    packages = make_universe(text)
    apt = Apt.of(tmp_path, f"deb {uri} bookworm main\n", lists=Path(filename).parent)
    texts = [item.strip() for line in REAL.split("\n") for item in line.split(";")]
    ours = {
        item: sorted(f"{package.name} {package.version}" for package in select_packages(parse_pattern(item), packages))
        for item in texts
    }
    assert [item for item, selected in ours.items() if not selected] == []
    assert ours == {item: apt.list_packages(item) for item in texts}
