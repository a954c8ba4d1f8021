"""Whether outputs, losses and targets fit together, as far as that is known without the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnrun.errors import Problem
from nnrun.experiment.column_steps import scaled_targets
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.experiment import Component, Layer, Output
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.network.axes import Shape, shown_shape
from nnrun.network.free_targets import FREE, free_target_problem
from nnrun.network.label_problems import TWO_WAYS, label_problem, whole_number_problem
from nnrun.network.loss_domains import domain_problem, shares_problem, standard_problem, text_problem
from nnrun.network.loss_warnings import sum_problem
from nnrun.network.output_ranges import layers_by_name
from nnrun.network.outputs import of_one_output
from nnrun.network.sampled_targets import sampled_domain_problem, sampled_label_problem
from nnrun.network.target_values import TargetValues
from nnrun.network.wiring import Graph

_SPARSE = frozenset({"SparseCategoricalCrossentropy"})
_CATEGORICAL = frozenset({"CategoricalCrossentropy", "CategoricalFocalCrossentropy"})
_ONE_UNIT = "For two classes write units: 1, activation: sigmoid, and loss: binary_crossentropy."
_FLATTEN = "Add Flatten before the layer."
_SEVERAL = "For several labels of 0 and 1 write loss: binary_crossentropy, for shares loss: categorical_crossentropy."
_BINARY = frozenset({"BinaryCrossentropy", "BinaryFocalCrossentropy"})


@dataclass(frozen=True)
class _Comparison:
    """An output and its targets.

    Args:
        output: the output.
        loss: the loss by Keras's name for its class.
        shape: what the layer gives for a sample.
        target: the shape of a sample's targets.
        classes: the number of classes where the targets are plain labels, from 0, and it is known.
        labels: whether the targets are plain labels by their type.
        one_hot: whether labels are brought to vectors.
        columns: the target columns.
        extent: the smallest and the largest target, where they are known.
        standard: whether the targets are scaled to a mean of 0.
    """

    output: Output
    loss: str
    shape: Shape
    target: tuple[int, ...]
    classes: int | None
    labels: bool
    one_hot: bool
    columns: tuple[Column, ...]
    extent: tuple[float, float] | None
    standard: bool


def find_target_problems(
    graph: Graph,
    outputs: Sequence[Output],
    shapes: Mapping[str, Shape | None],
    columns: Columns,
    data: Mapping[str, Any],
) -> list[Problem]:
    """Checks the shape of each output against its targets; only what is certainly wrong is a problem.

    Args:
        graph: the wired layers.
        outputs: the layers that are compared with targets.
        shapes: the shape of a sample at every layer, without the batch axis; None where it is not known.
        columns: the columns of the data; without target columns where that is not known.
        data: the data settings as written.

    Returns:
        At most one problem for every output.
    """
    layers = layers_by_name(graph)
    problems = []
    for output in outputs:
        shape = shapes[output.layer]
        if shape:
            comparison = _comparison(output, shape, columns, data)
            problem = _joined_vectors(output, shape, data) or _different_texts(graph, output, shape, columns)
            problem = problem or (_problem(comparison) if comparison else None)
            problem = problem or free_target_problem(output, shape, columns, data)
            problem = problem or _constant_softmax(layers[output.layer], shape)
            if problem is None and comparison:
                problem = _sampled_problem(comparison, columns, data)
            problems += [of_one_output(problem, output, outputs)] if problem else []
    return problems


def find_shares_warnings(
    graph: Graph,
    outputs: Sequence[Output],
    shapes: Mapping[str, Shape | None],
    columns: Columns,
    data: Mapping[str, Any],
) -> Iterator[Problem]:
    """A warning for targets that add up to no probability of 1 where the loss or the last activation is for those.

    Args:
        graph: the wired layers.
        outputs: the layers that are compared with targets.
        shapes: the shape of a sample at every layer; None where it is not known.
        columns: the columns of the data.
        data: the data settings as written.
    """
    scaling = scaled_targets(data, [column.name for column in columns.targets if not column.is_label])
    if columns.totals is None or columns.rows or len(outputs) != 1 or data.get("one_hot") or scaling != "none":
        return
    shape = shapes.get(outputs[0].layer)
    width = sum(column.width for column in columns.targets)
    loss = compared_by(outputs[0].loss, shape, (width,)) if shape else None
    if loss and (problem := total_problem(layers_by_name(graph), outputs[0], loss, columns.totals)):
        yield problem


def total_problem(
    layers: Mapping[str, Layer], output: Output, loss: str, totals: tuple[float, float]
) -> Problem | None:
    """Targets that add up to something else than 1 where the loss or the last activation is for probabilities, or None.

    Args:
        layers: the layers by name.
        output: the output, of several units.
        loss: its loss by Keras's name for its class.
        totals: the smallest and the largest sum of a sample's targets.
    """
    return shares_problem(output, loss, totals) or sum_problem(layers, output, loss, totals)


def _sampled_problem(comparison: _Comparison, columns: Columns, data: Mapping[str, Any]) -> Problem | None:
    """Targets of a function that the loss cannot take."""
    output, shape, target = comparison.output, comparison.shape, comparison.target
    if is_sparse(comparison.loss):
        return sampled_label_problem(output, shape[-1], columns, data) if one_label_each(shape, target) else None
    return sampled_domain_problem(output, comparison.loss, columns, data) if same_shape(shape, target) else None


def _joined_vectors(output: Output, shape: Shape, data: Mapping[str, Any]) -> Problem | None:
    """One-hot vectors of several targets, which are joined, under an output with classes for each step."""
    if not data.get("one_hot") or len(output.targets) < 2 or len(shape) < 2 or shape[0] != len(output.targets):
        return None
    compared_loss = compared_by(output.loss, shape, (len(output.targets),))
    if compared_loss not in _CATEGORICAL and compared_loss not in _SPARSE:
        return None
    targets = f"its targets ({', '.join(output.targets)}) are one vector with one_hot"
    message = f'The output "{output.layer}" has the shape {shown_shape(shape)}, {targets}.'
    hint = "Leave out data.one_hot, and write loss: sparse_categorical_crossentropy, for a label per step."
    return Problem(message, output.loss.place, hint)


def _different_texts(graph: Graph, output: Output, shape: Shape, columns: Columns) -> Problem | None:
    """Targets of different texts, which are numbered differently, under an output that has the same units for each."""
    texts = {column.categories for column in columns.targets if column.name in output.targets}
    reshaped = any(layer.component.name == "Reshape" for layer in graph.layers)  # units of its own for each target
    compared_loss = compared_by(output.loss, shape, (len(output.targets),))
    if len(texts) < 2 or len(shape) < 2 or reshaped or compared_loss not in _SPARSE | _BINARY:
        return None
    message = f"The targets {', '.join(output.targets)} have different texts, so their labels have different meanings."
    return Problem(message, output.loss.place, "Write the labels as numbers from 0, or give each target an output.")


def compared_by(loss: Component, shape: Shape, target: tuple[int, ...]) -> str | None:
    """The loss that compares an output with its target, by Keras's name for its class.

    Args:
        loss: as written; `crossentropy` stands for the one that suits the shapes, by Keras's own rule.
        shape: what the output gives for a sample.
        target: the shape of a sample's targets.

    Returns:
        The name; None for a loss whose targets have a shape of their own.
    """
    entry = load_catalog().entry("losses", loss.name)
    if entry is None or entry.name in FREE:
        return None
    if entry.name != "crossentropy":
        return entry.name
    if shape[-1:] == (1,):
        return "BinaryCrossentropy"
    labels = len(target) < len(shape) or target[-1:] == (1,)
    return "SparseCategoricalCrossentropy" if labels else "CategoricalCrossentropy"


def is_sparse(loss: str) -> bool:
    """Whether a loss takes labels, one for each vector of units."""
    return loss in _SPARSE


def same_shape(shape: Shape, target: tuple[int, ...]) -> bool:
    """Whether Keras compares the two number by number, a last axis of 1 apart."""
    if shape[-1:] == (1,) and len(shape) == len(target) + 1:
        shape = shape[:-1]
    return len(shape) == len(target) and all(s in (None, t) for s, t in zip(shape, target, strict=True))


def one_label_each(shape: Shape, target: tuple[int, ...]) -> bool:
    """Whether there is one target for each vector of units."""
    return same_shape(shape[:-1], target) or same_shape((*shape[:-1], 1), target)


def shape_problem(output: Output, shape: Shape, target: tuple[int, ...], hint: str | None) -> Problem:
    """An output that cannot be compared with its target."""
    compared = f"its target ({', '.join(output.targets)}) {shown_shape(target)}"
    message = f'The output "{output.layer}" has the shape {shown_shape(shape)}, {compared}.'
    return Problem(message, output.loss.place, hint)


def _comparison(output: Output, shape: Shape, columns: Columns, data: Mapping[str, Any]) -> _Comparison | None:
    """The comparison, or None where the targets or the loss's demands on them are not known."""
    found = [column for column in columns.targets if column.name in output.targets]
    if not found:
        return None
    one_hot = bool(data.get("one_hot"))
    if one_hot and columns.classes is None:  # of several targets the vectors are joined
        return None
    if one_hot:
        target: tuple[int, ...] = (columns.classes or 0,)
    elif len(found) == 1:
        target = found[0].shape
    else:
        target = (sum(column.width for column in found),)
    # The numbers of a table or file may be labels, unless they are scaled.
    are_numbers = not found[0].is_label
    scaling = scaled_targets(data, [column.name for column in found])
    scaled = are_numbers and scaling != "none"
    classes = None if one_hot or scaled else columns.classes
    loss = compared_by(output.loss, shape, target)
    if loss is None:
        return None
    labels = classes is not None and not are_numbers
    extents = [column.extent for column in found if column.extent and not one_hot and not scaled]
    extent = (min(low for low, _ in extents), max(high for _, high in extents)) if extents else None
    standard = are_numbers and not one_hot and scaling == "standard"
    return _Comparison(output, loss, shape, target, classes, labels, one_hot, tuple(found), extent, standard)


