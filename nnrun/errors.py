"""The errors that users see: what is wrong, where, what to do about it, and the exit status."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, ClassVar

MOST_PROBLEMS = 100  # of one kind in one file
_MOST_COMPARED = 1000  # names that a misspelt one is compared with


@dataclass(frozen=True)
class Place:
    """A place: a line and column of a file, or an option of the command line.

    Args:
        source: the file as the user named it, the option's name, such as `--set`, or the path of a setting.
        line: the line in the file, from 1; 0 for an option or a setting.
        column: the column in `text`, from 1.
        text: the line itself, or the option's value; empty for a setting.
    """

    source: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        if self.line == 0:
            return f"{printable(self.source)} {_one_line(_shortened(self.text))}".rstrip()
        return f"{printable(self.source)}:{self.line}:{self.column}"

    def within(self, text: str, column: int) -> Place:
        """The place of a character of a text that begins at this place, perhaps after a quote.

        A text with escapes or over several lines differs from the line; its beginning stands for all its characters.

        Args:
            text: the text.
            column: the position of the character, from 0.
        """
        start = self.column - 1
        if self.text[start : start + 1] in ("'", '"'):
            start += 1
        return replace(self, column=start + column + 1) if self.text.startswith(text, start) else self

    def excerpt(self) -> str:
        """The line with a caret under the column, cut to the caret's neighbourhood; nothing for a blank line."""
        if not self.text.strip():
            return ""
        start = max(0, self.column - 61)
        before = _one_line(self.text[start : self.column - 1])
        after = _one_line(self.text[self.column - 1 : start + 100].rstrip())
        before = "…" + before[1:] if start else before
        after += "…" if len(self.text.rstrip()) > start + 100 else ""
        return f"    {before}{after}\n    {' ' * _cells(before)}^"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Args:
        message: one sentence or two: what was received and what is allowed.
        place: its place, if it has one.
        hint: the remedy, if there is one.
    """

    message: str
    place: Place | None = None
    hint: str | None = None

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        excerpt = f"\n{lines}" if self.place and (lines := self.place.excerpt()) else ""
        hint = f"\n  {printable(self.hint)}" if self.hint else ""
        return f"{place}{printable(self.message)}{excerpt}{hint}"

    def as_warning(self) -> str:
        """The same text, marked as a warning."""
        return str(replace(self, message=f"warning: {self.message}"))


class Reported(BaseException):
    """What ends a command and is reported in words; each kind has its own exit status."""

    exit_status: ClassVar[int] = 70

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(Problem(p) if isinstance(p, str) else p for p in problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class NnrunError(Reported, Exception):
    """The base class of the errors."""


class ExperimentError(NnrunError):
    """The experiment, its data or a setting of the command line is invalid."""

    exit_status = 2


class UsageError(ExperimentError):
    """An option or argument has a value that it cannot take, whatever the experiment.

    Its status is EX_USAGE of sysexits.h, so that a script can tell a wrong command line from a bad experiment.
    """

    exit_status = 64


class TrainingError(NnrunError):
    """Training diverged or could not continue."""

    exit_status = 3


class StorageError(NnrunError):
    """A file or folder could not be read or written."""

    exit_status = 4


class RunError(StorageError):
    """There is no such run, it could be several, or its record is none that this version can read."""

    exit_status = 2


class ResumeError(NnrunError):
    """A run cannot be resumed with the result of an uninterrupted run."""

    exit_status = 5


class Interrupted(Reported):
    """SIGINT ended the command; no `Exception`, so that no foreign code catches it."""

    exit_status = 130


class Paused(Interrupted):
    """A run has reached the epoch after which it was to end."""


class Terminated(Interrupted):
    """SIGTERM or SIGHUP ended the command."""

    exit_status = 143


class OutputClosed(Interrupted):
    """The output pipe was closed."""

    exit_status = 141


class Bug(NnrunError):
    """A bug in nnrun; the traceback is in the run folder."""

    exit_status = 70


def first_problems(problems: Iterable[Problem]) -> list[Problem]:
    """The first 100 problems, with a note if there are more; the others are not computed."""
    taken = list(islice(problems, MOST_PROBLEMS + 1))
    if len(taken) <= MOST_PROBLEMS:
        return taken
    return [*taken[:MOST_PROBLEMS], Problem(f"There are more problems than these {MOST_PROBLEMS}.")]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name closest to `word`, or None where none is close."""
    import difflib

    folded = {name.casefold(): name for name in islice(known, _MOST_COMPARED)}
    close = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The hint for a misspelt name, or None."""
    name = nearest(word, known)
    return f'Did you mean "{name}"?' if name else None


def listed(names: Sequence[str], most: int = 30) -> str:
    """The names separated by commas, only the first ones where there are many."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def shown(value: Any) -> str:
    """A received value as YAML would write it on one line, at most 80 characters of it."""
    return _shortened(json.dumps(value, ensure_ascii=False, default=repr))


def printable(text: str) -> str:
    """`text` without control characters and unusual line breaks, so that a file cannot control the terminal."""
    if text.isprintable():  # at the speed of C, which a page of pictures needs
        return text
    return "".join(
        character if character in "\n\t" or not _steers(character) else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )


def _steers(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp")


def _shortened(text: str, most: int = 80) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _one_line(text: str) -> str:
    """`text` without control characters, tabs and line breaks, a character for each of its characters."""
    return "".join(" " if character.isspace() else printable(character) for character in text)


def _cells(text: str) -> int:
    """The width of the text in a terminal; East Asian letters take two cells."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)
