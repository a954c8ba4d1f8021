"""YAML 1.2 text to plain values, each with its place; everything nnrun does not allow is refused on the way.

The events of PyYAML's parser are read with an explicit stack, so neither depth nor aliases can exhaust anything:
no recursion, no tags, no aliases, no duplicate keys, and scalars by the core schema of YAML 1.2
(https://yaml.org/spec/1.2.2/#103-core-schema), where `1e-3` is a number and `no` a string.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from nnrun.errors import ExperimentError, Place, Problem
from nnrun.experiment.text.regular_file import NotRegular, open_regular

if TYPE_CHECKING:  # those read the catalogue, which no YAML needs
    from nnrun.experiment.code.code_file import CodeFile
    from nnrun.experiment.code.own_parts import OwnPart

ValuePath = tuple[str | int, ...]

MAX_BYTES = 64 * 1024
# Of the form that nnrun itself writes: a table with spaces and lines, every layer with its defaults.
RESOLVED = "resolved.yaml"
MAX_RESOLVED_BYTES = 64 * MAX_BYTES
MAX_DEPTH = 50
_TOO_DEEP = f"This is nested more than {MAX_DEPTH} levels deep."
MAX_DIGITS = 310  # as many as any finite number needs

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NON_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
# What a file of YAML 1.2 cannot hold: https://yaml.org/spec/1.2.2/#51-character-set
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAG_PREFIX = "tag:yaml.org,2002:"

# By a part of PyYAML's words: what usually led to them. `{begin}` is where the construct begins.
_SYNTAX_HINTS = {
    "mapping values are not allowed": 'Indent settings of one level equally; a text that holds ": " needs quotes.',
    "did not find expected key": "Indent settings of one level equally; put quotes around the whole of a text.",
    "did not find expected '-' indicator": "Indent the entries of a list equally.",
    "could not find expected ':'": "A setting is its name, a colon, a space and its value.",
    "found a tab character": "Indent with spaces, not with tabs.",
    "cannot start any token": "Indent with spaces, not with tabs; a text that begins with %, @ or ` needs quotes.",
    "did not find expected ',' or": "The bracket at {begin} is not closed, or a comma is missing.",
    "unexpected end of stream": "The quote that begins here is not closed.",
    "unknown escape character": "In single quotes a backslash is a plain character.",
}


@dataclass
class Document:
    """Plain values and where they stand.

    Args:
        value: dicts, lists, strings, numbers, booleans and None.
        places: where the value at each path stands.
        keys: where the key of each path stands.
        own: the components of the user's own that it may name, by kind and name.
        code: the files that define them.
    """

    value: Any = None
    places: dict[ValuePath, Place] = field(default_factory=dict)
    keys: dict[ValuePath, Place] = field(default_factory=dict)
    own: Mapping[tuple[str, str], OwnPart] = field(default_factory=dict)
    code: tuple[CodeFile, ...] = ()

    def at(self, path: ValuePath) -> Any:
        """The value at `path`, or None where there is none."""
        value = self.value
        for step in path:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value

    def place(self, path: ValuePath) -> Place | None:
        """The place of the value at `path`, or of the nearest one that holds it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return None

    def key_place(self, path: ValuePath) -> Place | None:
        """The place of the key of `path`, or of the nearest value that holds it, as where `--set` sets a mapping."""
        return self.keys.get(path) or self.place(path)


