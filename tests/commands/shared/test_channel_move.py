"""Channels of a destination move, and no client finds a list of what is not there.

Also covers: composelib.commands.shared.destination, composelib.tools.rsync, composelib.tools.rclone
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from composelib.commands.shared.channel_move import promote, publish_tree, read_stream, roll_back
from composelib.commands.shared.destination import Destination, open_destination
from composelib.errors import ConfigError, TrustError
from tests.kit.channel_trees import ChannelTrees, make_trees
from tests.kit.client_apt import ClientApt, find_free_port, serve
from tests.kit.schemas import list_value_faults
from tests.kit.tiny_archive import Key

PUBLISHES = int(os.environ.get("COMPOSE_PUBLISHES", "20"))
"""How many publishes apt lives through."""


@pytest.fixture
def trees(tmp_path: Path, key: Key) -> ChannelTrees:
    return make_trees(tmp_path / "made", key)


def list_files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def list_pool(folder: Path, channel: str) -> set[str]:
    return {name.rpartition("/")[2] for name in list_files(folder / channel) if name.endswith(".deb")}


def test_a_channel_leads_to_what_was_published_and_its_stream_says_so(trees: ChannelTrees, tmp_path: Path) -> None:
    web = tmp_path / "web"
    assert trees.publish(1, open_destination(str(web))) == "nightly: new -> demo-12-20231114.d.1"
    stream = read_stream(trees.compose, open_destination(str(web)), "nightly")
    assert stream is not None
    assert list_value_faults("stream", stream) == []
    assert (web / stream["current"]["images"][0]["path"]).exists() is False
    assert (web / stream["current"]["tree"] / stream["current"]["images"][0]["path"]).read_bytes() == b"1"
    trees.make_client(tmp_path / "apt", f"file:{web}/nightly").run("apt-get", "update")
    repository = web / "nightly/Server/repo"
    twin = web / "composes/demo-12-20231114.d.1/Server/repo"
    assert (repository / "pool/main/t/tool/tool_1.0_amd64.deb").samefile(twin / "pool/main/t/tool/tool_1.0_amd64.deb")


def test_files_are_removed_when_no_client_can_have_their_lists(trees: ChannelTrees, tmp_path: Path) -> None:
    web = tmp_path / "web"
    lines = [trees.publish(number, open_destination(str(web))) for number in (1, 2, 3, 4)]
    assert list_pool(web, "nightly") == {f"tool_{number}.0_amd64.deb" for number in (2, 3, 4)}
    assert lines[2].endswith("; removed demo-12-20231114.d.1")
    assert sorted(path.name for path in (web / "composes").iterdir()) == [
        "demo-12-20231114.d.3",
        "demo-12-20231114.d.4",
    ]


def test_a_promoted_channel_is_where_the_other_one_is_and_can_be_moved_back(
    trees: ChannelTrees, tmp_path: Path
) -> None:
    web = tmp_path / "web"
    destination = open_destination(str(web))
    trees.publish(1, destination)
    promote(trees.compose, destination, "nightly", "stable")
    trees.publish(2, destination)
    assert promote(trees.compose, destination, "nightly", "stable").startswith(
        "stable: demo-12-20231114.d.1 -> demo-12-20231114.d.2"
    )
    assert promote(trees.compose, destination, "nightly", "stable") == "stable: is already at demo-12-20231114.d.2"
    assert roll_back(trees.compose, destination, "stable").startswith(
        "stable: demo-12-20231114.d.2 -> demo-12-20231114.d.1"
    )
    stream = read_stream(trees.compose, destination, "stable")
    assert stream is not None
    assert (stream["serial"], stream["previous"]["compose"]) == (3, "demo-12-20231114.d.2")
    client = trees.make_client(tmp_path / "apt", f"file:{web}/stable")
    client.run("apt-get", "update")
    assert "Candidate: 1.0" in client.run("apt-cache", "policy", "tool").stdout


def test_what_there_is_not_cannot_be_promoted_or_moved_back(trees: ChannelTrees, tmp_path: Path) -> None:
    destination = open_destination(str(tmp_path / "web"))
    trees.publish(1, destination)
    with pytest.raises(ConfigError, match="no such channel"):
        promote(trees.compose, destination, "beta", "stable")
    with pytest.raises(ConfigError, match="at no other compose before"):
        roll_back(trees.compose, destination, "nightly")


def test_a_stream_that_another_signed_is_refused(trees: ChannelTrees, tmp_path: Path) -> None:
    destination = open_destination(str(tmp_path / "web"))
    trees.publish(1, destination)
    path = tmp_path / "web/streams/nightly.asc"
    path.write_bytes(path.read_bytes().replace(b'"serial": 1', b'"serial": 2'))
    with pytest.raises(TrustError, match="is not signed by"):
        trees.publish(2, destination)
    shutil.copy(tmp_path / "web/streams/nightly.json", path)
    with pytest.raises(TrustError, match="is not signed by"):
        promote(trees.compose, destination, "nightly", "stable")


@pytest.mark.parametrize("text", ["host:/srv", "", "-e"])
def test_what_is_no_folder_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is no folder"):
        open_destination(text)


def run_apt(client: ClientApt, failures: list[str], ended: threading.Event, counts: list[int]) -> None:
    """Update and download in a loop until the event; note each failure."""
    while not ended.is_set():
        for words in (("update",), ("install", "-y", "--download-only", "--reinstall", "tool")):
            ran = client.run("apt-get", *words, check=False)
            if ran.returncode or "W:" in ran.stderr or "E:" in ran.stderr:
                failures.append(f"{words[0]}: {ran.returncode} {ran.stderr}")
        counts[0] += 1


@contextmanager
def looping_apt(client: ClientApt) -> Iterator[tuple[list[str], list[int]]]:
    """Yield the failures of an apt that updates and downloads in a loop during the block, and how often it has."""
    failures: list[str] = []
    counts, ended = [0], threading.Event()
    thread = threading.Thread(target=run_apt, args=(client, failures, ended, counts))
    thread.start()
    try:
        yield failures, counts
    finally:
        ended.set()
        thread.join()


@pytest.mark.slow
def test_apt_in_a_loop_sees_no_error_through_publishes_some_of_which_are_killed(
    trees: ChannelTrees, tmp_path: Path
) -> None:
    web = tmp_path / "web"
    destination = open_destination(str(web))
    trees.publish(1, destination)
    generator = random.Random(1)  # noqa: S311 - no secret
    with (
        serve(web / "nightly") as (url, _),
        looping_apt(trees.make_client(tmp_path / "apt", url)) as (failures, counts),
    ):
        for number in range(2, PUBLISHES + 1):
            tree = trees.make_tree(number)
            start = time.monotonic()
            if number % 3 == 0:
                publish_killed(trees, destination, tree, generator.uniform(0, 2.5))
            publish_tree(trees.compose, destination, "nightly", tree)
            print(number, round(time.monotonic() - start, 2), counts[0], flush=True)
    assert not failures
    assert counts[0] >= PUBLISHES / 4
    assert list_pool(web, "nightly") == {f"tool_{number}.0_amd64.deb" for number in range(PUBLISHES - 2, PUBLISHES + 1)}


def publish_killed(trees: ChannelTrees, destination: Destination, tree: Path, seconds: float) -> None:
    """Publish in another process, and kill it and what it has started after some time."""

    def work() -> None:
        os.setsid()
        publish_tree(trees.compose, destination, "nightly", tree)

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join(seconds)
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid or 0, signal.SIGKILL)
    process.join()


@contextmanager
def serving_rclone(kind: str, folder: Path) -> Iterator[str]:
    """Serve a folder by rclone on loopback; yield the destination that it is."""
    folder.mkdir(exist_ok=True)
    port = find_free_port()
    words = ["--user", "u", "--pass", "p"]
    server = subprocess.Popen(
        ["rclone", "serve", kind, *words, "--addr", f"127.0.0.1:{port}", folder], stderr=subprocess.DEVNULL
    )
    hidden = subprocess.run(["rclone", "obscure", "p"], capture_output=True, text=True, check=True).stdout.strip()
    address = f'url="http://127.0.0.1:{port}"' if kind == "webdav" else f"host=127.0.0.1,port={port}"
    try:
        for _ in range(100):
            if (
                subprocess.run(
                    ["rclone", "lsd", f":{kind},{address},user=u,pass={hidden}:"], capture_output=True, check=False
                ).returncode
                == 0
            ):
                break
            time.sleep(0.1)
        yield f"rclone::{kind},{address},user=u,pass={hidden}:acme"
    finally:
        server.terminate()
        server.wait()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["webdav", "sftp"])
def test_channels_move_through_rclone(kind: str, trees: ChannelTrees, tmp_path: Path) -> None:
    web = tmp_path / "web"
    with serving_rclone(kind, web) as text:
        destination = open_destination(text)
        trees.publish(1, destination)
        promote(trees.compose, destination, "nightly", "stable")
        for number in (2, 3, 4):
            trees.publish(number, destination)
        promote(trees.compose, destination, "nightly", "stable")
        roll_back(trees.compose, destination, "stable")
    assert list_pool(web / "acme", "nightly") == {f"tool_{number}.0_amd64.deb" for number in (2, 3, 4)}
    assert not [name for name in list_files(web / "acme") if name.endswith(".new")]
    client = trees.make_client(tmp_path / "apt", f"file:{web}/acme/stable")
    client.run("apt-get", "update")
    assert "Candidate: 1.0" in client.run("apt-cache", "policy", "tool").stdout
