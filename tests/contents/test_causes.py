"""The cause of a change is what has moved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from composelib.archive.explain.manifest_reader import GatheredPackage, PackageReason
from composelib.contents.artifact import FileState
from composelib.contents.causes import ImageEvidence, ImageHistory, explain_change, group_by_cause
from composelib.contents.changes import FileChange
from tests.kit.compose_contents import row

SEED = PackageReason(seed="web", file="composes/demo.yaml", line=15)
OLD_DATE, NEW_DATE = 1_700_000_000, 1_700_086_400


def evidence(
    *rows: GatheredPackage, identity: str = "c", date: int = OLD_DATE, programs: dict[str, str] | None = None
) -> ImageEvidence:
    packages = {item.package: (item.version, item.sha256) for item in rows}
    suites = {"debian": {"bookworm": (f"{date}", date)}}
    return ImageEvidence(identity, packages, {item.package: item for item in rows}, suites, programs or {})


def change(path: str = "usr/bin/web", *owners: str) -> FileChange:
    return FileChange((), path, FileState("file", content="1"), FileState("file", content="2"), owners, bool(owners))


def explain(old: ImageEvidence, new: ImageEvidence, *owners: str, path: str = "usr/bin/web") -> tuple[str, str, str]:
    cause = explain_change(change(path, *owners), ImageHistory(old, new))
    return cause.kind, cause.text, cause.reason


def test_a_package_that_the_archive_has_anew() -> None:
    history = evidence(row("web", "1.0")), evidence(row("web", "1.1"), date=NEW_DATE)
    moved = "archive debian: bookworm Tue, 14 Nov 2023 22:13:20 UTC -> Wed, 15 Nov 2023 22:13:20 UTC"
    assert explain(*history, "web") == ("package", "web 1.0 -> 1.1", moved)


def test_a_package_of_a_state_that_has_not_moved_is_the_config_s() -> None:
    history = evidence(row("web", "1.0")), evidence(row("web", "1.1"))
    assert explain(*history, "web")[2] == "archive debian has not moved: the config"


def test_a_package_of_another_archive_is_there_by_a_pin() -> None:
    pinned = replace(row("web", "1.1"), archive="ours", why=PackageReason(pin="composes/demo.yaml:9"))
    assert explain(evidence(row("web", "1.0")), evidence(pinned), "web")[2] == (
        "archive debian -> ours by the pin at composes/demo.yaml:9"
    )


def test_a_package_that_a_line_of_the_config_brings() -> None:
    asked = replace(row("web"), why=SEED)
    library = replace(row("lib"), why=PackageReason(package="web", relation="Depends"))
    line = "'web' is new in the config, composes/demo.yaml:15"
    assert explain(evidence(), evidence(asked), "web") == ("package", "web 1.0 added", line)
    assert explain(evidence(), evidence(asked, library), "lib")[2] == f"Depends of web, {line}"
    assert explain(evidence(asked), evidence(), "web")[2] == line.replace("new", "no longer")


def test_a_package_that_another_one_needs_now() -> None:
    library = replace(row("lib"), why=PackageReason(package="web", relation="Depends"))
    old, new = evidence(replace(row("web", "1.0"), why=SEED)), evidence(replace(row("web", "1.1"), why=SEED), library)
    assert explain(old, new, "lib")[2] == "Depends of web"


def test_a_package_that_was_built_again() -> None:
    old, new = evidence(row("web", build="a")), evidence(row("web", build="b"))
    assert explain(old, new, "web")[1] == "web 1.0, built again"


@pytest.mark.parametrize(
    ("path", "old", "new", "kind", "text"),
    [
        ("etc/x", evidence(row("web")), evidence(row("web", "2")), "packages", "made from the image's packages: web 1.0 -> 2"),
        ("usr/lib/os-release", evidence(identity="a"), evidence(identity="b"), "release", "a -> b"),
        ("x", evidence(programs={"grub": "1"}), evidence(programs={"grub": "2"}), "programs", "made by other programs: grub 1 -> 2"),
        ("x", evidence(), evidence(), "config", "nothing recorded has moved"),
    ],
)  # fmt: skip
def test_a_file_that_no_package_has(path: str, old: ImageEvidence, new: ImageEvidence, kind: str, text: str) -> None:
    seen = explain(old, new, path=path)
    assert seen[0] == kind
    assert seen[1].startswith(text)


def test_causes_are_ordered_packages_first() -> None:
    history = ImageHistory(evidence(row("web")), evidence(row("web", "2")))
    changes = [change("etc/x"), change("usr/bin/web", "web"), change("usr/bin/web2", "web")]
    groups = group_by_cause((item, explain_change(item, history)) for item in changes)
    assert [(cause.kind, len(items)) for cause, items in groups.items()] == [("package", 2), ("packages", 1)]
