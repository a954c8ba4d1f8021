"""The trained model as others use it: it takes the data as they are and answers in the targets' own units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from nnrun.data.dataset import Array, ColumnScale
from nnrun.data.rows import join_scales, single
from nnrun.experiment.experiment import Experiment


def with_scaling(
    model: keras.Model, experiment: Experiment, inputs: Mapping[str, ColumnScale], targets: Mapping[str, ColumnScale]
) -> keras.Model:
    """The model between layers that scale its inputs and scale its outputs back.

    Args:
        model: trained on scaled data.
        experiment: the experiment.
        inputs: the scale of each input column that was scaled.
        targets: the scale of each target column that was scaled.

    Returns:
        The model itself where nothing is scaled, else a new one around it that shares its weights.
    """
    if not inputs and not targets:
        return model
    entries = [keras.Input(shape=tensor.shape[1:], dtype=tensor.dtype) for tensor in model.inputs]
    entry_scales = [join_scales(inputs, entry.columns) for entry in experiment.inputs]
    scaled = [_apply(entry, scale) for entry, scale in zip(entries, entry_scales, strict=True)]
    answers = model(single(scaled))
    listed = answers if isinstance(answers, list | tuple) else [answers]
    end_scales = [join_scales(targets, output.targets) for output in experiment.outputs]
    ends = [_invert(answer, scale) for answer, scale in zip(listed, end_scales, strict=True)]
    return keras.Model(single(entries), single(ends), name=f"{model.name}_with_scaling")


def _apply(tensor: Any, scale: ColumnScale | None) -> Any:
    if scale is None:
        return tensor
    return keras.layers.Rescaling(scale.factor.tolist(), (-scale.offset * scale.factor).tolist())(tensor)


def _invert(tensor: Any, scale: ColumnScale | None) -> Any:
    if scale is None:
        return tensor
    return keras.layers.Rescaling((1 / scale.factor).tolist(), scale.offset.tolist())(tensor)


def predict(model: keras.Model, inputs: Sequence[Array], batch: int = 4096) -> list[Array]:
    """The model's answers.

    Args:
        model: the model.
        inputs: one array per input, each (rows, …).
        batch: rows computed at once.

    Returns:
        One array per output, each (rows, …).
    """
    parts = []
    for start in range(0, len(inputs[0]), batch):
        arrays = [np.asarray(a[start : start + batch]) for a in inputs]
        answers = model(single(arrays), training=False)
        listed = answers if isinstance(answers, list | tuple) else [answers]
        parts.append([answer.numpy() for answer in listed])
    return [np.concatenate(part) for part in zip(*parts, strict=True)]
