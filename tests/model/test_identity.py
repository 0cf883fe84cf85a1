from __future__ import annotations

from dataclasses import replace

from composelib.model.identity import describe_identity, name_host
from composelib.model.release import Release

RELEASE = Release("Acme OS", "Acme+OS", "1.0", "anvil")


def test_a_host_is_named_after_the_release_unless_it_stays_debians() -> None:
    assert name_host(RELEASE) == "acme-os"
    assert name_host(replace(RELEASE, id="acme_os.x")) == "acme-os-x"
    debian = replace(RELEASE, identity="debian")
    assert name_host(debian) == "localhost"
    assert describe_identity(debian, "Server", "edge") is None
