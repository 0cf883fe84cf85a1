from __future__ import annotations

import pytest

from composelib.errors import ComposeError
from composelib.image.root import package_check


def test_no_package_but_those_of_the_list_can_be_chosen() -> None:
    rows = [
        {"package": "a", "version": "1", "architecture": "amd64"},
        {"package": "b", "version": "2", "architecture": "all"},
    ]
    assert package_check.render_preferences(rows) == (
        "Package: *\nPin: release *\nPin-Priority: -1\n\n"
        "Package: a:amd64\nPin: version 1\nPin-Priority: 990\n\n"
        "Package: b\nPin: version 2\nPin-Priority: 990\n\n"
    )


def test_the_list_is_checked_against_what_is_installed() -> None:
    rows = [{"package": "a", "version": "1", "architecture": "amd64"}]
    package_check.check_packages(rows, "a 1 amd64\n")
    with pytest.raises(ComposeError, match="b 2 all"):
        package_check.check_packages(rows, "a 1 amd64\nb 2 all\n")


def test_what_was_removed_but_for_its_configuration_is_not_installed() -> None:
    status = b"""\
Package: a
Status: install ok installed
Architecture: amd64
Version: 1

Package: b
Status: deinstall ok config-files
Architecture: all
Version: 2

"""
    assert package_check.list_installed(status) == "a 1 amd64\n"


def test_packages_of_foreign_arches_are_an_error() -> None:
    rows = [{"package": "a", "version": "1", "architecture": arch} for arch in ("all", "amd64", "i386")]
    package_check.check_arch(rows[:2], "amd64")
    with pytest.raises(ComposeError, match="packages of i386, too; use `builder: native`"):
        package_check.check_arch(rows, "amd64")
