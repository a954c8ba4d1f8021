"""The texts that a run classified wrongly, by the cells of its confusion matrix, from the files of its folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnrun.errors import StorageError
from nnrun.number_text import short
from nnrun.predict.mistakes import chosen_mistakes
from nnrun.runs import layout
from nnrun.runs.data_record import read_data_record
from nnrun.runs.predictions_file import read_predictions

_MOST_ROWS = 200_000
_MOST_TEXTS, _MOST_CHARACTERS = 60, 400


@dataclass(frozen=True)
class MistakenTexts:
    """The texts behind one cell of the confusion matrix.

    Args:
        true: their class.
        predicted: the class that was predicted.
        count: how many there are.
        rows: the number of a row, the probability of the predicted class, and the text; the most confident ones first.
    """

    true: str
    predicted: str
    count: int
    rows: Sequence[tuple[str, str, str]]


def text_mistakes(folder: Path) -> list[MistakenTexts]:
    """The wrongly classified texts of a run, the fullest cell first; none for a run on anything else.

    Args:
        folder: the folder of the run.
    """
    try:
        record = read_data_record(folder)
        if record is None or not record.texts or not (folder / layout.PREDICTIONS).is_file():
            return []
        header, rows, _ = read_predictions(folder / layout.PREDICTIONS, _MOST_ROWS)
    except StorageError:
        return []
    (text,) = (column.name for column in record.inputs if column.text)
    target = record.targets[0]
    if len(record.targets) > 1 or not {text, target.name, f"predicted_{target.name}"} <= {*header}:
        return []
    columns = {name: [row[i] for row in rows] for i, name in enumerate(header)}
    return _groups(columns, text, target.name)


def _groups(columns: Mapping[str, Sequence[str]], text: str, target: str) -> list[MistakenTexts]:
    true, predicted = columns[target], columns[f"predicted_{target}"]
    wrong = [i for i, (one, other) in enumerate(zip(true, predicted, strict=True)) if one != other]
    if not wrong:
        return []
    confidence = np.array([_confidence(columns, target, predicted[i], i) for i in wrong])
    pairs = [(true[i], predicted[i]) for i in wrong]
    known = sorted({*pairs})
    cells = np.array([known.index(pair) for pair in pairs])
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for position in chosen_mistakes(cells, confidence, _MOST_TEXTS).tolist():
        row = wrong[position]
        shown = columns[text][row]
        shown = shown if len(shown) <= _MOST_CHARACTERS else f"{shown[:_MOST_CHARACTERS]}…"
        found.setdefault(pairs[position], []).append((columns["row"][row], short(confidence[position], 3), shown))
    return [MistakenTexts(*pair, pairs.count(pair), rows) for pair, rows in found.items()]


def _confidence(columns: Mapping[str, Sequence[str]], target: str, predicted: str, row: int) -> float:
    """The probability of the class that was predicted; of two classes only the last one has a column."""
    given = [name for name in columns if name.startswith(f"p({target}=")]
    own = f"p({target}={predicted})"
    if own in columns:
        return float(columns[own][row])
    return 1 - float(columns[given[0]][row]) if len(given) == 1 else 0.0
