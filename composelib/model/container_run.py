"""How a container is run: the settings of an OCI image's configuration (image-spec, config.md)."""

from __future__ import annotations

from composelib.dataclass import dataclass
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import ListOf, Text, TextMap

WORDS = ListOf(Text("a word", r"[^\0]*"), "words", repeats=True)
FOLDER = Text("an absolute path", r"/[^\0\n]*")


@dataclass(frozen=True)
class ContainerRun:
    """How a container is run."""

    entrypoint: tuple[str, ...] = key("The program that is started, and its first arguments.", WORDS)
    cmd: tuple[str, ...] = key(
        "Arguments that a user's own replace; without an entrypoint the program, too. By default a shell or init.",
        WORDS,
    )
    env: tuple[tuple[str, str], ...] = key(
        "Environment variables; never secrets, as everybody who has the image can read them.",
        TextMap("variable", r"[A-Za-z_][A-Za-z0-9_]*"),
    )
    user: str = key(
        "Who it runs as: a user of the image or an ID, and a group.",
        Text("USER or USER:GROUP", r"[a-z0-9_][a-z0-9_-]*(?::[a-z0-9_][a-z0-9_-]*)?"),
    )
    workdir: str = key("The working directory.", FOLDER)
    ports: tuple[str, ...] = key(
        "Ports that it listens on.", ListOf(Text("a port such as 80 or 53/udp", r"\d{1,5}(?:/(?:tcp|udp))?"), "ports")
    )
    volumes: tuple[str, ...] = key("Folders for data that outlive a container.", ListOf(FOLDER, "absolute paths"))
    labels: tuple[tuple[str, str], ...] = key(
        "Further labels; one of the usual ones is replaced.",
        TextMap("label", r"[a-z0-9](?:[a-zA-Z0-9._/-]*[a-zA-Z0-9])?"),
    )
