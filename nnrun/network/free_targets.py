"""Outputs and targets of losses whose targets have another shape than the output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnrun.errors import Problem
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import Output
from nnrun.network.axes import Shape, shown_shape
from nnrun.network.sampled_targets import sampled_label_problem

FREE = frozenset({"CTC", "Circle"})


def free_target_problem(output: Output, shape: Shape, columns: Columns, data: Mapping[str, Any]) -> Problem | None:
    """An output that CTC, or targets that Circle cannot take, or None.

    Args:
        output: the output.
        shape: what its layer gives for a sample.
        columns: the columns of the data; without target columns where they are not known.
        data: the data settings as written.
    """
    kind, loss = output.loss.class_name, output.loss
    if kind == "CTC" and len(shape) != 2:
        message = f'{loss.name} takes a vector of classes for each step. The output "{output.layer}" has the shape'
        hint = "Take a layer such as LSTM with return_sequences: true, and a Dense after it."
        return Problem(f"{message} {shown_shape(shape)}.", loss.place, hint)
    width = sum(column.width for column in columns.targets if column.name in output.targets)
    if kind != "Circle" or not width:
        return None
    if width > 1 or data.get("one_hot"):
        message = f"{loss.name} takes one class label per row, as a number."
        return Problem(message, loss.place, "Leave out data.one_hot, and name one column of labels as the target.")
    return sampled_label_problem(output, None, columns, data)
