from __future__ import annotations

from http.client import BadStatusLine
from socket import EAI_AGAIN, EAI_NONAME, gaierror
from ssl import SSLError

import pytest
from urllib3.exceptions import NewConnectionError, ProtocolError

from composelib.fetch.errors import NetworkError
from composelib.fetch.faults import translate, unwrap
from composelib.fetch.retry import PassingError

URL = "http://me:secret@example.org/file"


def wrap(cause: Exception) -> Exception:
    """Wrap an error as urllib3 does."""
    try:
        try:
            raise cause
        except Exception as error:
            raise NewConnectionError(None, "failed") from error  # type: ignore[arg-type]
    except NewConnectionError as error:
        return ProtocolError("Connection aborted.", error)


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        (TimeoutError(), "no answer in time"),
        (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer"),
        (SSLError(1, "handshake"), "TLS: "),
        (BadStatusLine("\x1b[2J"), "not an answer in HTTP: BadStatusLine"),
        (ValueError("\x1b"), r"not an answer in HTTP: ValueError \\x1b"),
        (gaierror(EAI_AGAIN, "again"), "the name example.org is not found: again"),
    ],
)
def test_what_may_pass_is_tried_again(cause: Exception, message: str) -> None:
    for error in (cause, wrap(cause)):
        translated = translate(error, URL, seen=False, proxy="")
        assert isinstance(translated, PassingError)
        with pytest.raises(NetworkError, match=message):
            raise translated.error
        assert "secret" not in str(translated)


@pytest.mark.parametrize("cause", [ConnectionRefusedError(111, "refused"), gaierror(EAI_NONAME, "unknown")])
def test_a_server_that_was_never_there_is_not_tried_again(cause: Exception) -> None:
    assert isinstance(translate(wrap(cause), URL, seen=False, proxy=""), NetworkError)
    assert isinstance(translate(wrap(cause), URL, seen=True, proxy=""), PassingError)


def test_an_error_that_wraps_nothing_is_its_own_cause() -> None:
    error = ProtocolError("alone")
    assert unwrap(error) is error
