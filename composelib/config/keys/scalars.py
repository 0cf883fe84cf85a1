"""Readers of single values: texts, words, numbers, sizes and paths."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from composelib.config.checks.builder import list_builder_words
from composelib.config.keys.read_value import INVALID, read_value, refuse
from composelib.config.yaml.include import describe_error, resolve_name
from composelib.config.yaml.nodes import Node, Scalar, Word, detect_secret
from composelib.config.yaml.problems import Problems, suggest_candidate
from composelib.model.keys.arches import ARCHES
from composelib.model.keys.common import PACKAGE_NAME, VERSION
from composelib.model.keys.value_types import (
    Arch,
    BuilderName,
    Choice,
    DscEntry,
    Duration,
    FilePath,
    Flag,
    Number,
    Rate,
    Size,
    SourceFolder,
    Text,
)

DURATION = re.compile(r"([0-9]{1,6})([smh]?)")
SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
VARIABLE = re.compile(r"\$\{([^}]*)\}")
UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
UNITS |= {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,9})?) ?([A-Za-z]*)")
PER_SECOND = "/s"
KEPT_OUT = "keep it out of the config: docs/archives.md says where logins belong"
TRUTH = {"true": True, "yes": True, "false": False, "no": False}
SOURCE_ENTRY = rf"{PACKAGE_NAME}(?: \(= {VERSION}\))?"
FOREIGN_ARCHES = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "i686": "i386", "ppc64le": "ppc64el"}
"""Debian's names of architectures, by the names that others use."""


@read_value.register(Text)
def read_text(text: Text, node: Node, path: str, problems: Problems) -> Any:
    """Return a text as a Word, environment variables substituted where it may have them."""
    if not isinstance(node, Scalar):
        hint = "quote it: {…} and […] have a meaning in YAML" if "$" in str(node)[:400] else text.hint
        return refuse(text, node, path, problems, hint)
    value = substitute_environment(text, node, path, problems)
    if value is None:
        return INVALID
    secret = detect_secret(value, is_address=text.environment)
    if secret:
        problems.hide(node.origin, value)
        hint = text.hint if text.environment and text.hint else KEPT_OUT
        problems.add(node.origin, path, f"{secret} in a URL: it would be in files, logs and what is released", hint)
        return INVALID
    if len(value) > text.longest or not re.fullmatch(text.pattern, value):
        hint = f"at most {text.longest} characters" if len(value) > text.longest else text.hint
        if text.secret:
            problems.hide(node.origin, value)
            problems.add(node.origin, path, f"expected {text.describe()}, got something else", hint)
            return INVALID
        return refuse(text, node, path, problems, hint)
    return check_url(text, Word(value, node.origin), path, problems)


def check_url(text: Text, word: Word, path: str, problems: Problems) -> Any:
    """Return a text unless it is a URL by which no server can be reached."""
    fault = find_url_fault(word) if text.environment else ""
    if fault:
        problems.add(word.origin, path, f"{word}: not a URL of a server: {fault}")
    return INVALID if fault else word


def find_url_fault(value: str) -> str:
    """Return why no server can be reached by a URL of http or https; empty if one can, and for all other texts."""
    if not value.startswith(("http:", "https:")):
        return ""
    from composelib.fetch.url import encode  # noqa: PLC0415 - most configs have no such URL

    try:
        encode(value)
    except ValueError as error:
        return str(error)
    return ""


def substitute_environment(text: Text, node: Scalar, path: str, problems: Problems) -> str | None:
    """Return a node's text with environment variables substituted; None, with the reason noted, if that fails."""
    names = VARIABLE.findall(node.text)
    if names and not text.environment:
        hint = "they are only in 'uri', 'git', 'url', 'push' and 'base-url'"
        problems.add(node.origin, path, f"${{{names[0]}}}: environment variables are not substituted here", hint)
        return None
    unset = [name for name in names if not os.environ.get(name)]
    for name in unset:
        problems.add(node.origin, path, f"the environment variable {name!r} is unset or empty", f"export {name}=…")
    return None if unset else VARIABLE.sub(lambda match: os.environ[match[1]], node.text)


@read_value.register(Choice)
def read_choice(choice: Choice[Any], node: Node, path: str, problems: Problems) -> Any:
    """Return one of the words of a choice as a Word."""
    if isinstance(node, Scalar) and node.text in choice.words:
        return Word(node.text, node.origin)
    near = suggest_candidate(node.text, choice.words) if isinstance(node, Scalar) else ""
    return refuse(choice, node, path, problems, near if near.startswith("did") else "")


@read_value.register(BuilderName)
def read_builder_name(_: BuilderName, node: Node, path: str, problems: Problems) -> Any:
    """Return the name of a builder, or of one that is refused later with its reason."""
    return read_choice(Choice(list_builder_words()), node, path, problems)