def _problem(comparison: _Comparison) -> Problem | None:
    texts = [column for column in comparison.columns if column.categories and not comparison.one_hot]
    if texts and (problem := text_problem(comparison.output, comparison.loss, len(texts[0].categories))):
        return problem
    if comparison.standard and (problem := standard_problem(comparison.output, comparison.loss)):
        return problem
    if comparison.loss in _SPARSE:
        return _sparse_problem(comparison)
    if not same_shape(comparison.shape, comparison.target):
        return shape_problem(comparison.output, comparison.shape, comparison.target, _advice(comparison))
    if comparison.loss in _CATEGORICAL and comparison.shape == (1,) and _over_last_axis(comparison.output.loss):
        return _lone_unit_problem(comparison)
    if comparison.loss in _BINARY and comparison.classes is not None and comparison.classes > 2:
        return _binary_problem(comparison, comparison.classes)
    extent = comparison.extent
    return domain_problem(comparison.output, comparison.loss, TargetValues(*extent)) if extent else None


def _sparse_problem(comparison: _Comparison) -> Problem | None:
    """A sparse loss takes one label, from 0 to the number of units - 1, for each vector of units."""
    output, shape, target = comparison.output, comparison.shape, comparison.target
    if len(shape) > 1:
        each = shape[-1] == 1 or same_shape(shape[:-1], target) or None in shape
        return _step_problem(comparison) if each else shape_problem(output, shape, target, _FLATTEN)
    if target != (1,):
        message = f"{output.loss.name} takes one label per row. Received targets of the shape {shown_shape(target)}."
        hint = "Leave out data.one_hot, or write loss: categorical_crossentropy." if comparison.one_hot else _SEVERAL
        return Problem(message, output.loss.place, hint)
    units, labels = shape[-1], _labels(comparison)
    is_whole = labels is not None and labels.low.is_integer() and labels.high.is_integer()
    if units != 1 and labels and not is_whole:
        return whole_number_problem(output, f"numbers from {labels.low:g} to {labels.high:g}")
    if units is None or "ignore_class" in output.loss.arguments:
        return None
    if labels and is_whole and (labels.low < 0 or labels.high >= units):
        return label_problem(output, labels, units)
    return _lone_unit_problem(comparison) if units == 1 else None


