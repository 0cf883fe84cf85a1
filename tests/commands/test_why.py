"""Packages are explained, as a user asks.

Also covers: composelib.commands.shared.gathered_archives, composelib.commands.shared.question,
composelib.commands.shared.target.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.kit.demo_compose import Demo
from tests.kit.gathered_demo import gather_demo, run_command
from tests.kit.tiny_archive import Key, TinyArchive

PINS = """\
    pin:
      - {packages: [webserver], suite: stable, priority: 990}
      - {packages: [alone], priority: -1}
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, key: Key) -> Demo:
    folder = tmp_path_factory.mktemp("why")
    archive = TinyArchive(folder / "archive", key)
    archive.add("alone", Depends="unused")
    archive.add("plain")
    edit = (
        "      - mailer | postman\n",
        "      - mailer | postman\n      - unused [arm64]\n    exclude: [nicety]\n" + PINS,
    )
    return gather_demo(folder, archive, edit)


def format_line(demo: Demo, text: str) -> str:
    """Return FILE:LINE: of an entry of the config."""
    lines = demo.config.read_text().splitlines()
    number = next(number for number, text_of_line in enumerate(lines, 1) if text_of_line.strip().endswith(text))
    return f"{demo.config}:{number}:"


def test_the_chain_leads_from_the_configs_line_to_the_package(demo: Demo) -> None:
    ran = run_command(demo, "why", "web-common")
    assert ran.status == 0, ran.err
    head, seed, *chain = ran.out.splitlines()
    assert head == "web-common 2:3.1-1 all is in Server:amd64: 584 B, archive tiny"
    assert seed.split(": ", 1)[1] == "webserver"
    assert [link.strip() for link in chain] == ["webserver 2:3.1-1", "Depends web-common 2:3.1-1"]


def test_a_pin_is_named_with_its_line(demo: Demo) -> None:
    pinned = run_command(demo, "why", "webserver").out.splitlines()[1]
    assert pinned == f"    {format_line(demo, 'priority: 990}')}9: pins it to 990"
    barred = run_command(demo, "why", "alone", "Server").out
    line = format_line(demo, "priority: -1}")
    assert f"    pinned to -1, so never taken ({line}9): alone 1.0 (archive tiny)" in barred


def test_a_provider_is_shown_with_the_name_it_was_taken_for(demo: Demo) -> None:
    assert "Depends apache-config 1.0, as httpd-config" in run_command(demo, "why", "apache-config").out


def test_a_pattern_is_named_with_its_origin(demo: Demo) -> None:
    assert (
        f"    {format_line(demo, '?priority(required)')}9: ?priority(required)\n"
        in run_command(demo, "why", "libbase").out
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("plain",),
            "plain is not in Base:amd64, Server:amd64\n    plain 1.0 (archive tiny): available, but nothing asks for it",
        ),
        (("libbase", "Server"), "it is in Base, whose packages are not repeated"),
        (("nicety", "Server:amd64"), "excluded by 'nicety' ("),
        (("nicety", "Server:amd64"), "only recommended or suggested by chosen packages: webserver"),
        (("postman", "Server"), "'mailer | postman' is satisfied by mailer "),
        (
            ("httpd-config", "Server"),
            "it is virtual; these provide it: apache-config\n    of these are chosen: apache-config",
        ),
        (("unused", "Base"), "would come with alone, which depends on it"),
        (("unused", "Server"), "'unused [arm64]' asks for it, but not on amd64"),
        (("--not", "webserver"), "webserver is not in Base:amd64, but in Server:amd64\n"),
        (("shell", "Server", "--not"), "shell is not in Server:amd64"),
    ],
)
def test_what_is_absent_is_explained(demo: Demo, words: tuple[str, ...], sentence: str) -> None:
    ran = run_command(demo, "why", *words)
    assert (ran.status, ran.err) == (0, "")
    assert sentence in ran.out


