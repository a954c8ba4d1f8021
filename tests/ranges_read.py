"""How many rows are read at a time of data that lie on disk."""

from __future__ import annotations

import numpy as np
import pytest

from nnrun.data.files.stored_cells import StoredCells
from nnrun.data.files.stored_texts import StoredTexts


def ranges_read(monkeypatch: pytest.MonkeyPatch, kind: type[StoredCells] | type[StoredTexts]) -> list[int]:
    """Takes the number of rows of every range that is read from disk from now on."""
    read: list[int] = []
    take = kind.__getitem__

    def taken(stored: StoredCells | StoredTexts, rows: slice) -> np.ndarray:
        found = take(stored, rows)
        read.append(len(found))
        return found

    monkeypatch.setattr(kind, "__getitem__", taken)
    return read
