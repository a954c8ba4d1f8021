"""Categories of a file that are probably none: a sign for a missing value, a word written in two ways, dates."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator

from nnrun.data.files.cell_text import is_missing_sign
from nnrun.data.files.dates import are_dates
from nnrun.errors import Problem, shown
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.data_generators import WITH_DATES
from nnrun.experiment.experiment import Component
from nnrun.network.input_warnings import is_different_in_every_row

_WIDTHLESS = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_MOST_LOOKED_AT = 10_000  # categories whose characters are compared as they are seen, which takes its time
_SHORTEST = 2  # letters of a word; single ones of both cases may be the classes


def find_category_warnings(columns: Columns, generator: Component) -> Iterator[Problem]:
    """A warning for each column of texts with a category that is probably none.

    Args:
        columns: the columns of the data.
        generator: it names the file.
    """
    known = columns.generated
    place = generator.place_of("path")
    for column in (*known.inputs, *known.targets) if columns.files else ():
        if found := _missing_sign(column, generator, is_target=column in known.targets):
            message, hint = found
            yield Problem(message, place, hint)
        if found := _written_in_two_ways(column):
            message, hint = found
            yield Problem(message, place, hint)
    for column in known.inputs if columns.files and generator.name in WITH_DATES else ():
        if column.categories and are_dates(column.categories) and not is_different_in_every_row(column, columns):
            message = f'The input "{column.name}" has dates as texts, each of which is a category.'
            yield Problem(message, place, f"For numbers add to the arguments: dates: {{{column.name}: number}}")


def _missing_sign(column: Column, generator: Component, *, is_target: bool) -> tuple[str, str] | None:
    """A category that is a usual sign for a missing value, with the remedy."""
    sign = next(filter(is_missing_sign, column.categories), None)
    if sign is None:
        return None
    policy = "drop" if is_target else "indicator"
    declared = f"add to the arguments: missing: [{shown(sign)}]" if generator.name == "csv" else "leave the text empty"
    message = f'The column "{column.name}" has the category {shown(sign)}, a usual sign for a missing value.'
    prepared = f"data: {{prepare: {{columns: {{{column.name}: {{missing: {policy}}}}}}}}}"
    return message, f"If it is one, write {prepared}, and {declared}"


def _written_in_two_ways(column: Column) -> tuple[str, str] | None:
    """Two categories that differ in capital letters alone, or in characters that one does not see, with the remedy."""
    words: dict[str, str] = {}
    folded = _as_seen if len(column.categories) <= _MOST_LOOKED_AT else str.casefold
    for text in column.categories:
        before = words.setdefault(folded(text), text)
        if before != text and len(text) >= _SHORTEST:
            unseen = before.casefold() != text.casefold()
            both = " and ".join(json.dumps(each) if unseen else shown(each) for each in (before, text))
            return f'The column "{column.name}" has the categories {both}.', "If they are the same, write them alike."
    return None


def _as_seen(text: str) -> str:
    """A text in small letters, composed accents and single blanks, without characters of no width."""
    return " ".join(_WIDTHLESS.sub("", unicodedata.normalize("NFKC", text)).casefold().split())
