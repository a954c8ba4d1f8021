"""The rows of CSV text by Python's csv module: slower than polars, and exact about what is wrong in which line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from nnrun.data.files.csv_form import CsvForm
from nnrun.errors import ExperimentError, Problem

_SYNTAX_HINTS = {
    "unexpected end of data": "A quote is not closed. Within quotes a quote is written twice.",
    "field larger than field limit": "A quote is not closed. Within quotes a quote is written twice.",
    "expected after": "A quote stands at the beginning and the end of a cell; within quotes it is written twice.",
}


class SecondLook:
    """The rows of some lines of a file, each with the line in which it begins.

    Args:
        name: the file's name, for messages.
        content: the lines, UTF-8.
        form: how the file is written.
        first_line: the line of the file that the first of them is, from 1.

    Attributes:
        taken: how many bytes the rows so far take.
    """

    def __init__(self, name: str, content: bytes, form: CsvForm, first_line: int = 1) -> None:
        self.name = name
        self.form = form
        self.first_line = first_line
        self.taken = 0
        self._line = first_line
        self._at_start = True
        # A blank that separates cells cannot also be skipped before them; `rows` makes several of them one.
        self._reader = csv.reader(
            self._lines(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")),
            delimiter=form.delimiter,
            quotechar=form.quote or None,
            quoting=csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE,
            strict=True,
            skipinitialspace=form.delimiter != " ",
        )

    def rows(self, *, blank: bool = False) -> Iterator[tuple[int, list[str]]]:
        """The rows with a filled cell.

        Args:
            blank: whether the rows of empty cells come as well; a line without any delimiter never does.

        Raises:
            ExperimentError: the text is no CSV.
        """
        while True:
            self._at_start = True
            try:
                row = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise self._not_csv(error) from error
            if self.form.delimiter == " ":
                row = list(filter(None, row))
            if (blank and len(row) > 1) or any(map(str.strip, row)):
                yield self._begin, row

    def _lines(self, text: io.TextIOWrapper) -> Iterator[str]:
        """The lines without those of comments, which begin where a row would."""
        for line in text:
            self._line += 1
            self.taken += len(line.encode())
            if self._at_start and self.form.comment and line.lstrip().startswith(self.form.comment):
                continue
            if self._at_start:
                self._begin, self._at_start = self._line - 1, False
            yield line

    def _not_csv(self, error: csv.Error) -> ExperimentError:
        message = f"The row that begins in line {self._begin} of {self.name} is not CSV: {error}."
        hints = [hint for words, hint in _SYNTAX_HINTS.items() if words in str(error)]
        return ExperimentError(Problem(message, hint=hints[0] if hints else None))