def read_source(path: Path) -> bytes:
    """The bytes of an experiment file, one more than it may have at the most.

    Raises:
        ExperimentError: the file cannot be read.
    """
    try:
        with open_regular(path, path.parent if path.name == RESOLVED else None) as stream:
            return stream.read(_most_bytes(path) + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        hint = "Name an experiment file." if isinstance(error, NotRegular) else None
        raise ExperimentError(Problem(f"Cannot read {path}: {reason}.", hint=hint)) from error


def decode(data: bytes, source: str) -> str:
    """The text of a file.

    Raises:
        ExperimentError: more than 64 KiB, or 4 MiB of a `resolved.yaml`; or not UTF-8.
    """
    most = _most_bytes(Path(source))
    if len(data) > most:
        raise ExperimentError(f"{source} is larger than {most // 1024} KiB, the most an experiment file may have.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        offset = len(error.object[: error.start].decode())
        place = _place_of(error.object.decode(errors="replace"), offset, source)
        message = f"This is not a text file in UTF-8. Received: the byte 0x{error.object[error.start]:02X}"
        raise ExperimentError(Problem(message, place, "Save the file as UTF-8.")) from error


def _most_bytes(path: Path) -> int:
    return MAX_RESOLVED_BYTES if path.name == RESOLVED else MAX_BYTES


def parse_document(text: str, source: str) -> Document:
    """Parses YAML text.

    Args:
        text: the text.
        source: the file's name, for places.

    Raises:
        ExperimentError: the text is empty, is not YAML, or uses what nnrun refuses.
    """
    builder = _read(text, source)
    if not builder.documents:
        hint = "An experiment needs at least data, layers, optimizer, loss and epochs."
        raise ExperimentError(Problem(f"{source} is empty.", hint=hint))
    return builder.document


def parse_value(text: str, source: str) -> Any:
    """The value of one piece of YAML, such as that of an override, `[16, 32]`; an empty text where there is none.

    Raises:
        ExperimentError: as for `parse_document`.
    """
    builder = _read(text, source)
    return builder.document.value if builder.documents else ""


def read_plain(text: str) -> str | int | float | bool | None:
    """What an unquoted scalar of these characters is; a text where it is too long for a number."""
    if _is_number(text) and len(text) <= MAX_DIGITS:
        return _number(text)
    return _WORDS.get(text, text)


def is_plain_text(text: str) -> bool:
    """Whether an unquoted scalar of these characters is read as text."""
    return not (_is_number(text) or _NON_FINITE.fullmatch(text) or text in _WORDS)


def _read(text: str, source: str) -> _Builder:
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        message = f"Control characters are not allowed. Received: U+{ord(forbidden.group()):04X}"
        raise ExperimentError(Problem(message, _place_of(text, forbidden.start(), source)))
    builder = _Builder(source, text.splitlines())
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise builder.refuse_syntax(error) from error
    return builder


def _place_of(text: str, offset: int, source: str) -> Place:
    """The place of the character at `offset`."""
    before = f"{text[:offset]}|".splitlines()
    return Place(source, len(before), len(before[-1]), text.splitlines()[len(before) - 1])


def _is_number(text: str) -> bool:
    return any(pattern.fullmatch(text) for pattern in (_INTEGER, _FLOAT, _OCTAL, _HEX))


def _number(text: str) -> int | float:
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _HEX.fullmatch(text):
        return int(text[2:], 16)
    return int(text) if _INTEGER.fullmatch(text) else float(text)


class _Builder:
    """Takes the parser's events one by one and builds the document with an explicit stack."""

    def __init__(self, source: str, lines: list[str]) -> None:
        self.source = source
        self.lines = lines
        self.document = Document()
        self.documents = 0
        self.open: list[dict[str, Any] | list[Any]] = []
        self.path: list[str | int] = []
        self.key: str | None = None

    def place(self, mark: Any) -> Place:
        text = self.lines[mark.line] if mark.line < len(self.lines) else ""
        return Place(self.source, mark.line + 1, mark.column + 1, text)

    def refuse(self, message: str, mark: Any, hint: str | None = None) -> ExperimentError:
        return ExperimentError(Problem(message, self.place(mark), hint))

    def refuse_syntax(self, error: yaml.MarkedYAMLError) -> ExperimentError:
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        mark, begin = error.problem_mark, error.context_mark
        if "nesting depth" in reason:  # libyaml's own limit, which it reaches before the first event comes
            return self.refuse(_TOO_DEEP, mark)
        if begin and error.context in ("while scanning a simple key", "while scanning a quoted scalar"):
            mark = begin  # what is missing is noticed lines later
        opening = f"line {begin.line + 1}, column {begin.column + 1}," if begin else "this place"
        hints = [hint.format(begin=opening) for words, hint in _SYNTAX_HINTS.items() if words in reason]
        return self.refuse(f"This is not YAML: {reason}.", mark, hints[0] if hints else None)

    def take(self, event: Any) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self.refuse("A second document begins here; an experiment file holds one.", event.start_mark)
        elif isinstance(event, yaml.AliasEvent):
            raise self.refuse("Aliases (*name) are not allowed; write the value out.", event.start_mark)
        elif isinstance(event, yaml.NodeEvent):
            self.refuse_decorations(event)
            self.take_node(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
            self.leave()

    def refuse_decorations(self, event: Any) -> None:
        if event.anchor is not None:
            raise self.refuse("Anchors (&name) are not allowed; write the value out.", event.start_mark)
        if event.tag is not None:
            tag = event.tag.replace(_TAG_PREFIX, "!!", 1)
            raise self.refuse(f"Tags are not allowed. Received: {tag}", event.start_mark, "Leave it out.")

    def take_node(self, event: Any) -> None:
        if self.open and isinstance(self.open[-1], dict) and self.key is None:
            self.take_key(event)
            return
        if isinstance(event, yaml.ScalarEvent):
            self.enter(self.scalar(event), event.start_mark)
            self.leave()
            return
        if len(self.open) >= MAX_DEPTH:
            raise self.refuse(_TOO_DEEP, event.start_mark)
        collection: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.enter(collection, event.start_mark)
        self.open.append(collection)

    def take_key(self, event: Any) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            raise self.refuse("A key must be a text.", event.start_mark)
        path = (*self.path, event.value)
        place = self.place(event.start_mark)
        if path in self.document.keys:
            first = self.document.keys[path]
            raise self.refuse(
                f'The key "{event.value}" is already there at {first}.', event.start_mark, "Keep one of the two."
            )
        self.document.keys[path] = place
        self.key = event.value

    def enter(self, value: Any, mark: Any) -> None:
        if not self.open:
            self.document.value = value
        elif isinstance(parent := self.open[-1], dict):
            assert self.key is not None
            parent[self.key] = value
            self.path.append(self.key)
            self.key = None
        else:
            parent.append(value)
            self.path.append(len(parent) - 1)
        self.document.places[tuple(self.path)] = self.place(mark)

    def leave(self) -> None:
        if self.path:
            self.path.pop()

    def scalar(self, event: Any) -> Any:
        text: str = event.value
        if not event.implicit[0]:  # quoted or block: text as it stands
            return text
        if _is_number(text):
            return self.number(text, event.start_mark)
        if _NON_FINITE.fullmatch(text):
            raise self.refuse(f"Numbers must be finite. Received: {text}", event.start_mark)
        return _WORDS.get(text, text)

    def number(self, text: str, mark: Any) -> int | float:
        if len(text) > MAX_DIGITS:
            raise self.refuse(f"A number has at most {MAX_DIGITS} digits. Received: {len(text)}", mark)
        value = _number(text)
        if abs(value) > sys.float_info.max:
            raise self.refuse(f"Numbers must be finite. Received: {text}", mark)
        return value
