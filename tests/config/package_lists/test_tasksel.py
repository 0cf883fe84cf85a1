from __future__ import annotations

from composelib.config.package_lists.package_list import ListEntry, ListFault
from composelib.config.package_lists.tasksel import TaskDescription, read_tasks, task_entries

DESC = """\
# tasks of ours
Task: web-server
Section: server
Description: web server
 Serves pages: many of them.
Key:
 nginx
 openssl certbot
Packages: list
 php-fpm
# a remark
 redis

Task: standard
Packages: standard

Task: fields
Packages: task-fields

Task: own
Packages: our-method
 x
"""


def texts(text: str) -> dict[str, list[str]]:
    return {
        task.name: [entry.text for entry in task_entries(task) if isinstance(entry, ListEntry)]
        for task in read_tasks(text)
        if isinstance(task, TaskDescription)
    }


def faults(text: str) -> list[tuple[int, int, str]]:
    faults = [
        entry
        for task in read_tasks(text)
        for entry in ([task] if isinstance(task, ListFault) else task_entries(task))
        if isinstance(entry, ListFault)
    ]
    return [(entry.line, entry.column, entry.message) for entry in faults]


def test_a_task_is_its_key_packages_and_what_its_method_gives() -> None:
    assert texts(DESC) == {
        "web-server": ["nginx", "openssl", "certbot", "php-fpm", "redis"],
        "standard": ["standard^"],
        "fields": ["fields^"],
        "own": [],
    }


def test_packages_know_their_line_and_column() -> None:
    task = next(iter(read_tasks(DESC)))
    assert isinstance(task, TaskDescription)
    assert [(entry.line, entry.column) for entry in task_entries(task)] == [(7, 2), (8, 2), (8, 10), (10, 2), (12, 2)]


def test_key_packages_may_stand_beside_the_fields_name() -> None:
    assert texts("Task: a\nKey: one\n two\n") == {"a": ["one", "two"]}


def test_a_method_of_a_program_is_a_fault() -> None:
    assert faults(DESC) == [(21, 11, "'our-method': only tasksel itself can find these packages")]


def test_a_stanza_without_a_name_and_a_line_without_a_field_are_faults() -> None:
    assert faults("Key: x\n") == [(1, 1, "a description without the field 'Task'")]
    assert faults("nonsense\n") == [(1, 1, "not a line of a task's description")]
    assert faults(" x\n") == [(1, 1, "not a line of a task's description")]
