from __future__ import annotations

import hashlib

import pytest

from composelib.archive.format.digest import name_algorithm, start_hash


@pytest.mark.parametrize("name", ["SHA256", "SHA512"])
def test_a_digests_length_says_which_algorithm_it_is(name: str) -> None:
    digest = hashlib.new(name, b"").hexdigest()
    assert name_algorithm(digest) == name
    assert start_hash(digest).hexdigest() == digest
