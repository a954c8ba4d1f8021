"""The predictions of a cross-validation: those of every fold for its validation set, as one table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from nnrun.errors import Problem, StorageError
from nnrun.experiment.folds import FOLD, FOLD_PATH
from nnrun.experiment.text.regular_file import read_regular
from nnrun.runs import layout
from nnrun.runs.atomic import write_text
from nnrun.runs.predictions_file import MOST_BYTES
from nnrun.runs.storage_errors import storage_errors


def write_held_out(folder: Path, rows: Iterable[Mapping[str, str]]) -> None:
    """Writes the `predictions.csv` of a cross-validation, in the order of the rows in the data.

    Its columns are those of a run, and `fold`. The rows of a fold that was not trained to its end are left out.

    Args:
        folder: the sweep's folder.
        rows: the rows of its `trials.csv`.

    Raises:
        StorageError: a file cannot be read or written.
    """
    tables = [(trial[FOLD_PATH], _cells(folder / trial["folder"] / layout.HELD_OUT)) for trial in rows]
    header = dict.fromkeys(name for _, cells in tables for name in cells[0])  # a fold may have words of its own
    fold = next(name for name in (FOLD, *(f"{FOLD}_{i}" for i in range(2, len(header) + 3))) if name not in header)
    found = [{**dict(zip(cells[0], row, strict=True)), fold: number} for number, cells in tables for row in cells[1:]]
    if not found:
        return
    text = io.StringIO()
    writer = csv.DictWriter(text, [*header, fold], "", lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(found, key=lambda row: int(row["row"])))
    write_text(folder / layout.PREDICTIONS, text.getvalue())


def _cells(path: Path) -> list[list[str]]:
    """The cells of a table as they are written, the header first; an empty header where there is no table."""
    if not path.is_file():
        return [[]]
    with storage_errors("read", path):
        data = read_regular(path, MOST_BYTES, path.parent)
    try:
        return list(csv.reader(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")))
    except (ValueError, csv.Error) as error:
        raise StorageError(Problem(f"{path} is not a table of predictions: {error}.")) from error
