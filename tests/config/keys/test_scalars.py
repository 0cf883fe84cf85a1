from __future__ import annotations

from pathlib import Path

import pytest

from composelib.config.yaml.nodes import Word
from composelib.model.keys.value_types import (
    Arch,
    BuilderName,
    Choice,
    Duration,
    FilePath,
    Flag,
    Number,
    Rate,
    Size,
    Text,
)
from tests.config.keys.conftest import read

NUMBER = Number(1, 99)
COLOUR = Choice(("red", "green"))
URL = Text("a URL", r"https?://\S+", environment=True)
SHORT = Text("a word", r"[a-z]+", "in small letters", longest=5)


def test_a_text_is_a_word_with_its_origin() -> None:
    value = read(SHORT, "abc").value
    assert isinstance(value, Word)
    assert (value, str(value.origin)) == ("abc", "c.yaml:1:4")


@pytest.mark.parametrize("text", ["ABC", '""', "[a]"])
def test_a_text_that_does_not_match_is_refused_with_the_hint(text: str) -> None:
    (fault,) = read(SHORT, text).faults
    assert fault.startswith("4: k: expected a word, got ")
    assert fault.endswith("; in small letters")


def test_a_text_that_is_too_long_is_told_how_long_it_may_be() -> None:
    assert read(SHORT, "abcdef").faults == ["4: k: expected a word, got 'abcdef'; at most 5 characters"]


def test_an_environment_variable_is_put_in_where_the_type_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "example.org")
    assert read(URL, "https://${HOST}/a").value == "https://example.org/a"


def test_an_environment_variable_is_refused_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "abc")
    (fault,) = read(SHORT, "${HOST}").faults
    assert "environment variables are not substituted here" in fault


def test_an_environment_variable_that_is_empty_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "")
    assert read(URL, "https://${HOST}/").faults == [
        "4: k: the environment variable 'HOST' is unset or empty; export HOST=…"
    ]


def test_a_word_that_is_none_of_a_choice_is_answered_with_the_nearest() -> None:
    assert read(COLOUR, "green").value == "green"
    assert read(COLOUR, "gren").faults == ["4: k: expected red | green, got 'gren'; did you mean 'green'?"]


def test_a_builder_is_one_of_those_that_are_modules() -> None:
    assert read(BuilderName(), "mkosi").value == "mkosi"
    assert "did you mean 'mkosi'?" in read(BuilderName(), "mkosy").faults[0]


def test_an_arch_by_the_name_that_others_have_for_it_is_answered_with_debians() -> None:
    assert read(Arch(), "arm64").value == "arm64"
    assert read(Arch(), "x86_64").faults == ["4: k: expected an architecture, got 'x86_64'; did you mean 'amd64'?"]


@pytest.mark.parametrize(("text", "value"), [("true", True), ("yes", True), ("false", False), ("no", False)])
def test_a_truth_value_has_four_words(text: str, value: bool) -> None:
    assert read(Flag(), text).value is value


@pytest.mark.parametrize("text", ["on", "1", "True", "[true]"])
def test_no_other_word_is_a_truth_value(text: str) -> None:
    assert read(Flag(), text).faults


@pytest.mark.parametrize(("text", "value"), [("1", 1), ("+99", 99), ('"7"', 7)])
def test_a_number_lies_between_its_bounds(text: str, value: int) -> None:
    assert read(NUMBER, text).value == value


@pytest.mark.parametrize("text", ["0", "100", "-1", "1.5", "0x1", "1e1", "9999999999999", "one"])
def test_a_number_beyond_its_bounds_is_refused_with_these(text: str) -> None:
    (fault,) = read(NUMBER, text).faults
    assert fault.startswith("4: k: expected a whole number from 1 to 99, got ")


@pytest.mark.parametrize(
    ("text", "value"),
    [("7", 7), ("7B", 7), ("4.7GB", 4_700_000_000), ("650MiB", 650 << 20), ("1 kB", 1000), ("0.5KiB", 512)],
)
def test_a_size_has_units_of_1000_or_1024(text: str, value: int) -> None:
    assert read(Size(), text).value == value


@pytest.mark.parametrize("text", ["0", "0.1B", "-1", "MB", "1e9", "[1]"])
def test_a_size_is_a_byte_at_least(text: str) -> None:
    assert read(Size(), text).faults


@pytest.mark.parametrize(("text", "rate"), [("20MB/s", 20_000_000), ("1.5 MiB/s", 1572864), ("7B/s", 7)])
def test_a_rate_is_a_size_each_second(text: str, rate: int) -> None:
    assert read(Rate(), text).value == rate


@pytest.mark.parametrize("text", ["20MB", "20", "0MB/s", "20MB/h", "20MBit/s", "[1]"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    assert read(Rate(), text).faults


def test_a_unit_that_is_none_is_answered_with_the_nearest() -> None:
    assert read(Size(), "7KB").faults[0].endswith("did you mean 'kB'?")


def test_a_path_is_relative_to_the_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    assert read(FilePath("file"), "file").value == Path("file")


@pytest.mark.parametrize(("kind", "text"), [("file", "folder"), ("folder", "file"), ("file", "absent")])
def test_a_path_has_to_be_of_its_kind(kind: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("folder").mkdir()
    (fault,) = read(FilePath(kind), text).faults
    assert fault.startswith(f"4: k: there is no {kind} {text}; ")


def test_a_keyring_of_debians_that_is_missing_names_its_package() -> None:
    (fault,) = read(FilePath("file"), "/absent/debian-archive-keyring.gpg").faults
    assert fault.endswith("apt-get install debian-archive-keyring")


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("30m", 1800), ("2h", 7200), ("7", 7)])
def test_a_time_has_a_unit_or_is_in_seconds(text: str, seconds: int) -> None:
    assert read(Duration(), text).value == seconds


@pytest.mark.parametrize("text", ["0m", "1d", "-1s", "1.5h", "m", "[1]"])
def test_what_is_no_time_is_refused(text: str) -> None:
    assert read(Duration(), text).faults
