"""TensorFlow's SavedModel: one signature, `serving_default`, whose inputs and outputs have names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from nnrun.data.dataset import Array
from nnrun.export.deployed import DeployedModel, FileFormat, Predict
from nnrun.export.keras_format import DESCRIPTION

# Where files of the user's own belong in a SavedModel.
_EXTRA = "assets.extra"


def serving(deployed: DeployedModel) -> tuple[Callable[..., dict[str, Any]], list[Any]]:
    """The model as a function from named inputs to named outputs, and the specifications of its inputs."""
    model = deployed.model

    def serve(*arrays: Any) -> dict[str, Any]:
        outputs = keras.tree.flatten(model(arrays[0] if len(arrays) == 1 else list(arrays), training=False))
        return dict(zip(_names(deployed.outputs), outputs, strict=True))

    specifications = [
        tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype, name=name)
        for name, tensor in zip(_names(deployed.inputs), model.inputs, strict=True)
    ]
    return serve, specifications


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names as TensorFlow takes them."""
    return tuple(name.replace("-", "_").replace(".", "_") for name in names)


def named(deployed: DeployedModel, arrays: list[Array]) -> dict[str, Array]:
    """The inputs by name."""
    return dict(zip(_names(deployed.inputs), arrays, strict=True))


def in_order(deployed: DeployedModel, outputs: dict[str, Any]) -> list[Any]:
    """The outputs in the order of the experiment."""
    return [outputs[name] for name in _names(deployed.outputs)]


def write_saved_model(deployed: DeployedModel, path: Path) -> None:
    """Writes the folder of a SavedModel."""
    serve, specifications = serving(deployed)
    archive = keras.export.ExportArchive()
    archive.track(deployed.model)
    archive.add_endpoint("serve", serve, input_signature=specifications)
    archive.write_out(str(path), verbose=False)
    (path / _EXTRA).mkdir(exist_ok=True)
    (path / _EXTRA / DESCRIPTION).write_bytes(deployed.description_json())


def _load(deployed: DeployedModel, path: Path) -> Predict:
    signature = tf.saved_model.load(str(path)).signatures["serving_default"]

    def predict(arrays: list[Array]) -> list[Array]:
        tensors = {name: tf.constant(array) for name, array in named(deployed, arrays).items()}
        return [tensor.numpy() for tensor in in_order(deployed, signature(**tensors))]

    return predict


SAVED_MODEL = FileFormat("_savedmodel", write_saved_model, _load)
