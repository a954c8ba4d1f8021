"""Rows that are equal, number by number: within the data, and between its parts."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

import numpy as np

from nnrun.data.profile.raw_table import RawTable
from nnrun.data.rows import flat_rows


def row_keys(table: RawTable) -> list[bytes]:
    """A digest of the inputs and targets of each row, 16 bytes.

    0 and −0 are equal, and so are missing cells. Other columns do not count.
    """
    columns = [column for column in table.columns if column.role in ("input", "target")]
    parts = [flat_rows(np.asarray(column.values, np.float32)) for column in columns]
    cells = np.concatenate(parts, axis=1) + np.float32(0)  # (rows, numbers); -0 + 0 is 0
    cells[np.isnan(cells)] = np.nan
    return [hashlib.blake2b(row, digest_size=16).digest() for row in np.ascontiguousarray(cells)]


def count_repeated(keys: Sequence[bytes]) -> int:
    """How many of the rows with these keys are equal to an earlier one."""
    return len(keys) - len(set(keys))


def count_shared(keys: Sequence[bytes], others: Collection[bytes]) -> int:
    """How many of the rows with these keys are equal to one of the others."""
    known = set(others)
    return sum(key in known for key in keys)
