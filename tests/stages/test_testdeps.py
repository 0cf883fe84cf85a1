"""The source packages whose tests are run beside those of what was built."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from composelib.actions.testdeps import fetch_reverse
from composelib.stages.testdeps import describe_search
from tests.kit.built_sources import BuiltSources, run_sources
from tests.kit.source_packages import TinySource, add_source_package
from tests.kit.tiny_archive import TinyArchive, paragraph

TESTS = {"debian/tests/control": "Test-Command: true\n"}


def test_each_version_of_a_source_that_packages_are_of_is_fetched(
    tmp_path: Path, archive: TinyArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = ("1.0-1", "1.0-2")
    for version in versions:
        add_source_package(archive, TinySource(version=version, further=TESTS).pack(tmp_path / version))
    archive.publish()
    built = BuiltSources(tmp_path / "checkout", archive)
    compose = built.load("{dsc: greeter}", monkeypatch, keys="test: reverse")
    run_sources(compose)
    users = [
        {"Package": f"user{version}", "Source": f"greeter ({version})", "Depends": "words"} for version in versions
    ]
    Path("users").write_text("\n".join(paragraph(fields) for fields in users))
    Path("words").write_text(paragraph({"Package": "words"}))
    job = replace(describe_search(compose, compose.builds[0]), stanzas=Path("words"), gathered=(Path("users"),))
    paths = fetch_reverse(job, tmp_path / "fetched")
    assert [path.name for path in paths if path.suffix == ".dsc"] == ["greeter_1.0-1.dsc", "greeter_1.0-2.dsc"]
    assert len({path.parent for path in paths}) == len(versions)
