from __future__ import annotations

from pathlib import Path

import pytest

from composelib.tools import skopeo


@pytest.mark.parametrize("registry", ["127.0.0.1:5000", "localhost", "localhost:80", "[::1]:5000", "[::1]"])
def test_a_registry_on_this_machine_needs_no_tls(registry: str) -> None:
    assert skopeo.push("oci:x", f"{registry}/demo:1")[4] == "--dest-tls-verify=false"


@pytest.mark.parametrize("registry", ["registry.example", "192.0.2.1:5000", "localhost.example:80", "127.example"])
def test_every_other_registry_needs_tls(registry: str) -> None:
    assert not any("tls-verify" in word for word in skopeo.push("oci:x", f"{registry}/demo:1"))


def test_the_users_logins_are_found_where_the_variable_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path))
    assert skopeo.find_login() == {"REGISTRY_AUTH_FILE": str(tmp_path)}
