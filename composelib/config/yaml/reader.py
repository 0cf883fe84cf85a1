"""Parses YAML text into nodes; YAML that a config has no use for is refused, with its origin.

Accepted by rule: a UTF-8 byte order mark, CRLF line ends, aliases whose expansion stays small. Refused: any other
encoding, tabs and control characters, tags, merge keys, repeated keys, keys that are not plain texts, deep nesting,
recursion, several documents. `@` and `?`, which YAML reserves, may begin a plain scalar: groups and patterns do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NoReturn, TypeVar

import yaml

from composelib.config.yaml.nodes import Mapping, Node, Scalar, Sequence, Word, detect_secret
from composelib.config.yaml.problems import Problems
from composelib.model.origin import Origin

DEPTH = 50
EXPANSION = 100_000  # nodes that all aliases together may stand for
STAND_INS = {"@": "\ue000", "?": "\ue001"}  # of the private use area, which no meaningful text has
INTO = str.maketrans(STAND_INS)
BACK = str.maketrans({stand_in: char for char, stand_in in STAND_INS.items()})
ODD = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ue000\ue001\ufeff\ufffe\uffff]"
)
LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # its parser alone is used: events, no objects
SIMPLE_KEY = "while scanning a simple key"
"""What the parser says of a text where a key has to be; the text is where it began to scan, not where it gave up."""
FLOW = "while parsing a flow"
"""How what it says of a [list] or a {mapping} begins."""
HINTS = {
    SIMPLE_KEY: "is a '- ' missing at its beginning, or a ':'?",
    "while scanning an alias": "quote an entry that begins with '*'",
    "while scanning an anchor": "quote an entry that begins with '&'",
    "while scanning a tag": "quote an entry that begins with '!'",
    f"{FLOW} sequence": "close it with ']'; quote an entry that holds [, ], { or , within a [list]",
    f"{FLOW} mapping": "close it with '}'; quote a value that holds [, ], { or , within a {mapping}",
}
PLAIN = {
    (
        "while parsing a block mapping",
        "did not find expected key",
    ): "it is indented otherwise than the key that it follows",
    (
        "while parsing a block collection",
        "did not find expected '-'",
    ): "it is indented otherwise than the entry that it follows",
    ("", "mapping values are not allowed"): "a ':' where no key can begin",
}
"""By how context and problem begin: what the parser means, in plain words."""
PLAIN_HINTS = {
    "it is indented otherwise than the key that it follows": "the keys of one mapping begin in one column; nothing is below "
    "a key with a value on its line",
    "it is indented otherwise than the entry that it follows": "the entries of one list begin in one column",
    "a ':' where no key can begin": "indent the line as the ones before it, or quote the value",
}
Container = TypeVar("Container", Sequence, Mapping)


class Refused(Exception):  # noqa: N818 - an error of the text, reported through Problems
    """The rest of the text cannot be read; the reason is already noted."""


def parse(content: bytes, file: str, problems: Problems) -> Mapping | None:
    """Return the mapping in a config file's bytes; None, with the reason in `problems`, if it cannot be parsed."""
    problems.lines.setdefault(file, [])
    try:
        return Reader(decode(content, file, problems), file, problems).read_document()
    except Refused:
        return None


