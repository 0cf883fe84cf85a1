"""Words that may end a command line. doit is not loaded for it: a shell asks at each press of a key."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from composelib.commands.shared.command_line import VARIABLES, get_build_folder, get_config_path
from composelib.config import load
from composelib.engine.usage import list_command_modules
from composelib.errors import ComposeError
from composelib.files import written_aside
from composelib.model.compose import Compose
from composelib.model.image_traits import Image
from composelib.program import CONFIGS

LINE = "COMP_LINE"
"""The variable with the line that is typed, up to the cursor; bash(1) has the name."""
OF_TASKS = ("run", "plan", "info", "list", "clean", "forget", "ignore", "reset-dep", "log")
OF_IMAGES = ("boot", "enter", "reproduce")
SWITCHES = ("offline", "locked")
SOURCES = Path(__file__).parents[2]


def print_words() -> None:
    """Print the words that may end the line."""
    with suppress(BrokenPipeError):
        print("\n".join(sorted(complete_line(os.environ.get(LINE, "")))), flush=True)


def complete_line(line: str) -> set[str]:
    """Return the words that the last word of a line can become, each up to its next `:` or `=`."""
    *typed, current = line.split(" ")
    typed = [word for word in typed[1:] if word]
    variables = dict(word.split("=", 1) for word in typed if re.match(r"\w+=", word))
    words = [word for word in typed if not word.startswith("-") and "=" not in word]
    candidates: set[str] = set()
    with suppress(ComposeError, OSError):  # a shell shows no errors; the command will, once it is typed
        candidates.update(list_candidates(words, current, variables))
    return {trim_levels(word, current) for word in candidates if word.startswith(current)}


def trim_levels(word: str, current: str) -> str:
    """Return a word up to and with the first `:` after what is typed; whole if there is none."""
    end = word.find(":", len(current))
    return word if end < 0 else word[: end + 1]


def list_candidates(words: list[str], current: str, variables: dict[str, str]) -> Iterator[str]:
    """Yield what may be the word after others. Raise ComposeError, OSError if the config cannot be read."""
    command = words[0] if words and words[0] in list_command_modules() else ""
    name, equals, _ = current.partition("=")
    if equals:
        yield from (f"{name}={value}" for value in list_values(name, current.partition("=")[2], variables))
    elif current.startswith("-"):
        yield from list_option_names(command or "run")
    else:
        yield from (f"{variable}=" for variable in VARIABLES if variable not in variables)
        yield from list_words(command, words, variables)


def list_words(command: str, words: list[str], variables: dict[str, str]) -> Iterator[str]:
    """Yield the words that a command takes."""
    if not words or command == "help":
        yield from list_command_modules()
    if command == "tabcompletion":
        yield from ("bash", "zsh")
    elif command in OF_TASKS or not command:
        yield from recall_tasks(read_compose(variables))
    elif command in OF_IMAGES:
        compose = read_compose(variables)
        yield from list_image_names(compose)
        if command == "enter":
            yield from (f"build:{build.name}" for build in compose.builds)
    elif command == "why":
        compose = read_compose(variables)
        yield from list_gathered_packages(compose) if len(words) == 1 else list_target_names(compose)


def list_values(name: str, value: str, variables: dict[str, str]) -> Iterable[str]:
    """Return the values that a variable may have."""
    if name == "compose":
        return [path.stem for path in Path(CONFIGS).glob("*.yaml")]
    if name in SWITCHES:
        return ["1"]
    if name in {"arches", "variants"}:
        compose = read_compose(variables)
        names = compose.arches if name == "arches" else [variant.name for variant in compose.variants]
        listed = value.rpartition(",")[0]
        return [f"{listed},{item}" if listed else item for item in names]
    return []


def list_option_names(command: str) -> Iterator[str]:
    """Yield the long options of a command."""
    from importlib import import_module  # noqa: PLC0415 - only for options

    path = list_command_modules()[command]
    module = import_module(f"composelib.{path.parent.name}.{path.stem}")
    kind = module.Run if command == "run" else getattr(module, f"{path.stem.title().replace('_', '')}Command")
    yield from (f"--{option['long']}" for option in kind.cmd_options if option.get("long"))


def read_compose(variables: dict[str, str]) -> Compose:
    """Return the compose that the line names."""
    return load(
        get_config_path(variables.get("compose", "demo")), build=get_build_folder(variables.get("build", "build"))
    )


def recall_tasks(compose: Compose) -> list[str]:
    """Return the stages and the tasks, as last time if neither the config nor the program has changed since."""
    cache = locate_cache(compose)
    key = digest_state(compose)
    with suppress(OSError, UnicodeDecodeError):
        first, *names = cache.read_text().splitlines()
        if first == key:
            return names
    names = list(compute_tasks(compose))
    with suppress(OSError), written_aside(cache, durable=False) as aside:
        aside.write_text("\n".join([key, *names, ""]))
    return names


def locate_cache(compose: Compose) -> Path:
    """Return the path of the file that the names of a compose's tasks are kept in."""
    folder = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return (
        Path(folder).expanduser() / "deb-compose" / hashlib.sha256(os.fsencode(compose.config.absolute())).hexdigest()
    )


def digest_state(compose: Compose) -> str:
    """Return a digest of all that decides which tasks there are: the compose's values and the program's files."""
    statuses = [(path, path.stat()) for path in sorted(SOURCES.rglob("*.py"))]
    files = [(str(path), status.st_mtime_ns, status.st_size) for path, status in statuses]
    return hashlib.sha256(repr((compose, files)).encode()).hexdigest()


def compute_tasks(compose: Compose) -> Iterator[str]:
    """Yield the stages and the tasks."""
    from composelib.stages import stages  # noqa: PLC0415 - seldom needed, and slow to load

    for stage in stages(compose):
        yield stage.name
        yield from (f"{stage.name}:{task.name}" for task in stage.tasks if task.name)


def list_image_names(compose: Compose) -> Iterator[str]:
    """Yield the images, by their names alone and in full."""
    for deliverable in compose.deliverables(Image):
        yield from (deliverable.image.name, deliverable.name)


def list_target_names(compose: Compose) -> Iterator[str]:
    """Yield the variants, alone and with each arch."""
    for variant in compose.variants:
        yield variant.name
        yield from (f"{variant.name}:{arch}" for arch in variant.arches)


def list_gathered_packages(compose: Compose) -> Iterator[str]:
    """Yield the packages that were gathered."""
    for variant in compose.variants:
        for arch in variant.arches:
            path = compose.paths.gathered_stanzas(variant.name, arch)
            if path.is_file():
                yield from re.findall(r"^Package: (\S+)", path.read_text(errors="replace"), re.MULTILINE)
