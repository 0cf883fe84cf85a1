from __future__ import annotations

from pathlib import Path

import pytest

from composelib.config import load
from composelib.errors import ConfigError
from tests.config.conftest import BODY, HEAD, Faults, Loads


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)


def test_mappings_merge_and_anything_else_is_replaced(loads: Loads) -> None:
    write("composes/common.yaml", HEAD + "type: nightly\nvariants: {Base: {packages: [bash, less], sources: true}}\n")
    compose = loads("include: [common.yaml]\nrelease: {version: 13}\nvariants: {Base: {packages: [dash]}}\n")
    assert (compose.release.name, compose.release.version, compose.type) == ("Demo", "13", "nightly")
    assert [seed.text for seed in compose.variants[0].packages] == ["dash"]
    assert compose.variants[0].sources


def test_a_later_file_lies_over_an_earlier_one_and_over_what_it_includes(loads: Loads) -> None:
    write("composes/a.yaml", "include: [deep/c.yaml]\nlabel: RC-1.0\ntype: test\n")
    write("composes/deep/c.yaml", "label: RC-3.0\ngate: no-worse\ntype: ci\n")
    write("composes/b.yaml", "label: RC-2.0\n")
    compose = loads("include: [a.yaml, b.yaml]\n" + HEAD + BODY)
    assert (compose.label, compose.type, compose.gate) == ("RC-2.0", "test", "no-worse")
    assert [path.name for path in compose.files] == ["test.yaml", "a.yaml", "c.yaml", "b.yaml"]


def test_paths_are_relative_to_the_file_they_stand_in(loads: Loads) -> None:
    write("shared/tell", "")
    write("shared/common.yaml", "notify: [tell]\n")
    assert loads("include: [../shared/common.yaml]\n" + HEAD + BODY).notify == ("shared/tell",)


def test_an_error_in_an_included_file_is_told_with_that_file(faults: Faults) -> None:
    write("composes/common.yaml", "arches: [amd46]\n")
    message = faults("include: [common.yaml]\n" + HEAD.replace("arches: [amd64, arm64]\n", "") + BODY)
    assert message.startswith("composes/common.yaml:1:10: arches[0]: expected an architecture, got 'amd46'")
    assert "\n    arches: [amd46]\n             ^" in message


def test_errors_of_all_files_are_told_at_once(faults: Faults) -> None:
    write("composes/a.yaml", "lable: x\n")
    write("composes/b.yaml", "- x\n")
    message = faults("include: [a.yaml, b.yaml, c.yaml, '', [x]]\n" + HEAD + BODY)
    assert "composes/a.yaml:1:1: lable: unknown key" in message
    assert "composes/b.yaml:1:1: the file is a list" in message
    assert "composes/c.yaml: no such file or directory: composes/test.yaml -> composes/c.yaml" in message
    assert "include[3]: expected a file" in message
    assert "include[4]: expected a file, got a list" in message


def test_a_circle_is_told_with_its_chain(faults: Faults) -> None:
    write("composes/a.yaml", "include: [test.yaml]\n")
    chain = "composes/test.yaml -> composes/a.yaml -> composes/test.yaml"
    message = faults("include: [a.yaml]\n" + HEAD + BODY)
    assert f"composes/a.yaml:1:11: include: composes/test.yaml includes itself: {chain}" in message


@pytest.mark.parametrize("name", ["../../outside.yaml", "/etc/passwd", "link.yaml"])
def test_a_file_outside_of_the_checkout_is_not_read(name: str, faults: Faults, checkout: Path) -> None:
    (checkout.parent / "outside.yaml").write_text("label: RC-1.0\n")
    (checkout / "composes" / "link.yaml").symlink_to(checkout.parent / "outside.yaml")
    assert "lies outside of the checkout: composes/test.yaml -> " in faults(f"include: [{name}]\n" + HEAD + BODY)


def test_a_config_outside_of_the_checkout_may_include_its_neighbours(checkout: Path) -> None:
    folder = checkout.parent / "elsewhere"
    write(str(folder / "common.yaml"), "label: RC-1.0\n")
    write(str(folder / "own.yaml"), "include: [common.yaml]\n" + HEAD + BODY)
    assert load(folder / "own.yaml").label == "RC-1.0"


def test_a_folder_or_loop_is_no_config(checkout: Path) -> None:
    (checkout / "composes" / "loop.yaml").symlink_to("loop.yaml")
    (checkout / "composes" / "folder.yaml").mkdir()
    for name in ("loop", "folder"):
        with pytest.raises(ConfigError, match=f"composes/{name}.yaml: "):
            load(Path(f"composes/{name}.yaml"))