def _labels(comparison: _Comparison) -> TargetValues | None:
    """The smallest and the largest label, where they are known."""
    if comparison.classes is not None:
        return TargetValues(0.0, float(comparison.classes - 1))
    if comparison.extent is None:
        return None
    low, high = comparison.extent
    return TargetValues(float(low), float(high))


def _step_problem(comparison: _Comparison) -> Problem | None:
    """Labels of several targets, one per step, for which there is no unit."""
    output, units = comparison.output, comparison.shape[-1]
    words = max(len(column.categories) for column in comparison.columns)
    low, high = (0, words - 1) if words else comparison.extent or (0, 0)
    if units is None or "ignore_class" in output.loss.arguments or (low >= 0 and high < units):
        return None
    return label_problem(output, TargetValues(int(low), int(high)), units)


def _lone_unit_problem(comparison: _Comparison) -> Problem:
    output = comparison.output
    message = f'{output.loss.name} compares two classes or more. The output "{output.layer}" has 1 unit.'
    hint = TWO_WAYS if comparison.loss in _SPARSE else _ONE_UNIT
    hint += " For values write loss: mse." * (comparison.classes is None)
    return Problem(message, output.loss.place, hint)


def _binary_problem(comparison: _Comparison, classes: int) -> Problem:
    loss = comparison.output.loss
    hint = f"Write units: {classes}, activation: softmax, and loss: sparse_categorical_crossentropy."
    return Problem(f"{loss.name} takes the labels 0 and 1. The labels go from 0 to {classes - 1}.", loss.place, hint)


