from __future__ import annotations

import subprocess
from pathlib import Path

from composelib.tools import openssl
from composelib.tools.run import run


def test_a_signature_verifies_with_the_public_half(tmp_path: Path) -> None:
    key, public, signature = (tmp_path / name for name in ("key.pem", "key.pub", "signature"))
    curve: list[str | Path] = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    subprocess.run(["openssl", "genpkey", *curve, "-out", key], check=True)
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", public], check=True)
    signature.write_bytes(run(openssl.sign_with_pem(key), input=b"payload", capture=True).stdout)
    verify: list[str | Path] = ["openssl", "dgst", "-sha256", "-verify", public, "-signature", signature]
    assert subprocess.run(verify, input=b"payload", check=False).returncode == 0
    assert subprocess.run(verify, input=b"another", check=False).returncode == 1
