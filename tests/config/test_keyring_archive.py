from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from composelib.config.keyring_archive import add_keyring
from composelib.errors import ConfigError
from composelib.model.archive import Archive
from composelib.model.origin import Origin
from composelib.model.release import Release
from tests.kit.gathered_variant import compose, variant

RELEASE = Release("Demo", "demo", "12", "bookworm", keyring_package=True)


def test_each_variant_has_the_package_itself_or_by_what_it_builds_on(tmp_path: Path) -> None:
    demo = add_keyring(compose(tmp_path, variant("Base"), variant(lookaside=("Base",)), release=RELEASE))
    assert [[seed.text for seed in variant.packages] for variant in demo.variants] == [["demo-archive-keyring"], []]
    assert [(archive.name, archive.has_keyring) for archive in demo.archives] == [("demo-archive-keyring", True)]


def test_an_archive_of_its_name_is_refused_with_its_line(tmp_path: Path) -> None:
    archive = Archive("demo-archive-keyring", Origin("demo.yaml", 3, 1), uri="file:///srv")
    with pytest.raises(ConfigError) as caught:
        add_keyring(compose(tmp_path, release=RELEASE, archives=(archive,)))
    assert str(caught.value).startswith("demo.yaml:3:1: archives.demo-archive-keyring: the name is that of")


def test_a_compose_without_the_package_stays_as_it_is(tmp_path: Path) -> None:
    demo = compose(tmp_path, release=replace(RELEASE, keyring_package=False))
    assert add_keyring(demo) is demo
