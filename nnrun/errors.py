"""The one family of errors a user can see: what is wrong, where it stands, what to do, and the exit status it means."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Place:
    """Where something stands: a line and column of a file, or an option of the command line.

    Args:
        source: the file as the user named it, or the option's name, such as `--set`.
        line: the line in the file, from 1; 0 for an option.
        column: the column in `text`, from 1.
        text: the line itself, or the option's value.
    """

    source: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        if self.line == 0:
            return f"{self.source} {printable(self.text)}"
        return f"{self.source}:{self.line}:{self.column}"

    def excerpt(self) -> str:
        """The line with a caret under the column; long lines are cut to the caret's neighbourhood."""
        start = max(0, self.column - 61)
        shown = printable(self.text[start : start + 100].rstrip("\r\n"))
        return f"    {shown}\n    {' ' * (self.column - 1 - start)}^"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Args:
        message: one sentence or two: what was received and what is allowed.
        place: where it stands, if it stands anywhere.
        hint: what to do about it.
    """

    message: str
    place: Place | None = None
    hint: str | None = None

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        excerpt = f"\n{self.place.excerpt()}" if self.place else ""
        hint = f"\n  {printable(self.hint)}" if self.hint else ""
        return f"{place}{printable(self.message)}{excerpt}{hint}"


class NnrunError(Exception):
    """The root of the family; each kind has the exit status of design §3."""

    exit_status: ClassVar[int] = 70

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(Problem(p) if isinstance(p, str) else p for p in problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ExperimentError(NnrunError):
    """The experiment, its data or the command line asks for something that cannot be."""

    exit_status = 2


class TrainingError(NnrunError):
    """Training diverged or could not go on."""

    exit_status = 3


class StorageError(NnrunError):
    """A file or folder could not be read or written."""

    exit_status = 4


class Interrupted(NnrunError):
    """A signal asked the run to end."""

    exit_status = 130


class Terminated(Interrupted):
    """SIGTERM asked the run to end."""

    exit_status = 143


class Bug(NnrunError):
    """nnrun itself is wrong; the traceback lies in the run folder."""

    exit_status = 70


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that `word` most likely means, or None when none is close."""
    folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The hint for a misspelt name, or None."""
    name = nearest(word, known)
    return f'Did you mean "{name}"?' if name else None


def printable(text: str) -> str:
    """`text` with control characters replaced, so that a file cannot steer the terminal it is shown in."""
    return "".join(
        character if character in "\n\t" or unicodedata.category(character)[0] != "C" else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )
