from __future__ import annotations

import shutil
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from composelib.image.oci import registry, spec
from tests.kit.image_registry import serve_registry


@pytest.mark.skipif(not shutil.which("docker-registry"), reason="needs docker-registry")
def test_an_index_is_pushed_byte_for_byte_under_its_digest(tmp_path: Path) -> None:
    index = spec.render_image_index([])
    with serve_registry(tmp_path) as address:
        digest = registry.upload_index(index, f"{address}/demo", tmp_path / "work")
        request = Request(f"http://{address}/v2/demo/manifests/{digest}", headers={"Accept": spec.INDEX})
        with urlopen(request) as answer:  # noqa: S310 - a registry on this machine
            assert answer.read() == index
    assert not (tmp_path / "work").exists()
