"""The order in which the files of a channel appear, and when they go."""

from __future__ import annotations

from composelib.commands.shared.channel import Generation, Generations, is_channel, order_files, select_files

DISTS = "Server/repo/dists/bookworm"


def test_what_names_a_file_comes_after_it() -> None:
    names = [
        f"{DISTS}/InRelease",
        f"{DISTS}/Release",
        f"{DISTS}/main/binary-amd64/Packages.xz",
        f"{DISTS}/main/binary-amd64/Release",
        f"{DISTS}/main/binary-amd64/by-hash/SHA256/ab",
        "Server/repo/pool/main/t/tool/tool_1_amd64.deb",
        "ostree/repo/objects/ab/cd.filez",
        "ostree/repo/refs/heads/demo/edge",
        "ostree/repo/summary",
    ]
    assert order_files(names) == [
        [names[5], names[6]],
        [names[4]],
        [names[2], names[3]],
        [names[1], names[7]],
        [names[0], names[8]],
    ]


def test_a_channel_has_what_is_read_under_names_that_stay() -> None:
    names = [
        "STATUS",
        "metadata/debs.json",
        "Server/amd64/iso/x.iso",
        "archive-key.asc",
        "demo.sources",
        f"{DISTS}/Release",
    ]
    assert select_files(names) == [f"{DISTS}/Release", "archive-key.asc", "demo.sources"]


def test_files_go_after_two_whole_generations() -> None:
    generations = Generations()
    for number in range(4):
        generations = generations.begin(f"c{number}", [f"f{number}"]).finish()
    assert generations.names == {"f1", "f2", "f3"}
    assert Generations.from_json(generations.to_json()) == generations


def test_what_was_cut_off_counts_as_no_generation_and_keeps_its_files() -> None:
    whole = Generations((Generation("c1", complete=True, files=("f1",)),))
    cut_off = whole.begin("c2", ["f2"])
    assert cut_off.begin("c2", ["f2"]) == cut_off
    generations = cut_off.begin("c3", ["f3"]).finish().begin("c4", ["f4"]).finish()
    assert generations.names == {"f1", "f2", "f3", "f4"}
    assert generations.begin("c5", []).finish().begin("c6", []).finish().names == {"f4"}


def test_the_folders_of_a_destination_are_no_channels() -> None:
    assert [name for name in ("stable", "composes", "streams", "", "-x", "a/b", "Beta") if is_channel(name)] == [
        "stable"
    ]
