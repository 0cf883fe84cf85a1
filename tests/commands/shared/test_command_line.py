from __future__ import annotations

from pathlib import Path

import pytest

from composelib.commands.shared.command_line import exit_on_error, get_build_folder, get_config_path, print_errors
from composelib.errors import ConfigError


def fail() -> int:
    raise ConfigError("it is wrong", "mend it")


@pytest.mark.parametrize(
    ("name", "path"),
    [("demo", "composes/demo.yaml"), ("demo.yml", "demo.yml"), ("a/b", "a/b"), ("/x/demo.yaml", "/x/demo.yaml")],
)
def test_a_name_is_a_file_of_composes_and_a_path_is_a_path(name: str, path: str) -> None:
    assert get_config_path(name) == Path(path)


def test_a_build_folder_never_looks_like_an_option() -> None:
    assert get_build_folder("build") == Path("build")
    assert get_build_folder("-build").is_absolute()


def test_an_error_is_one_line_and_a_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_errors(fail) == 2
    assert capsys.readouterr().err == "error: it is wrong; mend it\n"


def test_an_error_ends_the_program_with_its_status(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        exit_on_error(fail)
    assert caught.value.code == 2
    assert capsys.readouterr().err == "error: it is wrong; mend it\n"
