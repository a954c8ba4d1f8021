"""The `table` generator gives the rows that are written."""

from __future__ import annotations

import numpy as np

from experiments import source_of
from nnrun.experiment.experiment import Component


def test_the_cells_become_columns() -> None:
    arguments = {"columns": ["a", "b", "c"], "rows": [[1, 2, 3], [4, 5, 6.5]], "inputs": ["b", "a"]}
    part = source_of(Component("generators", "table", arguments)).rows
    assert {name: values.tolist() for name, values in part.inputs.items()} == {"b": [[2], [5]], "a": [[1], [4]]}
    assert part.targets["c"].tolist() == [[3], [6.5]]
    assert list(part.inputs) == ["b", "a"]


def test_every_column_is_float32() -> None:
    part = source_of(Component("generators", "table", {"columns": ["x", "y"], "rows": [[0, 1]]})).rows
    assert [values.dtype for values in (part.inputs | part.targets).values()] == [np.float32, np.float32]
