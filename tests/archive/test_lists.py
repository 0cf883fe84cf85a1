from __future__ import annotations

import pytest

from composelib.archive import patterns, relation
from composelib.archive.lists import ListError, entries

SEED = """\
= A seed =
Task-Description: something

Prose that says nothing.
 * openssh-server   # because
 * (popcon)
 * grub-pc [amd64 i386]
 * linux-image-*
 * /^fonts-(dejavu|noto)$/
 * %hello
 * !nano
"""

TASKS = """\
Task: web-server
Section: server
Description: web server
 A web server.
Key:
 task-web-server
Packages: list
 apache2
 php-fpm

Task: standard
Packages: standard
"""


def test_a_seed_of_germinates_is_read() -> None:
    assert [tuple(entry) for entry in entries("base", SEED)] == [
        (5, "openssh-server", False),
        (6, "popcon", False),
        (7, "grub-pc [amd64 i386]", False),
        (8, "linux-image-*", False),
        (9, '?name("^fonts-(dejavu|noto)$")', False),
        (10, '?source-package("^hello$")', False),
        (11, "nano", True),
    ]


def test_every_entry_is_one_the_config_understands() -> None:
    for entry in entries("base", SEED):
        assert patterns.parse(entry.text) if patterns.is_pattern(entry.text) else relation.parse(entry.text)


def test_tasks_of_tasksels_are_read() -> None:
    assert [tuple(entry)[:2] for entry in entries("tasks.desc", TASKS)] == [
        (6, "task-web-server"),
        (8, "apache2"),
        (9, "php-fpm"),
        (11, "standard^"),
    ]


def test_a_plain_list_has_an_entry_a_line() -> None:
    assert [tuple(entry)[:2] for entry in entries("x.list", "# all\na (>= 1)\n\nb | c # or\n")] == [
        (2, "a (>= 1)"),
        (4, "b | c"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "line"), [("x", " * a\n * ${Kernel}\n", 2), ("x", " * a\n * ;rm\n", 2), ("x.desc", "\nodd\n", 2)]
)
def test_what_is_not_understood_is_told_with_its_line(name: str, text: str, line: int) -> None:
    with pytest.raises(ListError) as caught:
        entries(name, text)
    assert caught.value.line == line
