"""Secrets in a config: refused, and never shown."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from composelib.errors import ConfigError
from tests.config.conftest import BODY, HEAD, Checkout, Faults, Loads
from tests.kit.demo_compose import CHECKOUT

LOGIN = "http://user:CANARY@host/"
VALUES = {
    "archives.x.uri": "archives: {{x: {{uri: '{}', suites: [a], trusted: true}}}}",
    "archives.x.debug.uri": "archives: {{x: {{uri: host, suites: [a], trusted: true, debug: {{uri: '{}', suites: [a]}}}}}}",
    "base-url": "base-url: '{}'",
    "variants.Base.extra-files[0].git": "variants: {{Base: {{extra-files: [{{git: '{}', ref: a, path: f, to: /}}]}}}}",
    "variants.Base.extra-files[0].url": "variants: {{Base: {{extra-files: [{{url: '{}', sha256: a, to: /}}]}}}}",
    "variants.Base.images.x.push": "variants: {{Base: {{images: {{x: {{kind: container, push: '{}'}}}}}}}}",
    "variants.Base.images.x.customize.kernel-append": "variants: {{Base: {{images: {{x: {{kind: disk, customize: {{kernel-append: 'url={}'}}}}}}}}}}",
}
"""Keys, and configs with them."""


def lay(text: str, checkout: Checkout) -> str:
    """Return a config that includes a whole one and lays a text over it."""
    (checkout / "composes/below.yaml").write_text(HEAD + BODY)
    return f"include: [below.yaml]\n{text}\n"


@pytest.mark.parametrize("key", VALUES)
def test_a_login_in_any_url_is_refused_without_being_shown(key: str, faults: Faults, checkout: Checkout) -> None:
    message = faults(lay(VALUES[key].format(LOGIN), checkout))
    assert re.search(rf"^\S+ {re.escape(key)}: a login in a URL", message, re.MULTILINE)
    assert "CANARY" not in message


def test_a_login_that_a_variable_brings_in_is_refused(
    faults: Faults, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLE", LOGIN)
    message = faults(lay(VALUES["base-url"].format("${WHOLE}"), checkout))
    assert "base-url: a login in a URL" in message
    assert "CANARY" not in message


def test_a_login_in_the_place_of_any_word_is_not_shown(loads: Loads) -> None:
    source = (CHECKOUT / "docs/architecture.yaml").read_text()
    events: list[Any] = [
        event for event in yaml.parse(source, Loader=yaml.BaseLoader) if isinstance(event, yaml.ScalarEvent)
    ]
    for event in events:
        with pytest.raises(ConfigError) as raised:
            loads(f"{source[: event.start_mark.index]}'{LOGIN}'{source[event.end_mark.index :]}")
        assert "CANARY" not in str(raised.value)
    assert len(events) > 50


@pytest.mark.parametrize(
    "text",
    [
        f"uri: {LOGIN}",
        f"base-url: [{LOGIN}]",
        f"type: {LOGIN}",
        f"type: '{LOGIN}{'x' * 90}'",
        f'type: "{LOGIN.replace("//", chr(92) + "/" + chr(92) + "/")}"',
        f"'{LOGIN}': x",
        f"base-url: {LOGIN} : {{",
        f"base-url: !secret {LOGIN}",
        "base-url: 'http://user:CANARY",
        "type: test   # moved from http://user:CANARY@host/\ntypo: x # http://user:CANARY@host/",
        "base-url: >-\n  http://user:CANARY@host/",
        "gti: https://host/x?private_token=CANARY",
        "gti: user:CANARY@host:path",
        "gti: http:/user:CANARY@host",
        "gti: [foo, 'http://user:CANARY@host http://x?sig=CANARY']",
        "variants: {Base: {images: {x: {kind: disk, customize: {users: {a: {password: CANARY}}}}}}}",
    ],
)
def test_whatever_is_wrong_with_a_line_no_secret_in_it_is_shown(text: str, faults: Faults, checkout: Checkout) -> None:
    assert "CANARY" not in faults(lay(text, checkout))