@read_value.register(Arch)
def read_arch(arch: Arch, node: Node, path: str, problems: Problems) -> Any:
    """Return the name of an architecture as a Word."""
    if isinstance(node, Scalar) and node.text in ARCHES:
        return Word(node.text, node.origin)
    text = node.text if isinstance(node, Scalar) else ""
    near = f"did you mean {FOREIGN_ARCHES[text]!r}?" if text in FOREIGN_ARCHES else suggest_candidate(text, ARCHES)
    return refuse(arch, node, path, problems, near if text else "")


@read_value.register(Flag)
def read_flag(flag: Flag, node: Node, path: str, problems: Problems) -> Any:
    """Return the truth value of true, yes, false or no."""
    if isinstance(node, Scalar) and node.text in TRUTH:
        return TRUTH[node.text]
    return refuse(flag, node, path, problems)


@read_value.register(Number)
def read_number(number: Number, node: Node, path: str, problems: Problems) -> Any:
    """Return a whole number."""
    if isinstance(node, Scalar) and re.fullmatch(r"[+-]?[0-9]{1,12}", node.text):
        value = int(node.text)
        if number.low <= value <= number.high:
            return value
    return refuse(number, node, path, problems)


@read_value.register(Rate)
def read_rate(rate: Rate, node: Node, path: str, problems: Problems) -> Any:
    """Return a number of bytes a second: a size with `/s` after it."""
    if not isinstance(node, Scalar) or not node.text.endswith(PER_SECOND):
        return refuse(rate, node, path, problems)
    return read_quantity(rate, node, node.text.removesuffix(PER_SECOND), path, problems)


@read_value.register(Size)
def read_size(size: Size, node: Node, path: str, problems: Problems) -> Any:
    """Return a number of bytes."""
    return read_quantity(size, node, node.text if isinstance(node, Scalar) else "", path, problems)


def read_quantity(size: Size | Rate, node: Node, text: str, path: str, problems: Problems) -> Any:
    """Return a number of bytes: kB, MB, GB, TB are powers of 1000, KiB, MiB, GiB, TiB of 1024; no unit means bytes."""
    match = SIZE.fullmatch(text)
    if match is None:
        return refuse(size, node, path, problems)
    if (match[2] or "B") not in UNITS:
        return refuse(
            size, node, path, problems, suggest_candidate(match[2], [unit for unit in UNITS if len(unit) > 1])
        )
    whole, _, decimals = match[1].partition(".")
    value = int(whole + decimals) * UNITS[match[2] or "B"] // 10 ** len(decimals)
    return value or refuse(size, node, path, problems)


@read_value.register(Duration)
def read_duration(duration: Duration, node: Node, path: str, problems: Problems) -> Any:
    """Return a number of seconds."""
    match = DURATION.fullmatch(node.text) if isinstance(node, Scalar) else None
    seconds = int(match[1]) * SECONDS[match[2]] if match else 0
    return seconds or refuse(duration, node, path, problems)


@read_value.register(FilePath)
def read_path(file: FilePath, node: Node, path: str, problems: Problems) -> Any:
    """Return the path of a file or folder that exists, relative to where the program runs."""
    if not isinstance(node, Scalar) or not node.text or VARIABLE.search(node.text):
        return refuse(file, node, path, problems)
    target = resolve_name(Path(node.origin.file), node.text)
    try:
        exists = (target.is_file() and "file" in file.kind) or (target.is_dir() and "folder" in file.kind)
    except (OSError, ValueError) as error:
        reason = describe_error(error) if isinstance(error, OSError) else str(error)
        problems.add(node.origin, path, f"{target}: {reason}")
        return INVALID
    if not exists:
        problems.add(node.origin, path, f"there is no {file.kind} {target}", hint_for_missing(target))
        return INVALID
    return target


@read_value.register(DscEntry)
def read_dsc_entry(_: DscEntry, node: Node, path: str, problems: Problems) -> Any:
    """Return a .dsc as a Path, and anything else as a Word: a source package's name, with or without a version."""
    if isinstance(node, Scalar) and node.text.endswith(".dsc"):
        return read_path(FilePath("file"), node, path, problems)
    return read_text(
        Text(DscEntry().describe(), SOURCE_ENTRY, "such as hello, or hello (= 2.10-3)"), node, path, problems
    )


@read_value.register(SourceFolder)
def read_source_folder(_: SourceFolder, node: Node, path: str, problems: Problems) -> Any:
    """Return the path of a source tree; what is in it is read later."""
    return read_path(FilePath("folder"), node, path, problems)


def hint_for_missing(path: Path) -> str:
    """Return a hint about a file that is missing: how to install Debian's keyring, or which folder paths are relative to."""
    if path.name.startswith("debian-archive"):
        return "apt-get install debian-archive-keyring"
    return "a path is relative to the config file that it is written in"
