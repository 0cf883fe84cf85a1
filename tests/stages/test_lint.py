"""What lintian says of what was built.

Also covers: composelib.actions.lint.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from composelib.errors import ComposeError
from composelib.model.build_paths import locate_built, locate_lint, locate_source_package
from composelib.model.compose import Compose
from composelib.stages import lint
from tests.kit.built_sources import BuiltSources
from tests.kit.source_packages import TinySource
from tests.kit.tiny_archive import TinyArchive


def put_built(compose: Compose, folder: Path) -> None:
    """Put a tiny source package, and what is built of it, where its stages leave them."""
    dsc = TinySource().pack(folder)
    argv = ["dpkg-buildpackage", "--unsigned-changes", "--build=binary", "--no-check-builddeps"]
    subprocess.run(argv, cwd=folder / "greeter-1.0", check=True, capture_output=True)
    (build,) = compose.builds
    target = {
        "source": locate_source_package(compose.paths, "ours", "greeter"),
        "built": locate_built(compose.paths, build),
    }
    for path in folder.glob("*.*"):
        if path.is_file():
            kind = "source" if path == dsc or ".tar." in path.name else "built"
            target[kind].mkdir(parents=True, exist_ok=True)
            (target[kind] / path.name).write_bytes(path.read_bytes())


@pytest.mark.slow
def test_tags_of_what_is_built_are_listed_and_errors_count_if_they_are_fatal(
    tmp_path: Path, archive: TinyArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = BuiltSources(tmp_path, archive)
    compose = built.load("{dsc: greeter}", monkeypatch, keys="lint: true")
    put_built(compose, tmp_path / "packed")
    (task,) = lint.tasks(compose)
    task.run()
    document = json.loads(locate_lint(compose.paths, compose.builds[0]).read_text())
    tags = {(row["package"], row["severity"], row["tag"]) for row in document["tags"]}
    assert ("greeter", "error", "no-copyright-file") in tags
    assert {severity for _, severity, _ in tags} >= {"error", "warning"}
    fatal = built.load("{dsc: greeter}", monkeypatch, keys="lint: fatal")
    (task,) = lint.tasks(fatal)
    with pytest.raises(ComposeError, match=r"greeter for amd64: lintian: .*no-copyright-file.*; mend it by a patch"):
        task.run()
