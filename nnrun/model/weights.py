"""A model's weights by layer and variable name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from nnrun.errors import StorageError


def weight_names(model: keras.Model) -> list[str]:
    """A name for every weight, in the order of `model.weights`, such as `dense/kernel`."""
    return [weight.path for weight in model.weights]


def named_weights(model: keras.Model) -> dict[str, NDArray[np.generic]]:
    """The current weights by name."""
    return dict(zip(weight_names(model), (w.numpy() for w in model.weights), strict=True))


def name_trace(model: keras.Model, trace: Sequence[NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
    """The weights of all epochs by name, each (epochs + 1, …)."""
    return dict(zip(weight_names(model), trace, strict=True))


def put_weights(
    model: keras.Model, arrays: Mapping[str, NDArray[np.generic]], path: Path, *, renamed: bool = False
) -> None:
    """Gives a model stored weights.

    Args:
        model: the model.
        arrays: the weights by name, in the order of `model.weights`.
        path: the file that they are from, for messages.
        renamed: whether the layers may have had other names, as those of nnrun 0.1: the order counts then.

    Raises:
        StorageError: they are not the weights of such a model.
    """
    names = weight_names(model)
    given = dict(zip(names, arrays.values(), strict=False)) if renamed else arrays
    if renamed and [*map(_own_name, arrays)][: len(names)] != [*map(_own_name, names)]:
        given = {}
    for name, weight in zip(names, model.weights, strict=True):
        _check_weight(name, weight, given.get(name), path)
    if len(arrays) != len(names) or len({*names}) < len(names):
        raise StorageError(f"{path} has {len(arrays)} weights, and this experiment has {len(names)}.")
    for name, weight in zip(names, model.weights, strict=True):
        weight.assign(given[name])


def _own_name(path: str) -> str:
    """The name of a weight without that of its layer."""
    return path.rpartition("/")[2]


def _check_weight(name: str, weight: Any, values: NDArray[np.generic] | None, path: Path) -> None:
    if values is None:
        raise StorageError(f"{path} does not contain the weights {name} of this experiment.")
    if values.shape != tuple(weight.shape) or str(values.dtype) != weight.dtype:
        shapes = [f"{each.dtype} {[*each.shape]}" for each in (weight, values)]
        raise StorageError(f"The weights {name} of this experiment are {shapes[0]}. {path} has {shapes[1]}.")
