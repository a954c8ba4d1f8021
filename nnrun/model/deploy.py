"""The trained model for others to use: its inputs are unscaled data, its outputs have the units of the targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from nnrun.data.dataset import Array, ColumnScale
from nnrun.data.rows import input_scale, join_scales, single
from nnrun.experiment.experiment import Experiment


def with_scaling(
    model: keras.Model, experiment: Experiment, inputs: Mapping[str, ColumnScale], targets: Mapping[str, ColumnScale]
) -> keras.Model:
    """The model between layers that scale its inputs and rescale its outputs.

    Args:
        model: trained on scaled data.
        experiment: the experiment.
        inputs: the scale of each input column that was scaled.
        targets: the scale of each target column that was scaled.

    Returns:
        The model itself if nothing is scaled, otherwise a new model around it that shares its weights.
    """
    if not inputs and not targets:
        return model
    entries = [keras.Input(shape=tensor.shape[1:], dtype=tensor.dtype) for tensor in model.inputs]
    entry_scales = [input_scale(experiment, entry, inputs) for entry in experiment.inputs]
    scaled = [_apply(entry, scale) for entry, scale in zip(entries, entry_scales, strict=True)]
    outputs = keras.tree.flatten(model(single(scaled)))
    widths = {column.name: column.width for column in experiment.columns.targets}
    end_scales = [join_scales(targets, output.targets, widths) for output in experiment.outputs]
    ends = [_invert(output, scale) for output, scale in zip(outputs, end_scales, strict=True)]
    return keras.Model(single(entries), single(ends), name=f"{model.name}_with_scaling")


def _apply(tensor: Any, scale: ColumnScale | None) -> Any:
    if scale is None:
        return tensor
    if scale.fill is not None:
        tensor = keras.ops.where(tensor != tensor, _constant(scale.fill), tensor)  # NaN alone differs from itself
    if scale.low is not None:
        tensor = keras.ops.maximum(tensor, _constant(scale.low))
    if scale.high is not None:
        tensor = keras.ops.minimum(tensor, _constant(scale.high))
    if scale.log is not None:
        tensor = _chosen(scale.log, keras.ops.log(_chosen(scale.log, tensor, 1.0)), tensor)
    return keras.layers.Rescaling(scale.factor.tolist(), (-scale.offset * scale.factor).tolist())(tensor)


def _invert(tensor: Any, scale: ColumnScale | None) -> Any:
    if scale is None:
        return tensor
    tensor = keras.layers.Rescaling((1 / scale.factor).tolist(), scale.offset.tolist())(tensor)
    if scale.log is None:
        return tensor
    return _chosen(scale.log, keras.ops.exp(_chosen(scale.log, tensor, 0.0)), tensor)


def _chosen(where: Array, value: Any, other: Any) -> Any:
    """The one where `where` holds, the other elsewhere; one of them alone where that is everywhere."""
    return value if where.all() else keras.ops.where(where, value, other)


def _constant(values: Array) -> Array:
    return values.astype(np.float32)


def predict(model: keras.Model, inputs: Sequence[Array], batch: int = 4096) -> list[Array]:
    """The model's outputs.

    Args:
        model: the model.
        inputs: one array per input, each (rows, …).
        batch: number of rows in a batch.

    Returns:
        One array per output, each (rows, …).
    """
    parts = []
    for start in range(0, len(inputs[0]), batch):
        arrays = [np.asarray(a[start : start + batch]) for a in inputs]
        outputs = keras.tree.flatten(model(single(arrays), training=False))
        parts.append([output.numpy() for output in outputs])
    return [np.concatenate(part) for part in zip(*parts, strict=True)]
