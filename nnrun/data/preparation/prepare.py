"""Raw data sets as the network takes them: missing cells, words, scales, balance, one-hot targets, in this order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from nnrun.data.class_labels import count_classes, label_names, one_hot
from nnrun.data.dataset import Array, ColumnScale, Dataset, Part
from nnrun.data.preparation.balance import balanced
from nnrun.data.preparation.columns import prepared_columns
from nnrun.data.preparation.encode import encode_inputs, fit_column
from nnrun.data.preparation.missing import without_missing
from nnrun.data.preparation.scaling import apply_scales, fit_scale, with_indicator
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.column_steps import ColumnSteps, balance_of, column_steps
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.experiment import DataSettings


def prepare(raw: Dataset, generated: Columns, settings: DataSettings, rng: np.random.Generator) -> Dataset:
    """Prepares raw data for the network; what is fitted is fitted on the training rows alone.

    Args:
        raw: the parts as the generator makes them.
        generated: the columns that the generator makes.
        settings: says what is done.
        rng: draws the rows that balance the classes.

    Returns:
        The parts with float32 inputs, and targets float32 or int32 for labels.

    Raises:
        ExperimentError: a setting does not fit the data.
    """
    columns, data = prepared_columns(generated, settings.preparation), settings.preparation
    dropped = dropped_by(columns)
    whole = _each(raw, lambda part: without_missing(part, dropped))
    steps = steps_of(columns, settings)
    fitted = tuple(
        fit_column(column, before, whole.training.inputs[column.name], steps[column.name])
        for column, before in zip(columns.inputs, generated.inputs, strict=True)
    )
    columns = replace(columns, inputs=fitted)
    encoded = _each(whole, lambda part: encode_inputs(part, columns))
    scaled = _scale(encoded, columns, steps, settings)
    training = balanced(scaled.training, balance_of(data), rng)
    return replace(_encode(replace(scaled, training=training), settings), columns=columns)


def steps_of(columns: Columns, settings: DataSettings) -> dict[str, ColumnSteps]:
    """What is done to each column, inputs and targets."""
    data = settings.preparation
    steps = {column.name: column_steps(data, column.name) for column in columns.inputs}
    return steps | {column.name: column_steps(data, column.name, target=True) for column in columns.targets}


def dropped_by(columns: Columns) -> list[str]:
    """The columns whose missing cells leave a row out."""
    return [column.name for column in (*columns.inputs, *columns.targets) if column.missing == "drop"]


def encoded_targets(part: Part, settings: DataSettings) -> list[str]:
    """The targets that one_hot turns into vectors."""
    return (label_names(part) or list(part.targets)) if settings.one_hot else []


def _scale(dataset: Dataset, columns: Columns, steps: Mapping[str, ColumnSteps], settings: DataSettings) -> Dataset:
    training = dataset.training
    numbers = number_targets(training, settings)
    for part in (training, dataset.validation, dataset.test):
        if part:
            refuse_logarithms(part, steps, settings)
    inputs = _found({each.name: _input_scale(each, training.inputs[each.name], steps) for each in columns.inputs})
    targets = _found({name: fit_scale(values, steps[name]) for name, values in numbers.items()})

    if not inputs and not targets:
        return dataset
    _, evaluated = dataset.evaluated

    def scaled(part: Part) -> Part:
        shown = part is evaluated or (settings.folds is not None and part is dataset.validation)
        original = part if shown else None  # the numbers of the others are never shown
        scaled_inputs, scaled_targets = apply_scales(part.inputs, inputs), apply_scales(part.targets, targets)
        return replace(part, inputs=scaled_inputs, targets=scaled_targets, original=original)

    return replace(_each(dataset, scaled), input_scaling=inputs, target_scaling=targets)


def number_targets(training: Part, settings: DataSettings) -> dict[str, Array]:
    """The targets that are numbers, and no class labels.

    Raises:
        ExperimentError: targets are to be scaled, and there is none of them.
    """
    labels = {*label_names(training), *encoded_targets(training, settings)}
    numbers = {name: values for name, values in training.targets.items() if name not in labels}
    if settings.scale_targets != "none" and not numbers:
        message = '"scale_targets" has nothing to scale: every target is a class label.'
        raise ExperimentError(Problem(message, settings.generator.place))
    return numbers


def _found(scales: Mapping[str, ColumnScale | None]) -> dict[str, ColumnScale]:
    return {name: scale for name, scale in scales.items() if scale is not None}


def _input_scale(column: Column, values: Array, steps: Mapping[str, ColumnSteps]) -> ColumnScale | None:
    """The scale of an input column, from its encoded training rows, (rows, ...)."""
    own = steps[column.name]
    if column.text:
        return None  # its numbers are tokens, or counts of them
    if column.categories:
        return fit_scale(values, replace(own, clip=None, log=False))
    fill = np.array(column.fill) if column.fill else None
    if not column.has_indicator:
        return fit_scale(values, own, None if fill is None else fill.reshape(values.shape[1:]))
    scale = fit_scale(values[:, :1], own, fill)
    return scale and with_indicator(scale)


def refuse_logarithms(part: Part, steps: Mapping[str, ColumnSteps], settings: DataSettings) -> None:
    """Refuses numbers that have no logarithm.

    Args:
        part: rows, filled in.
        steps: what is done to each column.
        settings: has the place of the generator.

    Raises:
        ExperimentError: with the row of the first one.
    """
    logs = [(name, own) for name, own in steps.items() if own.log]
    problem = next((problem for each in logs for problem in _not_positive(part, *each)), None)
    if problem:
        raise ExperimentError(replace(problem, place=settings.generator.place))


def _not_positive(part: Part, name: str, steps: ColumnSteps) -> Iterator[Problem]:
    values = part.inputs[name] if name in part.inputs else part.targets[name]
    if values.dtype.kind != "f" or (steps.clip and steps.clip[0] > 0):
        return
    first = values.reshape(len(values), -1)[:, 0]  # an indicator beside it is no logarithm
    wrong = np.flatnonzero(first <= 0)
    if wrong.size:
        row = wrong[0] + 1 if part.numbers is None else part.numbers[wrong[0]]
        message = f'"log" needs numbers above 0. Received: {first[wrong[0]]:g} in row {row} of the column "{name}"'
        yield Problem(message, hint="Leave log out, or clip the column first: clip: [0.001, 1000]")


def _encode(dataset: Dataset, settings: DataSettings) -> Dataset:
    parts = [part for part in (dataset.training, dataset.validation, dataset.test) if part]
    place = settings.generator.place
    names = encoded_targets(dataset.training, settings)
    classes = {name: count_classes(parts, name, dataset.classes or 0, place) for name in names}

    def encoded(part: Part) -> Part:
        vectors = {name: one_hot(part.targets[name], classes[name]) for name in classes}
        original = part.original and replace(part.original, targets=part.original.targets | vectors)
        return replace(part, targets=part.targets | vectors, original=original)

    alone = len(dataset.training.targets) == 1
    counted = next(iter(classes.values()), None) if alone else None
    return replace(_each(dataset, encoded), classes=counted or dataset.classes)


def _each(dataset: Dataset, change: Callable[[Part], Part]) -> Dataset:
    """The dataset with every part changed."""
    return replace(
        dataset,
        training=change(dataset.training),
        validation=change(dataset.validation) if dataset.validation else None,
        test=change(dataset.test) if dataset.test else None,
    )