def test_a_seed_is_shown_with_its_packages_and_those_that_are_its_alone(demo: Demo) -> None:
    head, *packages = run_command(demo, "why", "--seed", "?priority(required)").out.splitlines()
    assert head.endswith("?priority(required), in Base:amd64: 2 packages, 1.1 kB; 1 of them, 574 B, by it alone (*)")
    assert packages == ["  * init 1.0 amd64, 574 B", "    libbase 1.2 amd64, 572 B"]


def test_a_seed_goes_by_a_name_in_it(demo: Demo) -> None:
    assert "shell (>= 1.0), in Base:amd64: 2 packages" in run_command(demo, "why", "--seed=shell").out
    assert "mailer | postman, in Server:amd64: 1 package," in run_command(demo, "why", "--seed=postman").out


def test_programs_get_json(demo: Demo) -> None:
    output = json.loads(run_command(demo, "why", "--json", "web-common").out)
    assert output["version"] == 1
    assert [link["package"] for link in output["answers"][0]["chain"]] == ["webserver", "web-common"]
    assert json.loads(run_command(demo, "why", "--seed=webserver", "--json").out)["answers"][0]["own_size"] > 0


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((), "it takes a PACKAGE"),
        (("a", "b", "c"), "it takes a PACKAGE"),
        (("libbase", "Sever"), "Sever: no such variant or arch"),
        (("libbase", "Sever"), "did you mean Server?"),
        (("--seed=webservr",), "did you mean 'webserver'?"),
        (("--nto", "a"), "--nto: there is no such option"),
    ],
)
def test_a_wrong_call_is_an_error_in_one_line(demo: Demo, words: tuple[str, ...], error: str) -> None:
    ran = run_command(demo, "why", *words)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("error: ")
    assert error in ran.err


def test_a_name_that_nothing_has_or_provides_ends_with_status_1(demo: Demo) -> None:
    ran = run_command(demo, "why", "wbeserver")
    assert (ran.status, ran.err) == (1, "")
    assert "no archive has it for amd64; did you mean webserver?" in ran.out


def test_before_gather_it_says_what_to_run(tmp_path: Path, demo: Demo) -> None:
    ran = run_command(Demo(tmp_path, demo.archive), "why", "a")
    assert ran.status == 2
    (tmp_path / "tiny.yaml").write_bytes(demo.config.read_bytes())
    empty = Demo(tmp_path, demo.archive)
    ran = run_command(empty, "why", "a")
    assert ran.err == f"error: tiny: nothing was gathered yet; {empty.call} gather\n"


def test_every_reason_comes_after_the_chain_if_asked_for(demo: Demo) -> None:
    ran = run_command(demo, "why", "--all", "libbase", "Base")
    assert (ran.status, ran.err) == (0, "")
    head, *_, last = ran.out.splitlines()
    assert head.startswith("libbase 1.2 amd64 is in Base:amd64: ")
    assert last == "    Depends of init, shell"
    answer = json.loads(run_command(demo, "why", "--all", "shell", "--json").out)["answers"][0]
    assert [item["seed"] for item in answer["asking"]] == ["shell (>= 1.0)"]
    assert answer["asking"][0]["origin"].startswith(format_line(demo, "shell (>= 1.0)"))
    assert answer["needing"] == []


def test_without_being_asked_there_is_one_reason(demo: Demo) -> None:
    assert "Depends of" not in run_command(demo, "why", "libbase", "Base").out


def test_every_reason_is_of_what_is_there(demo: Demo) -> None:
    ran = run_command(demo, "why", "--all", "--not", "libbase")
    assert (ran.status, ran.out) == (2, "")
    assert "leave out --not and --seed" in ran.err


def test_a_package_of_a_variant_far_below_is_found_there(tmp_path: Path, key: Key) -> None:
    archive = TinyArchive(tmp_path / "archive", key)
    top = ("    images:\n", "  Top:\n    lookaside: [Server]\n    packages: [nicety]\n    images:\n")
    demo = gather_demo(tmp_path, archive, top)
    assert "it is in Base, whose packages are not repeated" in run_command(demo, "why", "shell", "Top").out
