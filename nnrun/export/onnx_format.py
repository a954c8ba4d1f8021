"""ONNX, for every other runtime: inputs and outputs have names, the description is among its properties."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from nnrun.data.dataset import Array
from nnrun.errors import ExperimentError, Problem
from nnrun.export.deployed import DeployedModel, FileFormat, Predict
from nnrun.export.keras_format import DESCRIPTION
from nnrun.export.onnx_packages import refuse_without_onnx
from nnrun.export.saved_model_format import named, serving
from nnrun.model.components import reason
from nnrun.model.runtime import silent_stderr


def _write(deployed: DeployedModel, path: Path) -> None:
    refuse_without_onnx()
    with _quietly():
        import onnx
        import tf2onnx

        serve, specifications = serving(deployed)
        try:
            model, _ = tf2onnx.convert.from_function(tf.function(serve), input_signature=specifications)
        except Exception as error:  # tf2onnx names the operations that ONNX lacks
            raise ExperimentError(Problem(f"ONNX cannot take this network: {reason(error)}")) from error
        entry = model.metadata_props.add()
        entry.key, entry.value = DESCRIPTION, deployed.description_json().decode()
        onnx.save(model, str(path))


def _load(deployed: DeployedModel, path: Path) -> Predict:
    with _quietly():
        import onnxruntime

        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def predict(arrays: list[Array]) -> list[Array]:
        return list(session.run([output.name for output in session.get_outputs()], named(deployed, arrays)))

    return predict


@contextmanager
def _quietly() -> Iterator[None]:
    """Without what the converter logs."""
    logger = logging.getLogger("tf2onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), silent_stderr():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


ONNX = FileFormat(".onnx", _write, _load)
