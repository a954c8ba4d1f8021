"""The preparation of streamed rows: fitted to all training rows, applied to some rows at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from nnrun.data.class_labels import count_classes, one_hot
from nnrun.data.dataset import Array, ColumnScale, Dataset, Part
from nnrun.data.preparation.balance import class_labels_of
from nnrun.data.preparation.columns import prepared_columns
from nnrun.data.preparation.encode import encode_inputs
from nnrun.data.preparation.prepare import encoded_targets
from nnrun.data.preparation.scaling import apply_scales
from nnrun.data.stream.row_sets import TEST, TRAINING, VALIDATION
from nnrun.data.stream.row_sizes import prepared_bytes
from nnrun.data.stream.statistics import StreamStatistics
from nnrun.experiment.column_steps import balance_of
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import DataSettings


@dataclass(frozen=True, eq=False)
class StreamPreparation:
    """What is done to raw rows.

    Args:
        settings: says what is done.
        columns: the columns as the network takes them, with all that was fitted.
        input_scaling: the scale of each input column that is scaled.
        target_scaling: the scale of each target column that is scaled.
        classes: of each target that is one-hot encoded the number of its classes.
    """

    settings: DataSettings
    columns: Columns
    input_scaling: dict[str, ColumnScale]
    target_scaling: dict[str, ColumnScale]
    classes: Mapping[str, int]

    @property
    def row_bytes(self) -> int:
        """The bytes of a row as the network takes it."""
        targets = tuple(replace(each, width=self.classes.get(each.name, each.width)) for each in self.columns.targets)
        return prepared_bytes(replace(self.columns, targets=targets))

    def apply(self, raw: Part) -> Part:
        """Raw rows as the network takes them.

        Raises:
            ExperimentError: a target that is one-hot encoded is no class label.
        """
        part = encode_inputs(raw, self.columns)
        inputs = apply_scales(part.inputs, self.input_scaling)
        return replace(part, inputs=inputs, targets=apply_scales(self.encode(raw), self.target_scaling))

    def encode(self, raw: Part) -> dict[str, Array]:
        """The targets of raw rows, the class labels among them one-hot encoded where they are to be."""
        for name in self.classes:
            count_classes([raw], name, 0, self.settings.generator.place)
        return raw.targets | {name: one_hot(raw.targets[name], count) for name, count in self.classes.items()}


def fit_preparation(
    found: StreamStatistics, raw: Dataset, generated: Columns, settings: DataSettings
) -> tuple[StreamPreparation, Dataset]:
    """The preparation that was fitted to all training rows.

    Args:
        found: has what was fitted.
        raw: samples of the sets, as the generator makes them.
        generated: the columns that the generator makes.
        settings: says what is done.

    Returns:
        The preparation, and the samples prepared by it.

    Raises:
        ExperimentError: a setting does not fit the data.
    """
    columns = prepared_columns(generated, settings.preparation)
    columns = replace(columns, inputs=tuple(found.inputs[column.name].column for column in columns.inputs))
    names = encoded_targets(raw.training, settings)
    preparation = StreamPreparation(
        settings,
        columns,
        {name: each.scale for name, each in found.inputs.items() if each.scale is not None},
        dict(found.targets),
        {name: max(int(found.largest[name]) + 1, raw.classes or 0) for name in names},
    )
    classes = next(iter(preparation.classes.values()), None) if len(raw.training.targets) == 1 else None
    evaluated = raw.evaluated[1]

    def prepared(part: Part) -> Part:
        original = replace(encode_inputs(part, columns), targets=preparation.encode(part))
        scaled = preparation.input_scaling or preparation.target_scaling
        shown = part is evaluated or (settings.folds is not None and part is raw.validation)
        return replace(preparation.apply(part), original=original if scaled and shown else None)

    return preparation, replace(
        raw,
        training=prepared(raw.training),
        validation=prepared(raw.validation) if raw.validation else None,
        test=prepared(raw.test) if raw.test else None,
        input_scaling=preparation.input_scaling,
        target_scaling=preparation.target_scaling,
        classes=classes or raw.classes,
        columns=columns,
    )


def raw_sets(found: StreamStatistics, settings: DataSettings, chosen: Array | None, classes: int | None) -> Dataset:
    """The samples of the sets as the generator makes them, the training rows balanced.

    Args:
        found: has the samples.
        settings: says how classes are balanced.
        chosen: of balanced training rows the positions among all of them, (rows,).
        classes: the number of classes where there is one target and it is a class label.
    """
    training = found.samples[TRAINING]
    if chosen is not None:
        training = training.take(chosen[chosen < training.rows][: found.sampled])
    training = with_class_weights(training, balancing_weights(found, settings))
    return Dataset(training, found.samples.get(VALIDATION), found.samples.get(TEST), {}, {}, classes)


def balancing_weights(found: StreamStatistics, settings: DataSettings) -> dict[int, float] | None:
    """The weight of each class, rows / (classes · rows of the class); None where no weights balance them."""
    if balance_of(settings.preparation) != "weights":
        return None
    rows = sum(found.labels.values())
    return {label: rows / (len(found.labels) * count) for label, count in found.labels.items()}


def with_class_weights(training: Part, class_weights: Mapping[int, float] | None) -> Part:
    """Raw training rows, each multiplied in weight by that of its class; as they are where classes have none."""
    if class_weights is None:
        return training
    names, positions = np.unique(class_labels_of(training), return_inverse=True)
    weights = np.array([class_weights[int(name)] for name in names], np.float32)[positions]  # (rows,)
    return replace(training, weights=weights if training.weights is None else training.weights * weights)
