"""Moves a channel of a destination to a compose, so that no client ever finds a list of what is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from composelib.archive.format import openpgp
from composelib.commands.shared.channel import (
    COMPOSES,
    STEPS,
    STREAMS,
    Generations,
    describe_release,
    is_channel,
    list_composes,
    move_stream,
    order_files,
    select_files,
)
from composelib.commands.shared.destination import Destination
from composelib.commands.shared.frozen_tree import list_tree_files
from composelib.contents.system_commits import list_commits
from composelib.errors import ConfigError, TrustError
from composelib.model.compose import Compose
from composelib.text.json_file import json_text, parse_json, read_json
from composelib.tools import gpg
from composelib.verify.signatures import KEY, open_key

Stream = Mapping[str, Any]


def require_channel(name: str) -> str:
    """Return the name of a channel. Raise ConfigError if it can be none."""
    if not is_channel(name):
        raise ConfigError(
            f"{name!r}: can be no channel's name", "small letters, digits, `.`, `_` and `-`, such as `stable`"
        )
    return name


def publish_tree(compose: Compose, destination: Destination, channel: str, tree: Path) -> str:
    """Copy a published tree to a destination and move a channel to it; return a line for the user."""
    stream = read_stream(compose, destination, channel)
    names = sorted(list_tree_files(tree))
    former = stream["current"]["tree"] if stream else ""
    target = f"{COMPOSES}/{tree.name}"
    destination.send(tree, target, names, former if former != target else "")
    return move_channel(compose, destination, channel, read_release(tree), select_files(names))


def promote(compose: Compose, destination: Destination, source: str, channel: str) -> str:
    """Move a channel to the compose that another is at; return a line for the user. Raise ConfigError if there is none."""
    stream = read_stream(compose, destination, source)
    if stream is None:
        raise ConfigError(f"{source}: there is no such channel", f"`publish --to=… --channel={source}` makes it")
    return move_to(compose, destination, channel, stream["current"], read_generations(destination, source))


def roll_back(compose: Compose, destination: Destination, channel: str) -> str:
    """Move a channel to the compose that it was at before; return a line for the user. Raise ConfigError if there is none."""
    stream = read_stream(compose, destination, channel)
    if stream is None or stream["previous"] is None:
        raise ConfigError(f"{channel}: it was at no other compose before", "only one that was moved can be moved back")
    return move_to(compose, destination, channel, stream["previous"], read_generations(destination, channel))


def move_to(compose: Compose, destination: Destination, channel: str, release: Stream, generations: Generations) -> str:
    """Move a channel to a release whose files some generation names. Raise ConfigError if none does."""
    row = next((row for row in generations.rows if row.compose == release["compose"]), None)
    if row is None:
        raise ConfigError(f"{release['compose']}: the destination does not say which files it has", "publish it again")
    return move_channel(compose, destination, channel, release, list(row.files))


def move_channel(compose: Compose, destination: Destination, channel: str, release: Stream, files: list[str]) -> str:
    """Move a channel: pool, by-hash, indices, InRelease, then the stream; remove what no client can know any more."""
    stream, generations = read_stream(compose, destination, channel), read_generations(destination, channel)
    name = release["compose"]
    if stream and stream["current"]["compose"] == name and generations.has_whole(name):
        return f"{channel}: is already at {name}"
    begun = generations.begin(name, files)
    write_json_to(destination, locate_generations(channel), begun.to_json())
    tree = compose.paths.published / name
    for manner, names in zip(STEPS, order_files(files), strict=True):
        if names:
            destination.spread(tree, release["tree"], channel, names, manner)
    write_stream(compose, destination, move_stream(stream, channel, release))
    finished = begun.finish()
    if stale := destination.list_files(channel) - finished.names:
        destination.remove(channel, stale)
    write_json_to(destination, locate_generations(channel), finished.to_json())
    removed = remove_composes(compose, destination)
    return f"{channel}: {stream['current']['compose'] if stream else 'new'} -> {name}{removed}"


def remove_composes(compose: Compose, destination: Destination) -> str:
    """Remove the composes that no stream names; return what is to be said of it."""
    channels = {path.partition(".asc")[0] for path in destination.list_files(STREAMS) if path.endswith(".asc")}
    streams = [stream for channel in sorted(channels) if (stream := read_stream(compose, destination, channel))]
    stale: dict[str, list[str]] = {}
    for path in destination.list_files(COMPOSES):
        stale.setdefault(path.partition("/")[0], []).append(path)
    for name in list_composes(streams):
        stale.pop(name, None)
    if stale:
        destination.remove(COMPOSES, [path for paths in stale.values() for path in paths])
    return f"; removed {', '.join(sorted(stale))}" if stale else ""


def read_release(tree: Path) -> dict[str, Any]:
    """Return what a stream says of a published tree."""
    info, images = (read_json(tree / "metadata" / f"{name}.json") for name in ("composeinfo", "images"))
    key = tree / info["key"]
    return describe_release(
        info, images, list_named_commits(tree), openpgp.list_primary_fingerprints(key.read_bytes(), str(key))
    )


def list_named_commits(tree: Path) -> Iterator[dict[str, str]]:
    """Yield the commits of a tree by the images that they are."""
    for row in list_commits(tree).values():
        yield {"variant": row.variant, "arch": row.arch, "name": row.name, "commit": row.sha256}


def read_stream(compose: Compose, destination: Destination, channel: str) -> Stream | None:
    """Return a channel's stream; None if there is none. Raise TrustError if the compose's key did not sign it."""
    path = f"{STREAMS}/{channel}.asc"
    content = destination.read(path)
    if content is None:
        return None
    with open_key(compose.paths.archive_key) as checker:
        if not checker.accepts(content):
            raise TrustError(
                f"{path}: is not signed by {KEY} of {compose.paths.tree}", "publish to an empty destination"
            )
    stream: Stream = parse_json(openpgp.strip_signature(content))
    if stream["stream"] != channel:
        raise TrustError(f"{path}: is the stream of {stream['stream']}", "move it away, and publish again")
    return stream


def write_stream(compose: Compose, destination: Destination, stream: Stream) -> None:
    """Sign and write a channel's stream, as plain JSON too."""
    content = json_text(stream).encode()
    signer = gpg.find_signer(compose.sign, compose.paths.key_home)
    signed = gpg.clearsign(signer, content, stream["current"]["date"])
    for end, text in (("asc", signed), ("json", content)):
        destination.write(f"{STREAMS}/{stream['stream']}.{end}", text)


def locate_generations(channel: str) -> str:
    """Return the path of the list of a channel's files."""
    return f"{STREAMS}/{channel}.generations"


def read_generations(destination: Destination, channel: str) -> Generations:
    """Return what a channel has had. Raise ConfigError if its list is not of the format."""
    path = locate_generations(channel)
    content = destination.read(path)
    try:
        return Generations.from_json(parse_json(content)) if content else Generations()
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path}: is not of its format: {error}", "remove it, and publish again") from error


def write_json_to(destination: Destination, path: str, content: Mapping[str, Any]) -> None:
    """Write a JSON file to a destination."""
    destination.write(path, json_text(content).encode())
