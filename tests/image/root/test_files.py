from __future__ import annotations

import json
import os
from pathlib import Path

from composelib.image.root import files


def test_files_of_a_list_are_written_with_fixed_modes_whatever_the_umask(tmp_path: Path) -> None:
    tool = tmp_path / "extra" / "usr" / "bin" / "tool"
    tool.parent.mkdir(parents=True)
    tool.write_bytes(b"#!/bin/sh\n")
    tool.chmod(0o711)
    (tmp_path / "extra" / "note").write_bytes(b"note")
    listing = tmp_path / "extra_files.json"
    listing.write_text(json.dumps({"files": [{"path": "usr/bin/tool"}, {"path": "note"}]}))
    umask = os.umask(0o077)
    try:
        files.lay_out(tmp_path / "root", files.read_listed(listing))
    finally:
        os.umask(umask)
    modes = {
        str(path.relative_to(tmp_path / "root")): path.stat().st_mode & 0o7777
        for path in (tmp_path / "root").rglob("*")
    }
    assert modes == {"usr": 0o755, "usr/bin": 0o755, "usr/bin/tool": 0o755, "note": 0o644}


def test_apts_source_names_the_key_that_lies_beside_it() -> None:
    members = list(files.describe_apt_source("https://host/repo", "one", ("main", "More"), b"KEY"))
    text = (
        b"Types: deb\nURIs: https://host/repo\nSuites: one\nComponents: main More\nSigned-By: %s\n"
        % members[0][0].encode()
    )
    assert members[0][1] == b"KEY"
    assert members[1] == ("/etc/apt/sources.list.d/compose.sources", text, 0o644)
