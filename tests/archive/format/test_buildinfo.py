from __future__ import annotations

import pytest

from composelib.archive.format.buildinfo import list_otherwise, parse_buildinfo
from composelib.archive.format.stanza import StanzaError

SHA256 = "ab" * 32
BUILDINFO = f"""\
Format: 1.0
Source: greeter (1:1.0-1)
Binary: greeter
Architecture: all amd64
Version: 1:1.0-1+b1
Checksums-Sha256:
 {SHA256} 700 greeter_1.0-1+b1_amd64.deb
Build-Architecture: amd64
Build-Path: /build/greeter-1.0
Installed-Build-Depends:
 base-files (= 12.4+deb12u5),
 libc6:arm64 (= 2.36-9)
Environment:
 DEB_BUILD_PROFILES="nocheck nodoc"
 LANG="C.UTF-8"
"""


def test_it_says_what_was_built_and_with_which_packages() -> None:
    buildinfo = parse_buildinfo(BUILDINFO.encode())
    assert (buildinfo.source, buildinfo.version, buildinfo.root_arch) == ("greeter", "1:1.0-1", "amd64")
    assert buildinfo.arches == ("all", "amd64")
    assert buildinfo.profiles == ("nocheck", "nodoc")
    assert list(map(str, buildinfo.installed)) == ["base-files (= 12.4+deb12u5)", "libc6:arm64 (= 2.36-9)"]
    assert buildinfo.sums == {"greeter_1.0-1+b1_amd64.deb": SHA256}


def test_a_signed_one_is_read_too() -> None:
    signed = (
        f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{BUILDINFO}\n"
        "-----BEGIN PGP SIGNATURE-----\n\nAAAA\n=AAAA\n-----END PGP SIGNATURE-----\n"
    )
    assert parse_buildinfo(signed.encode()) == parse_buildinfo(BUILDINFO.encode())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Source: ", "Sourced: ", "it has no field Source"),
        ("Build-Architecture", "Other", "it has no field Build-Architecture"),
        ("base-files (= 12.4+deb12u5)", "base-files", "base-files: not `NAME"),
        ("base-files (=", "base-files (>=", "not `NAME"),
        ("base-files (= 12.4+deb12u5)", "base-files (", "Installed-Build-Depends: "),
        (" greeter_1.0-1+b1_amd64.deb\n", " ../../greeter.deb\n", "Checksums-Sha256: "),
        ("Format: 1.0", "Format 1.0", "a line without a field name"),
    ],
)
def test_what_is_no_buildinfo_is_refused(old: str, new: str, message: str) -> None:
    with pytest.raises(StanzaError, match=message):
        parse_buildinfo(BUILDINFO.replace(old, new).encode())


def test_the_lines_of_one_alone_are_named_but_for_sums() -> None:
    second = BUILDINFO.replace("nocheck nodoc", "nocheck").replace(SHA256, "cd" * 32)
    assert list(list_otherwise(BUILDINFO.encode(), second.encode())) == [
        '- Environment: DEB_BUILD_PROFILES="nocheck nodoc"',
        '+ Environment: DEB_BUILD_PROFILES="nocheck"',
    ]
