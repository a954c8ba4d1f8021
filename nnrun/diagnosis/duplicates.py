"""How many validation rows are training rows too."""

from __future__ import annotations

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.rows import Rows, flat_rows

# How many training rows are searched, how many validation rows are searched for, and by how many numbers at first.
MOST_TRAINING = 20_000
MOST_VALIDATION = 1000
KEY = 32
# From how many rows and numbers the frequencies of the values of a column are taken.
_LEAST_COUNTED, _MOST_COUNTED = 200, 1_000_000


def count_duplicates(training: Rows, validation: Rows) -> tuple[int, int]:
    """Counts the validation rows that are training rows too, number by number, inputs and targets.

    Of very large sets only the first rows are compared.

    Returns:
        How many are duplicates, and how many were searched for.
    """
    known, searched = _table(training, MOST_TRAINING), _table(validation, MOST_VALIDATION)
    columns = np.unique(np.linspace(0, known.shape[1] - 1, KEY).astype(int))
    keys = _keys(searched, columns)
    candidates: dict[bytes, list[int]] = {key: [] for key in keys}
    for i, key in enumerate(_keys(known, columns)):
        if key in candidates:
            candidates[key].append(i)
    pairs = zip(keys, searched, strict=True)
    return sum(any(np.array_equal(known[i], row) for i in candidates[key]) for key, row in pairs), len(searched)


def duplicate_probability(training: Rows) -> float:
    """The probability that the inputs of a new row equal those of a training row by chance alone.

    Two rows agree in a column with the probability Σ n (n − 1) / (N (N − 1)), n being how often each of its values
    occurs among N rows; in all columns, were they independent, with the product of these. Equal inputs are taken to
    have equal targets.
    """
    rows = min(training.count, MOST_TRAINING)
    width = sum(flat_rows(a[:1]).shape[1] for a in training.inputs)
    some = training.take(slice(0, max(_LEAST_COUNTED, min(rows, _MOST_COUNTED // width))))
    agree = 1.0
    for column in np.concatenate([flat_rows(a) for a in some.inputs], axis=1).T:
        counts = np.unique(column, return_counts=True)[1].astype(np.float64)
        agree *= float((counts * (counts - 1)).sum()) / max(len(column) * (len(column) - 1), 1)
        if not agree:
            break
    return 1 - (1 - agree) ** rows


def _table(rows: Rows, limit: int) -> Array:
    """Inputs and targets side by side, (rows, numbers)."""
    some = rows.take(slice(0, limit))
    return np.concatenate([flat_rows(a).astype(np.float32) for a in (*some.inputs, *some.targets)], axis=1)


def _keys(table: Array, columns: Array) -> list[bytes]:
    """The bytes of some numbers of every row."""
    return [row.tobytes() for row in np.ascontiguousarray(table[:, columns])]
