"""The finished trials of a table, as a resumed sweep needs them: without curves and weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nnrun.data.dataset import Array
from nnrun.sweep.plan.trial import written
from nnrun.sweep.table.trial_block import BEST, CONDITIONS, FINAL, RUNGS, SETTINGS, TrialBlock
from nnrun.sweep.table.trial_table import TrialTable

_ROWS = 2**16
_NUMBERS = ("epochs", "reached", "met", "objective", "best_epoch", "seconds")


def finished_rows(table: TrialTable) -> Iterator[TrialBlock]:
    """The results of all trials of a table, some at a time; settings, curves and weights are left out."""
    for start in range(0, len(table), _ROWS):
        stop = start + _ROWS
        texts = table.texts("reason")
        reasons = table.read("reason", start, stop)
        numbers: dict[str, Any] = {name: table.read(name, start, stop) for name in _NUMBERS}
        yield TrialBlock(
            index=table.index[start:stop],
            settings={},
            status=table.read("status", start, stop).astype(np.uint8),
            reason=reasons if texts is None else texts[reasons],
            final=_group(table, FINAL, start, stop),
            best=_group(table, BEST, start, stop),
            curve_epochs=np.zeros(0, np.int32),
            curves={},
            rungs=_group(table, RUNGS, start, stop),
            conditions=_group(table, CONDITIONS, start, stop),
            **numbers,
        )


def _group(table: TrialTable, group: str, start: int, stop: int) -> dict[str, Array]:
    return {name.removeprefix(group): table.read(name, start, stop) for name in table.names(group)}


def written_settings(table: TrialTable, indices: Sequence[int]) -> dict[int, dict[str, str]]:
    """The settings of some trials as texts, by number and path; none for a trial that is not in the table."""
    found: dict[int, dict[str, str]] = {}
    for index in indices:
        row = int(np.searchsorted(table.index, index))
        if row < len(table) and table.index[row] == index:
            names = table.names(SETTINGS)
            found[index] = {name.removeprefix(SETTINGS): _text(table, name, row) for name in names}
    return found


def _text(table: TrialTable, name: str, row: int) -> str:
    texts, value = table.texts(name), table.read(name, row, row + 1)[0]
    return written(value.item()) if texts is None else str(texts[value])
