"""New rows for the model of an experiment, from a file or its bytes: CSV, npz, npy, Parquet or JSON lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from nnrun.data.dataset import ColumnScale
from nnrun.data.files.csv_form import CsvForm
from nnrun.data.files.image_file import begins_as_image
from nnrun.data.files.read_file import read_file
from nnrun.data.generators.array_table import name_by_columns
from nnrun.data.generators.csv_arguments import csv_form
from nnrun.data.generators.registry import weight_column
from nnrun.data.predict_settings import date_kinds
from nnrun.data.preparation.scaling import apply_scales
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.experiment import Component, Experiment
from nnrun.model.index_check import embedded_inputs, index_message, outside_indices
from nnrun.predict.new_rows.array_rows import array_rows
from nnrun.predict.new_rows.csv_rows import csv_rows
from nnrun.predict.new_rows.image_rows import folder_of_images, image_rows, takes_images
from nnrun.predict.new_rows.new_rows import Fault, NewRows, WantedColumn
from nnrun.predict.new_rows.npy_rows import is_npy, npy_columns
from nnrun.predict.new_rows.series_keys import wanted_keys
from nnrun.predict.new_rows.typed_tables import is_table, table_rows
from nnrun.predict.new_rows.windowed_rows import windowed_rows
from nnrun.runs.arrays import from_bytes

MOST_BYTES = 2**30  # of the arrays of an npz file

_ZIP = b"PK"


def wanted_columns(experiment: Experiment, *, targets: bool) -> list[WantedColumn]:
    """The columns that new rows must have: the inputs, and the targets where the model is evaluated on them.

    Of windows also those that put their rows in order and into series.
    """
    columns = experiment.columns.of_rows
    known = [WantedColumn(column) for column in columns.inputs]
    known += [WantedColumn(column, "target") for column in columns.targets if targets]
    return [*known, *wanted_keys(experiment)]


def read_rows(path: Path, experiment: Experiment, *, targets: bool = False) -> NewRows:
    """The rows of a file.

    Args:
        path: a CSV file, an npz file of arrays, an npy file of one array, a Parquet file or one of JSON lines; for a
            model that was trained on image files an image, or a folder of images.
        experiment: the experiment of the model.
        targets: whether the rows must have the targets.

    Raises:
        ExperimentError: the file cannot be read, or its rows are none for the model; with the place of each cell.
    """
    if takes_images(experiment) and path.is_dir() and not targets:
        return folder_of_images(path, experiment)
    return parse_rows(read_file(path), str(path), experiment, targets=targets)


def parse_rows(content: bytes, source: str, experiment: Experiment, *, targets: bool = False) -> NewRows:
    """The rows of the bytes of a file; the rest is as for `read_rows`.

    Args:
        content: the bytes.
        source: the file as the user named it.
        experiment: the experiment of the model.
        targets: whether the rows must have the targets.
    """
    return windowed_rows(_single_rows(content, source, experiment, targets=targets), experiment, targets=targets)


def _single_rows(content: bytes, source: str, experiment: Experiment, *, targets: bool) -> NewRows:
    wanted = wanted_columns(experiment, targets=targets)
    arguments = experiment.data.generator.arguments
    weight = weight_column(experiment.data.generator) if targets else None
    if takes_images(experiment) and begins_as_image(content) and not targets:
        return image_rows([(Path(source), content)], source, experiment)
    if is_table(content):
        return table_rows(content, source, experiment, wanted, weight)
    if is_npy(content):
        arrays = npy_columns(content, source, experiment.columns.of_rows, evaluated=targets)
        return array_rows(arrays, source, experiment, wanted)
    if not content.startswith(_ZIP):
        return csv_rows(content, source, wanted, weight, _form(experiment.data.generator))
    try:
        arrays = from_bytes(content, MOST_BYTES)
    except ValueError as error:
        hint = "An npz file is what numpy.savez writes: plain arrays of numbers or texts."
        raise ExperimentError(Problem(f"{source} is not a file of arrays: {error}.", hint=hint)) from error
    if experiment.data.generator.name == "npz":
        arrays = name_by_columns(arrays, arguments)
    return array_rows(arrays, source, experiment, wanted, weight)


def _form(generator: Component) -> CsvForm:
    """How CSV text is written: as the training data, where these were CSV."""
    if generator.name in ("csv", "images", "text"):
        return csv_form(generator)
    return CsvForm(dates=tuple(date_kinds(generator).items()))


def refuse_unknown_indices(rows: NewRows, experiment: Experiment, scaling: Mapping[str, ColumnScale]) -> None:
    """Refuses numbers that are no index of the Embedding that takes them; TensorFlow would end, or use another one.

    Args:
        rows: new rows.
        experiment: the experiment of the model.
        scaling: the scale of each input column that was scaled.

    Raises:
        ExperimentError: with the place of each such number.
    """
    rows.refuse(_unknown_indices(rows, experiment, scaling))


def _unknown_indices(rows: NewRows, experiment: Experiment, scaling: Mapping[str, ColumnScale]) -> Iterator[Fault]:
    scaled = apply_scales(rows.part.inputs, dict(scaling))
    for name, values in scaled.items():
        for row in np.flatnonzero(~np.isfinite(values).reshape(len(values), -1).all(axis=1)):
            message = f'The column "{name}" takes numbers above 0, because the training took their logarithms.'
            yield Fault(int(row), name, message)
    widths = {column.name: column.width for column in experiment.columns.inputs}
    for layer, position in embedded_inputs(experiment):
        names = experiment.inputs[position].columns
        owners = [name for name in names for _ in range(widths[name])]
        numbers = np.concatenate([scaled[name].reshape(rows.part.rows, -1) for name in names], axis=1)
        outside = outside_indices(layer, numbers)
        for row in np.flatnonzero(outside.any(axis=1)):
            number = int(np.argmax(outside[row]))
            yield Fault(int(row), owners[number], index_message(layer, f"{numbers[row, number]:g}"))
