"""The errors of sockets, TLS, http.client and urllib3, translated into those of this program."""

from __future__ import annotations

from http.client import HTTPException
from socket import EAI_AGAIN, gaierror
from ssl import SSLCertVerificationError, SSLError
from urllib.parse import urlsplit

from urllib3.exceptions import HTTPError
from urllib3.util.ssl_match_hostname import CertificateError

from composelib.errors import TrustError
from composelib.fetch.errors import NetworkError
from composelib.fetch.retry import PassingError
from composelib.fetch.url import display_url
from composelib.text.escape import excerpt

FAULTS = (OSError, HTTPException, HTTPError, ValueError)
"""ValueError comes from URLs, headers and chunks that cannot be read."""


def translate(error: Exception, url: str, *, seen: bool, proxy: str) -> Exception:
    """Return the error to raise for a fault; a refusal may pass only if the server was `seen`: if it has answered before.

    `proxy` is the URL of the proxy that the request went through, if there is one.
    """
    subject, cause = display_url(url), unwrap(error)
    if isinstance(cause, SSLCertVerificationError | CertificateError):
        return TrustError(f"{subject}: its certificate is not trusted: {getattr(cause, 'verify_message', '') or cause}")
    if isinstance(cause, ConnectionRefusedError):
        refused = NetworkError(f"{subject}: connection refused{name_proxy(proxy)}")
        return PassingError(refused) if seen else refused
    if isinstance(cause, gaierror):
        host = urlsplit(proxy or url).hostname
        unknown = NetworkError(f"{subject}: the name {host} is not found: {cause.strerror}{name_proxy(proxy)}")
        return PassingError(unknown) if seen or cause.errno == EAI_AGAIN else unknown
    return PassingError(NetworkError(f"{subject}: {describe(cause)}{name_proxy(proxy)}"))


def describe(cause: BaseException) -> str:
    """Describe a fault that may have passed at the next try."""
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    if isinstance(cause, SSLError):
        return f"TLS: {excerpt(getattr(cause, 'reason', '') or str(cause))}"
    if isinstance(cause, OSError):
        return excerpt(cause.strerror or str(cause))
    return f"not an answer in HTTP: {excerpt(f'{type(cause).__name__} {cause}'.strip())}"


def name_proxy(proxy: str) -> str:
    """Name the proxy that a request goes through, if there is one."""
    return f" (by the proxy {display_url(proxy)})" if proxy else ""


def unwrap(error: BaseException) -> BaseException:
    """Return what urllib3 wrapped: an error of the socket, of TLS or of http.client."""
    while isinstance(error, HTTPError):
        wrapped = [*error.args, error.__cause__, error.__context__]
        inner = next((cause for cause in wrapped if isinstance(cause, BaseException)), None)
        if inner is None:
            return error
        error = inner
    return error
