from __future__ import annotations

from pathlib import Path

import pytest

from composelib.tools import compress
from composelib.tools.run import ToolError, run


@pytest.mark.parametrize("form", compress.COMMANDS)
def test_what_is_compressed_is_checked_and_unpacked(form: str, tmp_path: Path) -> None:
    content = b"content" * 100_000
    packed = run(compress.to_stdout(form), input=content, capture=True).stdout
    path = tmp_path / f"file.{form}"
    path.write_bytes(packed)
    run(compress.check(form, path))
    assert run(compress.unpack(form), input=packed, capture=True).stdout == content
    path.write_bytes(packed[:-4])
    with pytest.raises(ToolError):
        run(compress.check(form, path))
