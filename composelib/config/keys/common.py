"""Kinds of text and list that keys of several records have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from composelib.config.keys.arches import ARCHES
from composelib.config.keys.containers import ListOf
from composelib.config.keys.package_entry import Entry
from composelib.config.keys.types import NAME, Schema, Text, wrong
from composelib.config.yaml.nodes import Node, Scalar, Word
from composelib.config.yaml.problems import Problems, did_you_mean

SAFE = r"[A-Za-z0-9][A-Za-z0-9.+_]{0,31}"  # has no `-`, which parts what a compose ID is made of
BELOW = r"(?!.*(?:^|/)\.\.(?:/|$))"  # does not lead upwards


@dataclass(frozen=True)
class Arch:
    """The name of an architecture."""

    want: str = "an architecture"

    def read(self, node: Node, path: str, problems: Problems) -> Any:
        """Give the name as a Word."""
        if isinstance(node, Scalar) and node.text in ARCHES:
            return Word(node.text, node.origin)
        common = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "i686": "i386", "ppc64le": "ppc64el"}
        text = node.text if isinstance(node, Scalar) else ""
        near = f"did you mean {common[text]!r}?" if text in common else did_you_mean(text, ARCHES)
        return wrong(self, node, path, problems, near if text else "")

    def schema(self) -> Schema:
        """Give all names."""
        return {"enum": sorted(ARCHES)}


def name_of(what: str) -> Text:
    """Give the kind of a name that refers to something else of the config."""
    return Text(f"the name of {what}", NAME.pattern)


SHORT = Text("letters, digits and . + _, at most 32", SAFE, "no '-': it parts what a compose ID is made of")
URL = Text("a URL", r"(?:https?)://[^\s/@]+(?:/[^\s]*)?", "http://… or https://…, without a password", environment=True)
GIT = Text("a git URL", r"(?:(?:https?|ssh|git|file)://[^\s]+|[^\s-][^\s]*)", environment=True)
GIT_REF = Text("a branch, tag or commit", r"[A-Za-z0-9][A-Za-z0-9./_+-]{0,254}")
PACKAGES = ListOf(Entry(), "packages", some=False)
AWAY = ListOf(Entry(away=True), "packages", some=False)
ARCH_LIST = ListOf(Arch(), "arches")
VOLUME_ID = Text("a volume ID", r"[A-Za-z0-9][A-Za-z0-9 ._+-]{0,31}", "at most 32 letters, digits, spaces and . _ + -")
