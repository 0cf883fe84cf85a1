"""Identifiers, random bytes, secrets and times of the build, and what looks like them."""

from __future__ import annotations

import random

import pytest

from composelib.image.root.identifier import BuildTime, find_evidence

TIME = BuildTime(begun=1_795_780_000, ended=1_795_780_600, epoch=1_700_000_000)  # 2026-11-27, 11:46 to 11:56
RANDOM = random.Random(7)  # noqa: S311 - not for secrets


def describe(content: bytes) -> set[str]:
    return {evidence.words for evidence in find_evidence(content, TIME)}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"20c6500a-1fa8-4f9f-8948-b7b20d7ebb0f\n", "a UUID"),
        (b"nqn.2014-08.org.nvmexpress:uuid:b7fed3a7-9d25-47d9-8afa-ca34c11277e4\n", "a UUID"),
        (b"InitiatorName=iqn.1993-08.org.debian:01:5b7633648f62\n", "an iSCSI initiator's name"),
        (b'MY_HOSTID="c2dd86279c25460183184f5929d4c1aa"\n', "a secret or identifier"),
        (b'  secret "zuLokTVar+wn1YrPaqqZ+pwx6YlozatUNE8sm/vN+Ok=";\n', "a secret or identifier"),
        (b"password = pX7f3kQ9zL2mVb8T\n", "a secret or identifier"),
        (b"5b7633648f625b7633648f625b763364\n", "an identifier or key: nothing but random bytes"),
        (RANDOM.randbytes(16), "an identifier or key: nothing but random bytes"),
        (RANDOM.randbytes(32), "an identifier or key: nothing but random bytes"),
        (RANDOM.randbytes(512), "an identifier or key: nothing but random bytes"),
        (b"begun at 1795780342\n", "the time of the build"),
        (b"Date: Fri, 27 Nov 2026 11:50:07 +0000\n", "the time of the build"),
        (b"made Fri Nov 27 11:50:07 UTC 2026\n", "the time of the build"),
        (b"2026-11-27T11:50:07Z", "the time of the build"),
        (b"2026-11-27\n", "the day of the build"),
    ],
)
def test_it_is_found(content: bytes, words: str) -> None:
    assert words in describe(content)


@pytest.mark.parametrize(
    "content",
    [
        b"6ba7b810-9dad-31d1-80b4-00c04fd430c8\n",  # made of a name
        b"00000000-0000-0000-0000-000000000000\n",
        b"PasswordAuthentication no\npassword\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt\n",
        b"# see /usr/share/doc/secret/examples/config-file-long-name\n",
        b"5b7633648f625b7633648f625b763364  /etc/password\n4b7633648f625b7633648f625b763364  /etc/token\n",
        b"x" * 32,
        bytes(32),
        bytes(range(64)),
        b"\x1f\x8b\x08" + random.Random(1).randbytes(40),  # noqa: S311 - not for secrets
        b"an ordinary text of some length\n",
        b"made at 1700000000, Tue, 14 Nov 2023 22:13:20 +0000\n",
        b"1795790000 2026-11-28 Fri Nov 27 14:00:00 UTC 2026\n",
        b"see the bug of 2026-11-27 " + b"and more text " * 30,
    ],
)
def test_it_is_not_seen_where_it_is_not(content: bytes) -> None:
    assert describe(content) == set()
