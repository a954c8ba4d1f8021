"""The tables that scikit-learn ships keep their rows and the names of their columns and classes."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.datasets

from experiments import source_of
from nnrun.data.generators.registry import describe_columns
from nnrun.experiment.experiment import Component


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "diabetes", "linnerud"])
def test_rows_and_names_are_scikit_learns(name: str) -> None:
    table = getattr(sklearn.datasets, f"load_{name}")()
    generator = Component("generators", name)
    columns, part = describe_columns(generator), source_of(generator).rows
    assert [column.name for column in columns.inputs] == list(table.feature_names)
    np.testing.assert_array_equal(np.hstack(list(part.inputs.values())), table.data.astype(np.float32))
    targets = np.hstack(list(part.targets.values()))
    np.testing.assert_array_equal(targets, table.target.reshape(len(targets), -1).astype(targets.dtype))
    names = [column.name for column in columns.targets] if len(columns.targets) > 1 else columns.targets[0].categories
    assert list(names) == list(table.get("target_names", ()))


def test_the_inputs_of_diabetes_may_keep_their_units() -> None:
    ages = source_of(Component("generators", "diabetes", {"scaled": False})).rows.inputs["age"]
    assert (ages.min(), ages.max()) == (19, 79)
