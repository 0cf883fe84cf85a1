"""Which source packages are built before which.

Also covers: composelib.model.build, composelib.model.build_paths, composelib.model.indexed_archive.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from composelib.archive.choose.packages.index_build import build_index
from composelib.errors import ComposeError
from composelib.model.indexed_archive import IndexedArchive
from composelib.stages.buildorder import BuiltSource, OrderJob, find_order
from composelib.text.json_file import write_json
from tests.kit.tiny_archive import paragraph


class Sources:
    """Source packages by their names, each with what it builds and what it needs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sources: list[BuiltSource] = []
        self.archived = ["debhelper", "mailer"]

    def add(self, name: str, binaries: str, needs: str = "", provides: str = "") -> None:
        record = self.folder / f"{name}.json"
        rows = [
            {"package": binary, "architecture": "any", "type": "deb", "provides": provides}
            for binary in binaries.split()
        ]
        write_json(record, {"binaries": rows, "build_depends": needs, "profiles": []})
        self.sources.append(BuiltSource(f"ours:{name}", record, (Path(f"{name}.packages"),)))

    def order(self, name: str) -> list[str]:
        """Return what is built before a source package."""
        rows = ({"Package": package, "Version": "1", "Architecture": "amd64"} for package in self.archived)
        stanzas = "\n".join(paragraph({**row, "Filename": "x.deb", "Size": "1", "SHA256": "0" * 64}) for row in rows)
        (self.folder / "stanzas").write_text(stanzas)
        (self.folder / "index").write_bytes(build_index(stanzas.encode(), "amd64", "debian"))
        archive = IndexedArchive("debian", None, False, self.folder / "stanzas", self.folder / "index")
        label, sources = f"x.yaml:3:5: {name}", tuple(self.sources)
        job = OrderJob(label, f"ours:{name}", "amd64", True, sources, (archive,), self.folder / "order")
        find_order(job)
        return [line.removesuffix(".packages") for line in job.output.read_text().splitlines()]


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    """Return a tool, a library that it needs, and a generator that the library needs."""
    sources = Sources(tmp_path)
    sources.add("tool", "tool", "libfoo-dev (>= 1), debhelper")
    sources.add("libfoo", "libfoo1 libfoo-dev", "generator | other [i386]")
    sources.add("generator", "generator")
    return sources


def test_what_is_needed_through_others_is_built_before(sources: Sources) -> None:
    assert sources.order("tool") == ["libfoo", "generator"]
    assert sources.order("generator") == []


def test_what_provides_a_name_that_no_archive_has_is_built_before(sources: Sources) -> None:
    sources.add("exim", "exim", provides="mail-agent mailer")
    sources.add("list", "list", "mail-agent")
    sources.add("news", "news", "mailer")
    assert sources.order("list") == ["exim"]
    assert sources.order("news") == []


def test_of_alternatives_the_first_that_is_somewhere_counts(sources: Sources) -> None:
    sources.add("page", "page", "libnew-dev | generator")
    sources.add("book", "book", "debhelper | generator")
    assert sources.order("page") == ["generator"]
    assert sources.order("book") == []


def test_a_source_that_could_not_be_made_is_left_to_the_archives(sources: Sources) -> None:
    sources.sources[1].record.unlink()
    assert sources.order("tool") == []


def test_malformed_build_dependencies_fail_their_own_source_and_no_other(sources: Sources) -> None:
    sources.add("broken", "broken", "libfoo-dev (>= ")
    sources.add("user", "user", "broken")
    with pytest.raises(
        ComposeError, match=r"^x.yaml:3:5: broken: what it needs to be built is malformed: .*; mend its"
    ):
        sources.order("broken")
    assert sources.order("user") == ["broken"]


def test_a_package_that_needs_itself_is_built_with_that_of_the_archives(sources: Sources) -> None:
    sources.add("compiler", "compiler", "compiler")
    assert sources.order("compiler") == []


def test_a_circle_is_told_with_its_chain(sources: Sources) -> None:
    sources.add("docs", "docs", "tool")
    sources.add("extra", "extra", "docs")
    sources.sources.pop(2)
    sources.add("generator", "generator", "docs")
    with pytest.raises(ComposeError) as caught:
        sources.order("tool")
    assert caught.value.message == (
        "x.yaml:3:5: tool: it cannot be built before itself: ours:tool needs libfoo-dev of ours:libfoo; "
        "ours:libfoo needs generator of ours:generator; ours:generator needs docs of ours:docs; "
        "ours:docs needs tool of ours:tool"
    )


def test_what_only_needs_a_circle_is_not_told(sources: Sources) -> None:
    sources.sources.pop(2)
    sources.add("generator", "generator", "libfoo-dev")
    assert sources.order("tool") == ["libfoo", "generator"]
