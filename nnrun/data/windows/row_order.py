"""Rows of a file that stand in another order than their dates, or are several series: windows would mix them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrun.data.files.data_files import DataFiles
from nnrun.data.files.dates import are_dates, as_dates
from nnrun.data.files.file_glob import matching_files
from nnrun.errors import Problem
from nnrun.experiment.data_generators import WITH_DATES
from nnrun.experiment.experiment import Component
from nnrun.experiment.split_section import SplitRule, read_split
from nnrun.experiment.text.yaml_text import Document
from nnrun.experiment.window_section import WINDOW, Window, read_window

if TYPE_CHECKING:
    import polars as pl


def find_order_warnings(document: Document, generator: Component, files: DataFiles) -> Iterator[Problem]:
    """Warnings of windows over rows that are not in the order of their dates, or of several series at once.

    They are told by the first 2,000 rows of a file with a column of dates, whether or not that is an input.

    Args:
        document: the document, valid by the schema.
        generator: it names the file.
        files: takes what is read of the file.
    """
    data = document.at(("data",)) or {}
    window, rule = read_window(data), read_split(data)
    if window is None or generator.name not in WITH_DATES:
        return
    cells = files.begun(("first cells", _key(generator)), lambda: _first_cells(generator))
    dates = {name: as_dates(column) for name, column in cells.items() if _has_dates(column)}
    if rule.kind == "order":
        dates = {name: moments for name, moments in dates.items() if name == rule.column}
    place = document.place(("data", WINDOW))
    for message, hint in _find_mixed(cells, dates, window, rule):
        yield Problem(message, place, hint)


def _key(generator: Component) -> Hashable:
    return generator.name, repr(sorted(generator.arguments.items()))


def _first_cells(generator: Component) -> dict[str, pl.Series]:
    path = matching_files(Path(generator.arguments["path"]))[0]
    if generator.name == "csv":
        from nnrun.data.files import csv_file
        from nnrun.data.generators.csv_arguments import csv_form

        return csv_file.first_cells(path, csv_form(generator))
    if generator.name == "jsonl":
        from nnrun.data.files import jsonl_file

        return jsonl_file.first_cells(path)
    from nnrun.data.files import parquet_file

    return parquet_file.first_cells(path)


def _has_dates(cells: pl.Series) -> bool:
    import polars as pl

    return cells.dtype in (pl.Date, pl.Datetime) or (cells.dtype == pl.String and are_dates(cells))


def _find_mixed(
    cells: Mapping[str, pl.Series], dates: Mapping[str, pl.Series], window: Window, rule: SplitRule
) -> Iterator[tuple[str, str]]:
    """What is said of the rows, each with its remedy."""
    named = window.group or (rule.column if rule.kind == "group" else None)
    if named is not None and named not in cells:  # numbers of a series, which are not looked at
        return
    series = named
    if named is None:
        date, series = next(((d, s) for d in dates if (s := _series_of(dates[d], cells)) is not None), ("", None))
        if series is not None:
            message = f'Rows of one "{date}" differ in "{series}": a window would have rows of several series.'
            yield message, f"Add to window: group: {series}"
    if rule.kind == "order" or not dates:
        return
    steps = [_find_step_back(moments, cells.get(series or "")) for moments in dates.values()]
    if all(steps) and steps[0]:
        before, after = (str(moment).removesuffix(" 00:00:00") for moment in steps[0])
        message = f'Windows take rows as they stand, and "{next(iter(dates))}" goes back: {after} follows {before}.'
        sort = f"split: {{order: {next(iter(dates))}}}"
        yield message, f"Sort the rows of the file{f', or write {sort}' if rule.kind == 'last' else ''}."


def _series_of(moments: pl.Series, cells: Mapping[str, pl.Series]) -> str | None:
    """The column of words that tells rows of one date apart, where most dates are those of several rows."""
    rows = len(moments)
    if 2 * moments.n_unique() > rows:
        return None
    for name, column in cells.items():
        words = column.to_list()
        are_names = all(isinstance(word, str) and word[:1].isalpha() for word in words)
        if are_names and 1 < len(set(words)) <= rows / 2 and len(set(zip(moments, words, strict=True))) == rows:
            return name
    return None


def _find_step_back(moments: pl.Series, series: pl.Series | None) -> tuple[Any, Any] | None:
    """A date and an earlier one in a later row of its series, if there are such."""
    last: dict[Any, Any] = {}
    names = [None] * len(moments) if series is None else series.to_list()
    for moment, name in zip(moments.to_list(), names, strict=True):
        if moment is not None:
            before = last.setdefault(name, moment)
            if moment < before:
                return before, moment
            last[name] = moment
    return None
