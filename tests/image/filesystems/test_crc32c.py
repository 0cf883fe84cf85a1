from __future__ import annotations

from composelib.image.filesystems.crc32c import START, divide_bytes


def test_the_checksum_is_that_of_the_polynomial_of_castagnoli() -> None:
    assert divide_bytes(b"123456789") ^ START == 0xE3069283  # the check value of RFC 3720's CRC32C
