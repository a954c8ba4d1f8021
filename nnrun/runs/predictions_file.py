"""The predictions of a trained model, `predictions.csv`: inputs and predictions side by side."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from nnrun.errors import Problem, StorageError
from nnrun.experiment.text.regular_file import read_regular
from nnrun.runs.csv_cells import from_cell, to_cell
from nnrun.runs.storage_errors import storage_errors

MOST_BYTES = 2**30


def predictions_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table of predictions as CSV.

    Args:
        header: the name of each column.
        rows: the values of each row, one per column; written as `str` shows them, texts as `to_cell` writes them.

    Raises:
        ValueError: a row has another length than the header.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(to_cell, header))
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise ValueError(f"row {number} has {len(row)} values for {len(header)} columns")
        writer.writerow(map(to_cell, row))
    return text.getvalue()


def read_predictions(path: Path, limit: int) -> tuple[list[str], list[list[str]], int]:
    """The header, the first rows and the number of all rows of a `predictions.csv`.

    Args:
        path: the file.
        limit: the most rows to return.

    Raises:
        StorageError: the file cannot be read, or is no table.
    """
    with storage_errors("read", path):
        data = read_regular(path, MOST_BYTES, path.parent)
    try:
        text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
        rows = ([from_cell(cell) for cell in row] for row in csv.reader(text))
        header = next(rows, [])
        first = list(islice(rows, limit))
        return header, first, len(first) + sum(1 for _ in rows)
    except (ValueError, csv.Error) as error:
        raise StorageError(Problem(f"{path} is not a table of predictions: {error}.")) from error
