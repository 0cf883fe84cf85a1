"""Secrets in URLs and addresses."""

from __future__ import annotations

import pytest

from composelib.text.secret import conceal, find_secret

SECRET = (
    "http://user:CANARY@host/r.git",
    "https://CANARY@host/x",
    "https://me%40x:CANARY%40host/",
    "http://me:p/CANARY@host/",
    "ssh://git:CANARY@host/x",
    "git://u:CANARY@host/x",
    "docker://u:CANARY@host/x",
    "user:CANARY@host:path",
    "user:pa/CANARY@host:path",
    "me:CANARY@registry.org/name:tag",
    "ghp_CANARYCANARYCANARY1234@github.com:o/r",
    "https://host/glpat-CANARYCANARYCANARY1234/x",
    "https://host/x?token=CANARY",
    "https://host/x?a=1&X-Amz-Signature=CANARY",
    "https://host/x?private_token=CANARY",
    "https://host/x?sig=CANARY&se=1",
    "https://host/x#access_token=CANARY",
    "https://host/x?key=CANARY0123456789abc",
)
HARMLESS = (
    "git@github.com:owner/repository.git",
    "ssh://git@host:22/x",
    "https://host:8080/@scope/package",
    "https://[::1]:80/x",
    "file:///srv/a@b/x",
    "/srv/git/x@1.git",
    "host:path/x.git",
    "https://host/x?format=tar.gz&ref=main&author=me&monkey=1",
    "https://host/x?key=release.key",
    "https://host/x?id=abcdef0123456789abcdef",
    "registry.org:5000/acme/{variant}:{version}",
)


@pytest.mark.parametrize("text", SECRET)
def test_a_secret_is_found_and_hidden(text: str) -> None:
    assert find_secret(text, is_address=True)
    assert "CANARY" not in conceal(f"got '{text}', which is wrong")


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_is_shown(text: str) -> None:
    assert not find_secret(text, is_address=True)
    assert conceal(f"got '{text}'") == f"got '{text}'"
