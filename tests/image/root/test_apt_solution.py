from __future__ import annotations

from composelib.image.root import apt_solution
from composelib.model.origin import Origin, Seed

SEEDS = tuple(
    Seed(text, Origin("demo.yaml", line, 5))
    for line, text in enumerate(("web (>= 2) | lib [amd64]", "arm [arm64]", "doc*", "?name(x)", "desktop^"), 1)
)


def test_a_relation_that_applies_to_the_arch_is_asked_for_by_a_stand_in() -> None:
    stand_ins = apt_solution.make_stand_ins(SEEDS, "amd64")
    assert stand_ins == {"compose-seed-0000": (SEEDS[0], "web (>= 2) | lib")}
    assert "Depends: web (>= 2) | lib\n" in apt_solution.render_stand_in_index(stand_ins)


def test_patterns_globs_and_tasks_are_words_of_apts_command_line() -> None:
    assert apt_solution.list_terms(SEEDS, "amd64", ()) == ["?x-name-fnmatch(doc*)", "?name(x)", "desktop^"]


def test_with_foreign_arches_a_pattern_is_narrowed_to_the_images_own() -> None:
    assert apt_solution.list_terms(SEEDS[3:], "amd64", ("i386",)) == [
        "?narrow(?architecture(amd64), ?name(x))",
        "desktop^",
    ]


def test_the_stand_ins_are_not_part_of_the_answer() -> None:
    answer = (
        "Inst lib (1.0 Demo:12/stable [amd64])\n"
        "Inst docs [0.9] (1:2.0-1 Demo:12/stable [all])\n"
        "Inst compose-seed-0000 (1 localhost [all])\n"
        "Conf lib (1.0 Demo:12/stable [amd64])\n"
    )
    assert apt_solution.parse_installation(answer) == {("lib", "1.0", "amd64"), ("docs", "1:2.0-1", "all")}


def test_a_row_is_selected_by_name_version_and_arch() -> None:
    stanza = "Package: web\nVersion: {}\nArchitecture: amd64\nSHA256: ab\nSize: 7\n"
    index = "\n".join([stanza.format("1"), stanza.format("2")]).encode()
    (row,) = apt_solution.select_rows(index, {("web", "2", "amd64")})
    assert (row["version"], row["source"], row["size"]) == ("2", "web", 7)


def test_a_refusal_is_explained_with_the_line_of_the_seed() -> None:
    stand_ins = apt_solution.make_stand_ins(SEEDS[:1], "amd64")
    answer = (
        "The following packages have unmet dependencies:\n"
        " compose-seed-0000 : Depends: web (>= 2) but it is not installable\n"
        "E: Unable to correct problems, you have held broken packages.\n"
    )
    assert apt_solution.explain_refusal(answer, stand_ins, SEEDS) == [
        "demo.yaml:1:5: web (>= 2) | lib [amd64]: web (>= 2) but the repository does not have it"
    ]


def test_an_exclusion_that_is_no_relation_names_no_package() -> None:
    assert apt_solution.list_excluded("web, lib:i386") == ["web", "lib:i386"]
    assert apt_solution.list_excluded("?bad(") == []
