"""TensorFlow Lite, for phones and microcontrollers: one signature, whose inputs and outputs have names."""

from __future__ import annotations

import re
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from nnrun.data.dataset import Array
from nnrun.errors import ExperimentError, Problem
from nnrun.export.deployed import DeployedModel, FileFormat, Predict
from nnrun.export.keras_format import DESCRIPTION
from nnrun.export.saved_model_format import in_order, named, write_saved_model
from nnrun.model.runtime import silent_stderr


def _write(deployed: DeployedModel, path: Path) -> None:
    """Writes the file; the description follows in a zip archive, where TensorFlow Lite keeps files of labels."""
    converted, refusal = _convert(deployed)
    if converted is None:
        raise ExperimentError(Problem(_lacking(refusal), hint="Take savedmodel or onnx instead."))
    path.write_bytes(converted)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(DESCRIPTION, deployed.description_json())


def _convert(deployed: DeployedModel) -> tuple[bytes | None, str]:
    """The converted model; or None and the converter's complaint, which has many lines."""
    with tempfile.TemporaryDirectory(prefix="nnrun-") as folder, _quietly():
        write_saved_model(deployed, Path(folder) / "model")
        try:
            return tf.lite.TFLiteConverter.from_saved_model(str(Path(folder) / "model")).convert(), ""
        except Exception as error:  # of many classes
            return None, str(error)


def _lacking(complaint: str) -> str:
    """Which operations TensorFlow Lite lacks, from the converter's complaint."""
    operations = sorted({*re.findall(r"'tf\.(\w+)' op", complaint)})
    named = f" It lacks: {', '.join(operations)}." if operations else ""
    return f"TensorFlow Lite cannot compute this network.{named}"


def _load(deployed: DeployedModel, path: Path) -> Predict:
    with _quietly():
        interpreter = tf.lite.Interpreter(model_path=str(path))
        runner = interpreter.get_signature_runner()

    def predict(arrays: list[Array]) -> list[Array]:
        with _quietly():
            return in_order(deployed, runner(**named(deployed, arrays)))

    return predict


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the notice that `tf.lite` moves to another package, and without what its converter logs."""
    with warnings.catch_warnings(), silent_stderr():
        warnings.simplefilter("ignore")
        yield


TFLITE = FileFormat(".tflite", _write, _load)
