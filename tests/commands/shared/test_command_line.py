from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from composelib.commands.shared.command_line import (
    exit_on_error,
    format_call,
    get_build_folder,
    get_config_path,
)
from composelib.errors import ConfigError
from tests.kit.root_tars import make_compose


def fail() -> int:
    raise ConfigError("it is wrong", "mend it")


@pytest.mark.parametrize(
    ("name", "path"),
    [("demo", "composes/demo.yaml"), ("demo.yml", "demo.yml"), ("a/b", "a/b"), ("/x/demo.yaml", "/x/demo.yaml")],
)
def test_a_name_is_a_file_of_composes_and_a_path_is_a_path(name: str, path: str) -> None:
    assert get_config_path(name) == Path(path)


def test_a_call_in_a_hint_names_a_config_of_composes_by_its_name() -> None:
    compose = replace(make_compose(Path("build")), config=Path("composes/tiny.yaml"))
    assert format_call(compose, "gather") == "doit compose=tiny gather"


def test_a_call_in_a_hint_names_the_path_of_another_config_and_another_build_folder() -> None:
    assert format_call(make_compose(Path("my build"))) == "doit 'compose=my build/tiny.yaml' 'build=my build'"


def test_a_build_folder_never_looks_like_an_option() -> None:
    assert get_build_folder("build") == Path("build")
    assert get_build_folder("-build").is_absolute()


def test_an_error_ends_the_program_with_its_status(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        exit_on_error(fail)
    assert caught.value.code == 2
    assert capsys.readouterr().err == "error: it is wrong; mend it\n"
