"""Writes a trained model in a format, loads it again, and compares its predictions with the run's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.files.data_files import DataFiles, cell_room
from nnrun.data.generate import generate
from nnrun.data.rows import input_arrays, input_shapes
from nnrun.errors import ExperimentError, Problem, StorageError, TrainingError, listed
from nnrun.export.deployed import DeployedModel, FileFormat, shape_in_words
from nnrun.export.exported import Exported, release
from nnrun.export.keras_format import KERAS
from nnrun.export.numpy_module import is_small, load_module, write_module
from nnrun.export.onnx_format import ONNX
from nnrun.export.saved_model_format import SAVED_MODEL
from nnrun.export.target import staged
from nnrun.export.text_input import made_up_texts, text_column
from nnrun.export.tflite_format import TFLITE
from nnrun.number_text import short
from nnrun.predict.trained_run import load_network
from nnrun.runs.trained_files import TrainedFiles

FILE_FORMATS: dict[str, FileFormat] = {"keras": KERAS, "savedmodel": SAVED_MODEL, "onnx": ONNX, "tflite": TFLITE}
_TAKE_TEXTS = ("keras", "savedmodel")  # formats with Keras's layer for texts
_MOST_ROWS = 256
_MOST_NAMES = 12  # in a line
# Of the largest output: in another order, a sum of n products in 32 bits is off by n · 6e-8 at most, and by some
# √n of these; in 16 bits by 5e-4, or 4e-3 with the digits of bfloat16, for every one.
_TOLERANCE = {"float32": 1e-4, "mixed_bfloat16": 0.1, "mixed_float16": 0.02}


def export_model(
    files: TrainedFiles, form: str, out: Path, keras_home: Path, on_stage: Callable[[str], None]
) -> Exported:
    """Writes the model of a run; arguments and errors as for `export_run`."""
    on_stage("loading the model")
    deployed = DeployedModel(load_network(files))
    rows, which, texts = _rows(files, keras_home)
    own = deployed.predict(rows)
    if texts is not None and form in _TAKE_TEXTS:
        column = text_column(files.experiment)
        deployed, rows = DeployedModel(deployed.run, column.text if column else None), [texts]
    on_stage(f"writing {out.name}")
    if form == "python":
        beside = None if is_small(deployed) else out.with_suffix(".npz")
        with staged([*([beside] if beside else []), out]) as paths:
            write_module(deployed, paths[-1], paths[0] if beside else None, _head(files, beside))
            found = load_module(paths[-1])(rows)
            compared = _compare(own, found, files.experiment.precision)
    else:
        chosen = FILE_FORMATS[form]
        with staged([out]) as (path,):
            chosen.write(deployed, path)
            on_stage(f"loading {out.name}")
            compared = _compare(own, chosen.load(deployed, path)(rows), files.experiment.precision)
    count = f"{len(rows[0])} {which}"
    said = f"Loaded again, it predicts for {count} what the run predicts: {compared}."
    return Exported(out, (*_described(deployed), *_left_to_predict(deployed), said))


def _head(files: TrainedFiles, beside: Path | None) -> str:
    where = f" The weights are in {beside.name}." if beside else ""
    return f"Predictions of the run {files.folder.name} with NumPy alone, written by nnrun {release()}.{where}"


def _rows(files: TrainedFiles, keras_home: Path) -> tuple[list[Array], str, Array | None]:
    """Samples in the data's units: held-out ones, or random ones where the data are not here; and their texts."""
    experiment, column = files.experiment, text_column(files.experiment)
    try:
        known = [file.sha256 for file in files.record.data_files]
        sources = DataFiles(known=known, room=cell_room(keras_home))
        name, part = generate(experiment, keras_home, sources).evaluated
        arrays = input_arrays(experiment, part.original or part)
        texts = part.texts[column.name][:_MOST_ROWS] if column else None
        return [array[:_MOST_ROWS] for array in arrays], f"samples of the {name} set", texts
    except (ExperimentError, StorageError):
        if column and column.text:
            texts, numbers = made_up_texts(column.text)
            return [numbers], "made-up texts, as the data are not here", texts
        rng = np.random.default_rng(0)
        arrays = [rng.integers(0, 2, (64, *shape)).astype(np.float32) for shape in input_shapes(experiment)]
        return arrays, "random samples, as the data are not here", None


def _compare(own: list[Array], found: list[Array], precision: str) -> str:
    """How far predictions are from the run's own."""
    if [a.shape for a in own] != [b.shape for b in found]:
        raise TrainingError(
            Problem("Loaded again, the model has outputs of other shapes than the run's; it was not kept.")
        )
    if all(np.array_equal(a, b, equal_nan=True) for a, b in zip(own, found, strict=True)):
        return "identical"
    difference = 0.0
    for a, b in zip(own, found, strict=True):
        largest = float(np.abs(a).max(initial=0))
        here = float(np.abs(a.astype(np.float64) - b).max(initial=0))
        if not here <= _TOLERANCE[precision] * max(largest, 1e-30):
            message = (
                f"Loaded again, the model predicts other numbers than the run: the largest difference is {here:.2g}."
            )
            raise TrainingError(Problem(f"{message} It was not kept."))
        difference = max(difference, here)
    return f"the largest difference is {short(difference)}"


def _left_to_predict(deployed: DeployedModel) -> list[str]:
    """What is done to the data before the model takes them, in a sentence; none where nothing is."""
    columns = deployed.run.experiment.columns.of_rows.inputs
    texts = [each.name for each in columns if each.categories or (each.text and not deployed.texts)]
    marked = [each.name for each in columns if each.has_indicator]
    parts = [
        *([f"the encoding of texts ({listed(texts, _MOST_NAMES)})"] if texts else []),
        *([f"the 1 or 0 that says whether a number is missing ({listed(marked, _MOST_NAMES)})"] if marked else []),
    ]
    both = "both" if len(parts) > 1 else "it"
    return [f"Not part of the model: {' and '.join(parts)}. nnrun predict does {both}."] if parts else []


def _described(deployed: DeployedModel) -> list[str]:
    """Its inputs and outputs, a line each."""
    description = deployed.description()
    lines = []
    for kind in ("input", "output"):
        for entry in description[f"{kind}s"]:
            columns = entry["columns"] if kind == "input" else entry["targets"]
            classes = f", classes {listed(entry['classes'], _MOST_NAMES)}" if "classes" in entry else ""
            lines.append(
                f"{kind} {entry['name']} {shape_in_words(entry['shape'])}: {listed(columns, _MOST_NAMES)}{classes}"
            )
    return lines
