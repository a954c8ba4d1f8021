"""From the data settings of an experiment to its data sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from nnrun.data.class_labels import count_classes, label_names, one_hot
from nnrun.data.dataset import Array, Dataset, Part, Source
from nnrun.data.files.data_files import DataFiles
from nnrun.data.generators.generator import Resources
from nnrun.data.generators.registry import make_source
from nnrun.data.scaling import apply_scales, fit_scales
from nnrun.data.splits import split_rows
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.experiment import Component, DataSettings, Experiment


def generate(experiment: Experiment, keras_home: Path, files: DataFiles | None = None) -> Dataset:
    """Makes the data of an experiment: rows, splits, scaling, one-hot targets, in this order.

    The rows come from `default_rng([seed, 0])`, the order in which they are split from `default_rng([seed, 1])`. The
    scales are fitted on the training rows alone. `one_hot` turns the label targets into vectors, or, where no target
    is a label by its type, all targets; `scale_targets` scales the targets that are neither.

    Args:
        experiment: the same seed and settings give the same data.
        keras_home: the folder of Keras's downloaded sets, `~/.keras` for Keras.
        files: the files that were read when the experiment was checked; others are read here.

    Returns:
        The parts with float32 inputs, and targets float32 or int32 for labels.

    Raises:
        ExperimentError: the generator or the settings are impossible, the data are not finite, or a downloadable set
            is not on this machine and cannot be downloaded.
        StorageError: a downloadable set cannot be read or written, or a file has changed since the experiment was
            checked.
    """
    settings, seed, files = experiment.data, experiment.seed, files or DataFiles()
    generator = settings.generator
    source = make_source(generator, Resources(np.random.default_rng([seed, 0]), keras_home), files)
    files.verify(experiment.columns.files)
    _check_finite(generator, source)
    order = np.random.default_rng([seed, 1])
    parts = split_rows(source.rows, settings.validation_split, settings.test_split, order, generator.place)
    training, validation, test = parts
    dataset = Dataset(training, validation, source.test or test, {}, {}, experiment.columns.classes)
    return _encode(_scale(dataset, settings), settings)


def _check_finite(generator: Component, source: Source) -> None:
    problems = []
    for part in (source.rows, source.test):
        for name, values in (part.inputs | part.targets).items() if part else ():
            problem = _not_finite(name, values)
            if problem:
                problems.append(Problem(problem, generator.places.get(name, generator.place)))
        if part and part.weights is not None:
            problems += _wrong_weights(generator, part.weights)
    if problems:
        raise ExperimentError(*problems)


def _wrong_weights(generator: Component, weights: Array) -> Iterator[Problem]:
    place = generator.place_of("sample_weight")
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if wrong.size:
        message = f"A sample weight is a number from 0. Received: {weights[wrong[0]]} in row {wrong[0] + 1}"
        yield Problem(message, place)
    elif not weights.any():
        yield Problem("Every sample weight is 0, so there is nothing to learn from.", place)


def _not_finite(name: str, values: Array) -> str | None:
    wrong = ~np.isfinite(values).reshape(len(values), -1)  # (rows, width)
    rows = np.flatnonzero(wrong.any(axis=1))
    if not rows.size:
        return None
    value = values.reshape(len(values), -1)[rows[0]][wrong[rows[0]]][0]
    return (
        f'The data must be finite 32-bit numbers. Received: {value} in row {rows[0] + 1} of the column "{name}", '
        f"{rows.size} such rows in all"
    )


def _encoded(part: Part, settings: DataSettings) -> list[str]:
    """The targets that one_hot turns into vectors."""
    return (label_names(part) or list(part.targets)) if settings.one_hot else []


def _scale(dataset: Dataset, settings: DataSettings) -> Dataset:
    training = dataset.training
    labels = {*label_names(training), *_encoded(training, settings)}
    numbers = {name: values for name, values in training.targets.items() if name not in labels}
    if settings.scale_targets != "none" and not numbers:
        message = '"scale_targets" has nothing to scale: every target is a class label.'
        raise ExperimentError(Problem(message, settings.generator.place))
    inputs = fit_scales(training.inputs, settings.scale)
    targets = fit_scales(numbers, settings.scale_targets)

    if not inputs and not targets:
        return dataset
    _, evaluated = dataset.evaluated

    def scaled(part: Part) -> Part:
        original = part if part is evaluated else None  # the numbers of the others are never shown
        scaled_inputs, scaled_targets = apply_scales(part.inputs, inputs), apply_scales(part.targets, targets)
        return replace(part, inputs=scaled_inputs, targets=scaled_targets, original=original)

    return replace(_each(dataset, scaled), input_scaling=inputs, target_scaling=targets)


def _encode(dataset: Dataset, settings: DataSettings) -> Dataset:
    parts = [part for part in (dataset.training, dataset.validation, dataset.test) if part]
    place = settings.generator.place
    classes = {
        name: count_classes(parts, name, dataset.classes or 0, place) for name in _encoded(dataset.training, settings)
    }

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
