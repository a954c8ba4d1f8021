"""What the trained model says, `predictions.csv`: the points and the predictions beside them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from nnrun.store.atomic import write_text


def write_predictions(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Makes a table the whole content of `path`, atomically, as CSV.

    Args:
        path: the file.
        header: the name of each column.
        rows: the values of each row, as many as the header has names; written as `str` shows them.

    Raises:
        ValueError: a row has another length than the header.
        StorageError: the file could not be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise ValueError(f"row {number} has {len(row)} values for {len(header)} columns")
        writer.writerow(row)
    write_text(path, text.getvalue())
