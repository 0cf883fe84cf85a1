"""The colours of pages can be read, by light and by dark: contrast as WCAG 2.1 computes it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STYLE = Path("composelib/text/page.html.jinja").read_text()
LIGHT, DARK = (
    dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", text)) for text in re.findall(r"^:root \{(.*)\}$", STYLE, re.MULTILINE)
)
TEXTS, GROUNDS = ("ink", "dim", "link", "good", "bad"), ("paper", "soft")
LEAST = 4.5


def measure_luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def measure_contrast(first: str, second: str) -> float:
    dark, light = sorted(map(measure_luminance, (first, second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(scheme: dict[str, str], text: str, ground: str) -> None:
    assert measure_contrast(scheme[text], scheme[ground]) >= LEAST


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_bars_stand_out_from_the_page(scheme: dict[str, str]) -> None:
    assert min(measure_contrast(scheme[bar], scheme["paper"]) for bar in ("bar", "bad")) >= 3


def test_no_text_has_another_colour() -> None:
    colours = set(re.findall(r"(?<!-)\b(?:color|background|fill): ([^;}]+)", STYLE))
    assert colours <= {f"var(--{name})" for name in LIGHT}
    assert LIGHT.keys() == DARK.keys()
    assert "opacity" not in STYLE


def test_the_measure_is_that_of_the_standard() -> None:
    assert measure_contrast("#000000", "#ffffff") == pytest.approx(21)
    assert measure_contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
