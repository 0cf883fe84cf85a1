from __future__ import annotations

from pathlib import Path

from composelib.tools import dpkg_query
from composelib.tools.run import run


def test_the_packages_of_a_root_are_listed_into_a_file_of_any_name(tmp_path: Path) -> None:
    database = tmp_path / "root/var/lib/dpkg"
    database.mkdir(parents=True)
    fields = {"Package": "a", "Status": "install ok installed", "Version": "1", "Architecture": "all"}
    fields |= {"Maintainer": "x", "Description": "y"}
    (database / "status").write_text("".join(f"{name}: {value}\n" for name, value in fields.items()))
    target = tmp_path / "it's a list"
    run(["sh", "-c", dpkg_query.list_installed(target), "sh", tmp_path / "root"])
    assert target.read_text() == "a 1 all\n"
