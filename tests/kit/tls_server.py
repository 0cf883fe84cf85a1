"""An archive's server by TLS, and certificates that vouch for themselves."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path

from tests.kit import archive_server as bad
from tests.kit.archive_server import ArchiveServer


def make_certificate(path: Path, name: str = "IP:127.0.0.1") -> Path:
    """Make a certificate that nobody vouches for, with its key in the same file; beside it alone, with the suffix .crt."""
    subject = ["-subj", f"/CN={name.partition(':')[2]}", "-addext", f"subjectAltName={name}"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*command, "-keyout", path, "-out", path.with_suffix(".crt")], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


@contextmanager
def listening(server: ArchiveServer, context: ssl.SSLContext) -> Iterator[str]:
    """Serve the same by TLS, and yield the URL."""
    handler = type("SecureHandler", (bad.Handler,), {"mirror": server})
    secure = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    secure.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=secure.serve_forever, args=(0.01,), daemon=True).start()
    yield f"https://127.0.0.1:{secure.server_address[1]}"
    secure.shutdown()
    secure.server_close()


def make_server_context(certificate: Path, clients: Path | None = None) -> ssl.SSLContext:
    """Return the context of a server; with `clients` only who shows a certificate that these vouch for is served."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients)
    return context