def decode(content: bytes, file: str, problems: Problems) -> str:
    """Decode a file's bytes; line ends become newlines. Raise Refused if they are not UTF-8."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:2]:
        problems.add(Origin(file, 1, 1), "", "this is UTF-16, not UTF-8", f"iconv -f UTF-16 -t UTF-8 {file}")
        raise Refused
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        good = content[: error.start].decode(errors="replace").removeprefix("\ufeff")
        origin = Origin(file, good.count("\n") + 1, len(good) - good.rfind("\n"))
        problems.add(origin, "", f"byte 0x{content[error.start]:02x} is not UTF-8", "save the file as UTF-8")
        raise Refused from None
    text = text.replace("\r\n", "\n")
    problems.lines[file] = text.split("\n")
    refuse_odd_characters(text, file, problems)
    return text


def refuse_odd_characters(text: str, file: str, problems: Problems) -> None:
    """Raise Refused if there is a character that is invisible, or that YAML and people read differently."""
    match = ODD.search(text)
    if match is None:
        return
    start = match.start()
    origin = Origin(file, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))
    if match[0] == "\t":
        problems.add(origin, "", "a tab", "use spaces: YAML is indented and aligned with them")
    else:
        problems.add(origin, "", f"a config must not have the character U+{ord(match[0]):04X}", "remove it")
    raise Refused


class Reader:
    """A reader of one text."""

    def __init__(self, text: str, file: str, problems: Problems) -> None:
        self.text = text
        self.file = file
        self.problems = problems
        self.anchors: dict[str, Node | None] = {}
        """The nodes by their anchors; None while a node is not complete."""
        self.expanded = 0

    def read_document(self) -> Mapping:
        """Return the one document of the text. Raise Refused if there is none, or more than one."""
        documents = 0
        root: Node | None = None
        events = self.read_events()
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.refuse(
                        event.start_mark, "a second document", "a config file is one document: remove the '---'"
                    )
            elif isinstance(event, yaml.NodeEvent):
                root = self.read_node(event, events, 0)
        if root is None or (isinstance(root, Scalar) and not root.text):
            self.refuse(None, "the file is empty", "begin with 'release:'; docs/config.md has all keys")
        if not isinstance(root, Mapping):
            kind = "a list" if isinstance(root, Sequence) else "a text"
            self.problems.add(root.origin, "", f"the file is {kind}, not a mapping", "begin with 'release:'")
            raise Refused
        return root

    def read_events(self) -> Iterator[Any]:
        """Yield the parser's events. Raise Refused if the text is not YAML."""
        parser = LOADER(self.text.translate(INTO))
        try:
            while parser.check_event():
                yield parser.get_event()
        except yaml.MarkedYAMLError as error:
            message = (error.problem or "not YAML").translate(BACK)
            context = (error.context or "").translate(BACK)
            hint = next((hint for words, hint in HINTS.items() if context.startswith(words)), "")
            words = explain_problem(context, message)
            self.refuse(
                choose_mark(error, context),
                words or f"not YAML: {f'{context}, ' if context else ''}{message}",
                PLAIN_HINTS.get(words, hint),
            )
        except (yaml.YAMLError, ValueError, OverflowError) as error:  # numbers and escapes that the parser cannot hold
            self.refuse(None, f"not YAML: {str(error).splitlines()[0].translate(BACK)}")
        finally:
            parser.dispose()

    def read_node(self, event: Any, events: Iterator[Any], level: int) -> Node:
        """Return the node that begins with an event. Raise Refused if a config must not have it."""
        if isinstance(event, yaml.AliasEvent):
            return self.read_alias(event)
        if event.tag is not None:
            tag = event.tag.translate(BACK)
            self.refuse(
                event.start_mark, f"the tag {tag!r}: a config has no tags", "quote an entry that begins with '!'"
            )
        if level >= DEPTH:
            self.refuse(event.start_mark, f"nested more than {DEPTH} levels deep")
        if event.anchor:
            self.anchors[event.anchor] = None
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = self.read_scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self.read_sequence(event, events, level)
        else:
            node = self.read_mapping(event, events, level)
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def read_alias(self, event: Any) -> Node:
        """Return the node that an alias stands for. Raise Refused if there is none, or if it is too large."""
        name = event.anchor.translate(BACK)
        if event.anchor not in self.anchors:
            hint = "quote an entry that begins with '*'"
            self.refuse(event.start_mark, f"the alias *{name} has no anchor &{name} before it", hint)
        node = self.anchors[event.anchor]
        if node is None:
            self.refuse(event.start_mark, f"the alias *{name} contains itself")
        self.expanded += node.size
        if self.expanded > EXPANSION or node.depth > DEPTH:
            self.refuse(event.start_mark, f"the aliases up to *{name} stand for more than {EXPANSION} values")
        return node

    def read_scalar(self, event: Any) -> Scalar:
        """Return a scalar; a block scalar's last line end is dropped."""
        text = event.value.translate(BACK)
        if event.style in ("|", ">"):
            text = text.removesuffix("\n")
        self.refuse_odd(text, event)
        scalar = Scalar(self.make_origin(event.start_mark), text, plain=not event.style)
        if detect_secret(text, is_address=True):
            self.problems.hide(scalar.origin, text)
        return scalar

    def refuse_odd(self, text: str, event: Any) -> None:
        """Raise Refused if an escape or a block scalar adds a line end or a character that the text must not have."""
        odd = ODD.search(text)
        if odd or "\n" in text:
            name = "a line end" if not odd else f"the character U+{ord(odd[0]):04X}"
            self.refuse(event.start_mark, f"{name} within a value", "every value is one line")

    def read_sequence(self, event: Any, events: Iterator[Any], level: int) -> Sequence:
        """Return a list and all that is in it. Raise Refused if something in it is refused."""
        items = []
        for inner in events:
            if isinstance(inner, yaml.SequenceEndEvent):
                break
            items.append(self.read_node(inner, events, level + 1))
        size, depth = measure_nodes(items)
        return self.check_depth(Sequence(self.make_origin(event.start_mark), tuple(items), size, depth))

    def read_mapping(self, event: Any, events: Iterator[Any], level: int) -> Mapping:
        """Return a mapping and all that is in it. Raise Refused if something in it is refused."""
        entries: dict[Word, Node] = {}
        for inner in events:
            if isinstance(inner, yaml.MappingEndEvent):
                break
            key = self.read_key(inner, entries)
            value = self.read_node(next(events), events, level + 1)
            entries.setdefault(key, value)
        size, depth = measure_nodes(list(entries.values()))
        return self.check_depth(Mapping(self.make_origin(event.start_mark), entries, size, depth))

    def check_depth(self, node: Container) -> Container:
        """Return the node. Raise Refused if aliases nest it deeper than a config may be written."""
        if node.depth > DEPTH:
            self.problems.add(node.origin, "", f"nested more than {DEPTH} levels deep")
            raise Refused
        return node

    def read_key(self, event: Any, entries: dict[Word, Node]) -> Word:
        """Return a mapping's key; add a problem for a repeated one. Raise Refused if it is not a text."""
        if not isinstance(event, yaml.ScalarEvent) or event.tag is not None:
            self.refuse(event.start_mark, "a key that is not a text", "quote it if it begins with *, &, !, [ or {")
        if event.value == "<<" and not event.style:
            self.refuse(event.start_mark, "the merge key '<<'", "use 'include', 'extends' or a group")
        key = Word(event.value.translate(BACK), self.make_origin(event.start_mark))
        self.refuse_odd(key, event)
        if detect_secret(key, is_address=True):
            self.problems.hide(key.origin, key)
        if event.anchor:
            self.anchors[event.anchor] = Scalar(key.origin, str(key))
        if key in entries:
            first = next(entry for entry in entries if entry == key)
            hint = f"it is already on line {first.origin.line}"
            self.problems.add(key.origin, "", f"the key {str(key)!r} is repeated", hint)
        return key

    def make_origin(self, mark: Any) -> Origin:
        """Return the origin of a mark of the parser's."""
        return Origin(self.file, mark.line + 1, mark.column + 1)

    def refuse(self, mark: Any, message: str, hint: str = "") -> NoReturn:
        """Add what is wrong at a mark, or at the file's beginning, and raise Refused."""
        self.problems.add(self.make_origin(mark) if mark else Origin(self.file, 1, 1), "", message, hint)
        raise Refused


def measure_nodes(nodes: list[Node]) -> tuple[int, int]:
    """Return the size and the depth of a node that contains these nodes."""
    return 1 + sum([node.size for node in nodes]), 1 + max([node.depth for node in nodes], default=0)


def choose_mark(error: yaml.MarkedYAMLError, context: str) -> Any:
    """Return where to look: where the parser gave up, or where what it could not end began, if that is a line above."""
    begun, given_up = error.context_mark, error.problem_mark
    if context == SIMPLE_KEY or not given_up:
        return begun
    unclosed = context.startswith(FLOW) and begun and begun.line < given_up.line
    return begun if unclosed else given_up


def explain_problem(context: str, problem: str) -> str:
    """Return in plain words what the YAML parser complains of; empty if its own words will do."""
    matching = (words for (begin, end), words in PLAIN.items() if context.startswith(begin) and problem.startswith(end))
    return next(matching, "")
