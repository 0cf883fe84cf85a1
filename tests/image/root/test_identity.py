from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from composelib.image.root import identity
from composelib.model.identity import Identity, describe_identity
from composelib.model.release import Release, Urls

RELEASE = Release(
    "Acme OS", "Acme+OS", "1.0", "anvil", urls=Urls(home="https://acme.example/", bugs="https://acme.example/b?a=$x")
)
EPOCH = 1700000000
DEBIAN = "PRETTY_NAME='Debian GNU/Linux 12 (bookworm)'\nID=debian\nVERSION_CODENAME=bookworm\n"
DIVERT = "dpkg-divert"
DERIVED = "ID=mint\nID_LIKE='ubuntu debian'\nVERSION_CODENAME=wilma\n"


def describe(release: Release = RELEASE) -> Identity:
    described = describe_identity(release, "Server", "Edge Box")
    assert described
    return described


def apply(folder: Path, text: str, own: Identity) -> dict[str, str]:
    """Run the commands on a folder that stands for the root; return what a shell reads of its os-release."""
    for name in ("usr/lib", "etc", "var/lib/dpkg/updates"):
        (folder / name).mkdir(parents=True)
    path = folder / identity.OS_RELEASE.lstrip("/")
    path.write_text(text)
    lines = (
        line.replace(DIVERT, f"{DIVERT} --root={folder}")
        if line.startswith(DIVERT)
        else line.replace(identity.OS_RELEASE, str(path)).replace(identity.ISSUE, f"{folder}{identity.ISSUE}")
        for line in identity.render_identity(own, EPOCH).splitlines()
    )
    subprocess.run(["sh", "-euc", "\n".join(lines)], check=True)
    listed = subprocess.run(
        ["env", "-i", "sh", "-c", f"set -a; . {path}; env"], check=True, capture_output=True, text=True
    )
    return dict(line.split("=", 1) for line in listed.stdout.splitlines())


def test_a_system_bears_its_releases_name(tmp_path: Path) -> None:
    fields = apply(tmp_path, DEBIAN, describe())
    fields.pop("PWD", None)
    assert fields == {
        "PRETTY_NAME": "Acme OS 1.0 (anvil)",
        "NAME": "Acme OS",
        "ID": "acme-os",
        "ID_LIKE": "debian",
        "VERSION_ID": "1.0",
        "VERSION": "1.0 (anvil)",
        "VERSION_CODENAME": "anvil",
        "DEBIAN_CODENAME": "bookworm",
        "VARIANT": "Server",
        "IMAGE_ID": "acme-os-server-edge-box",
        "IMAGE_VERSION": "1.0.20231114",
        "HOME_URL": "https://acme.example/",
        "BUG_REPORT_URL": "https://acme.example/b?a=$x",
    }
    assert (tmp_path / "usr/lib/os-release.distrib").read_text() == DEBIAN
    assert (tmp_path / "etc/issue").read_text() == "Acme OS 1.0 \\n \\l\n\n"
    assert (tmp_path / "etc/issue.net").read_text() == "Acme OS 1.0\n"


@pytest.mark.parametrize(
    ("text", "own", "like"),
    [(DERIVED, "acme", "mint ubuntu debian"), (DERIVED, "mint", "ubuntu debian"), (DEBIAN, "debian", None)],
)
def test_it_is_like_what_its_packages_are_of(tmp_path: Path, text: str, own: str, like: str | None) -> None:
    fields = apply(tmp_path, text, describe(replace(RELEASE, id=own)))
    assert fields.get("ID_LIKE") == like
    assert "DEBIAN_CODENAME" not in fields