def _advice(comparison: _Comparison) -> str | None:
    shape, target = comparison.shape, comparison.target
    if len(shape) > 1 and len(target) == 1:
        return _FLATTEN
    if comparison.loss in _BINARY and comparison.classes == 2:
        return "For two classes write units: 1, activation: sigmoid, or two with softmax and loss: crossentropy."
    if "Categorical" in comparison.loss and target == (1,) and not comparison.one_hot:
        return "For labels write loss: sparse_categorical_crossentropy, or data: {one_hot: true}."
    if comparison.labels:
        return "For labels as vectors write data: {one_hot: true}."
    return f"Write units: {target[0]}." if len(target) == 1 else None


def _constant_softmax(layer: Layer, shape: Shape) -> Problem | None:
    if shape[-1] != 1 or not _ends_in_softmax(layer.component):
        return None
    message = f'The output "{layer.name}" is a softmax of one unit, which is always 1.'
    place = layer.component.place_of("activation")
    return Problem(message, place, "For two classes write activation: sigmoid. For a number leave the activation out.")


def _ends_in_softmax(component: Component) -> bool:
    if component.name == "Softmax":
        return _over_last_axis(component)
    activation = component.arguments.get("activation")
    if component.name not in ("Dense", "Activation") or activation is None:
        return False
    if isinstance(activation, Component):
        return activation.name == "softmax" and _over_last_axis(activation)
    return bool(activation == "softmax")


def _over_last_axis(component: Component) -> bool:
    return bool(component.arguments.get("axis", -1) == -1)
