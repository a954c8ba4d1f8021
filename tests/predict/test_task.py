"""The class of each row."""

import numpy as np
import pytest

from nnrun.predict.task import classes_from


@pytest.mark.parametrize("task", ["binary", "classes"])
@pytest.mark.parametrize("width", [1, 3])
def test_a_part_without_rows_has_no_classes(task, width):
    assert classes_from(task, np.zeros((0, width), np.float32)).shape == (0,)


def test_a_row_of_several_steps_has_a_class_per_step():
    values = np.float32([[[0.1, 0.9], [0.8, 0.2]]])  # (rows, steps, units)
    assert classes_from("classes", values, steps=2).tolist() == [1, 0]
