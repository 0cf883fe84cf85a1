"""Private keys in every form that programs write."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from composelib.image.root.private_key import describe_private_key
from tests.kit.tiny_archive import Key, gpg

EC = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"
RSA = "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024"
COMMANDS = {
    "PEM: PRIVATE KEY": EC,
    "PEM: RSA PRIVATE KEY": f"{RSA} | openssl rsa -traditional",
    "PEM: EC PRIVATE KEY": f"{EC} | openssl ec",
    "PEM: ENCRYPTED PRIVATE KEY": f"{EC} | openssl pkcs8 -topk8 -passout pass:a",
    "PEM: OPENSSH PRIVATE KEY": "ssh-keygen -q -t ed25519 -N '' -f key && cat key",
    "DER: PKCS #8": "openssl genpkey -algorithm ED25519 -outform DER",
    "DER: PKCS #1": f"{RSA} | openssl rsa -traditional -outform DER",
    "DER: SEC 1": f"{EC} | openssl ec -outform DER",
    "DER: PKCS #8, encrypted": f"{EC} | openssl pkcs8 -topk8 -passout pass:a -outform DER",
    "DER: PKCS #12": f"{EC} >k && openssl req -x509 -key k -subj /CN=a >c && openssl pkcs12 -export -inkey k -in c -passout pass:a",
}


@pytest.mark.parametrize("form", COMMANDS)
def test_a_key_of_openssl_and_openssh_is_recognized(form: str, tmp_path: Path) -> None:
    made = subprocess.run(["sh", "-c", COMMANDS[form]], cwd=tmp_path, capture_output=True, check=True)
    assert describe_private_key(made.stdout) == f"a private key ({form})"


def test_a_key_of_gnupg_is_recognized_in_each_form(key: Key) -> None:
    export = ("--batch", "--pinentry-mode", "loopback", "--passphrase", "", "--export-secret-keys")
    assert describe_private_key(gpg(key.home, *export)) == "a private key of OpenPGP"
    assert describe_private_key(gpg(key.home, "--armor", *export)) == "a private key (PEM: PGP PRIVATE KEY BLOCK)"
    stored = next((key.home / "private-keys-v1.d").glob("*.key"))
    assert describe_private_key(stored.read_bytes()) == "a private key of GnuPG"


@pytest.mark.parametrize(
    "command",
    [
        f"{EC} | openssl pkey -pubout",
        f"{RSA} | openssl pkey -pubout -outform DER",
        f"{EC} >k && openssl req -x509 -key k -subj /CN=a -outform DER",
        f"{EC} >k && openssl req -x509 -key k -subj /CN=a >c && openssl pkcs12 -export -nokeys -in c -passout pass:a",
        "ssh-keygen -q -t ed25519 -N '' -f key && cat key.pub",
        "echo '-----BEGIN PRIVATE KEY-----'",
        "gzip -c /etc/passwd",
    ],
)
def test_what_is_public_is_no_private_key(command: str, tmp_path: Path) -> None:
    made = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, check=True)
    assert made.stdout
    assert describe_private_key(made.stdout) == ""


def test_a_public_key_of_gnupg_is_no_private_key(key: Key) -> None:
    assert describe_private_key(gpg(key.home, "--export")) == ""
    assert describe_private_key(gpg(key.home, "--armor", "--export")) == ""
